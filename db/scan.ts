import { Worker } from 'node:worker_threads'
import { problem } from '../runner/model/problem.ts'

/** What drizzle makes of a query. */
type Compiled = { sql: string; params: unknown[] }
type Answer = { answers: unknown[][] } | { fault: string }
type Waiting = { asked: Compiled[]; resolve: (answers: unknown[][]) => void; reject: (error: Error) => void }

/** More than these wait for each other: whoever comes then had better come again. */
const MOST = 30

/**
 * Reads in a thread of its own: SQLite answers at once or not at all, and what has to look at every row would keep all runs waiting. The thread
 * starts with the first question, and anew when it has ended.
 */
export type Scanner = {
  /**
   * @param signal that nobody waits for the answer any more: what has not begun then is left, and makes room
   * @returns of each query its rows, each a list of its columns; all of one picture of the store
   * @throws Problem `unavailable` when too many wait already, or nobody does any more
   */
  scan(queries: readonly { toSQL(): Compiled }[], signal?: AbortSignal): Promise<unknown[][]>
  close(): Promise<void>
}

const leftAlone = (): Error => problem('unavailable', 'Nobody waits for this list any more.')

/** @param path of the store, which is open already */
export const createScanner = (path: string): Scanner => {
  let thread: Worker | null = null
  let asking: Waiting | null = null
  /** In order. */
  const waiting = new Set<Waiting>()

  const start = (): Worker => {
    const worker = new Worker(new URL('./scan-worker.mjs', import.meta.url), { workerData: path, argv: [], env: {}, execArgv: [] })
    const end = (error: unknown): void => {
      if (thread !== worker) return
      thread = null
      const all = [...(asking ? [asking] : []), ...waiting]
      asking = null
      waiting.clear()
      for (const { reject } of all) reject(error instanceof Error ? error : problem('unavailable', 'The search was cut off. Try again.', { retryable: true }))
    }
    return worker.on('message', settle).on('error', end).on('exit', end)
  }

  const askNext = (): void => {
    if (asking) return
    const [next] = waiting
    if (!next) {
      thread?.unref()
      return
    }
    waiting.delete(next)
    asking = next
    thread ??= start()
    thread.ref()
    thread.postMessage(next.asked)
  }

  const settle = (answer: Answer): void => {
    const { resolve, reject } = asking!
    asking = null
    if ('fault' in answer) reject(new Error(answer.fault))
    else resolve(answer.answers)
    askNext()
  }

  return {
    scan: (queries, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(leftAlone())
        if (waiting.size + (asking ? 1 : 0) >= MOST) return reject(problem('unavailable', 'Too many lists that look at very many rows are asked for at once. Try again in a moment.', { retryable: true }))
        const one: Waiting = { asked: queries.map((query) => query.toSQL()), resolve, reject }
        waiting.add(one)
        signal?.addEventListener('abort', () => waiting.delete(one) && reject(leftAlone()), { once: true })
        askNext()
      }),
    close: async () => {
      await thread?.terminate()
    },
  }
}
