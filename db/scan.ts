import { Worker } from 'node:worker_threads'
import { problem } from '../runner/model/problem.ts'

/** What drizzle makes of a query. */
type Compiled = { sql: string; params: unknown[] }
type Answer = { id: number; answers: unknown[][] } | { id: number; fault: string }
type Waiting = { resolve: (answers: unknown[][]) => void; reject: (error: Error) => void }

/** More than these wait for each other: whoever comes then had better come again. */
const MOST = 30

/**
 * Reads in a thread of its own: SQLite answers at once or not at all, and what has to look at every row would keep all runs waiting. The thread
 * starts with the first question, and anew when it has ended.
 */
export type Scanner = {
  /**
   * @returns of each query its rows, each a list of its columns; all of one picture of the store
   * @throws Problem `unavailable` when too many wait already
   */
  scan(queries: readonly { toSQL(): Compiled }[]): Promise<unknown[][]>
  close(): Promise<void>
}

/** @param path of the store, which is open already */
export const createScanner = (path: string): Scanner => {
  let thread: Worker | null = null
  let last = 0
  const waiting = new Map<number, Waiting>()

  const settle = (answer: Answer): void => {
    const { resolve, reject } = waiting.get(answer.id)!
    waiting.delete(answer.id)
    if (waiting.size === 0) thread?.unref()
    if ('fault' in answer) reject(new Error(answer.fault))
    else resolve(answer.answers)
  }

  const start = (): Worker => {
    const worker = new Worker(new URL('./scan-worker.mjs', import.meta.url), { workerData: path, argv: [], env: {}, execArgv: [] })
    const end = (error: unknown): void => {
      if (thread !== worker) return
      thread = null
      for (const { reject } of waiting.values()) reject(error instanceof Error ? error : problem('unavailable', 'The search was cut off. Try again.', { retryable: true }))
      waiting.clear()
    }
    return worker.on('message', settle).on('error', end).on('exit', end)
  }

  return {
    scan: (queries) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= MOST) return reject(problem('unavailable', 'Too many lists that look at very many rows are asked for at once. Try again in a moment.', { retryable: true }))
        thread ??= start()
        thread.ref()
        waiting.set(++last, { resolve, reject })
        thread.postMessage({ id: last, queries: queries.map((query) => query.toSQL()) })
      }),
    close: async () => {
      await thread?.terminate()
    },
  }
}
