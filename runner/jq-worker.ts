import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { JqExit } from './model/jq-answer.ts'
import { createThreadTime, type ThreadTime } from './thread-time.ts'

/** What the thread is asked: one program, over one JSON text. An empty text compiles the program without running it. */
export type JqJob = { program: string; text: string }

type Message = (Extract<JqExit, { status: number }> & { bytes: number }) | Exclude<JqExit, { status: number }>

/** How much longer than its limit a job may take that is kept waiting by other work on the machine. */
const PATIENCE = 10

/** WASM memory never shrinks: a thread that needed more than this makes room for a new one. */
const keptBytes = 64 * 1024 * 1024

type Thread = { worker: Worker; startClock: ThreadTime }

const startThread = (): Promise<Thread> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./jq-worker.mjs', import.meta.url), {
      argv: [],
      env: {},
      execArgv: [], // a loader of the parent's, such as tsx, is neither needed nor fast
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    const early = (code: number) => reject(new Error(`The jq thread ended with ${code} as it started.`))
    worker.once('exit', early)
    // Stays: an error between two jobs is found out by the next one, and must not end the server.
    worker.on('error', reject)
    worker.once('message', ({ ready }: { ready: string | null }) => {
      worker.off('exit', early)
      worker.unref() // while a job runs, its timer keeps the process alive
      resolve({ worker, startClock: createThreadTime(ready) })
    })
  })

/** Runs one job at a time in a thread that starts with the first, and that is replaced whenever a job breaks it. */
export const createJqWorker = () => {
  let thread: Promise<Thread> | undefined
  let alive: Thread | undefined
  let closed = false

  const start = async (): Promise<Thread> => {
    const started = await startThread()
    alive = started
    started.worker.once('exit', () => {
      if (alive === started) thread = alive = undefined
    })
    return started
  }

  const stop = async (): Promise<void> => {
    const stopped = thread
    thread = alive = undefined
    await stopped?.then(({ worker }) => worker.terminate(), () => {})
  }

  const ready = async (): Promise<Thread> => {
    if (closed) throw new Error('The jq thread is closed.')
    thread ??= start().catch((error: unknown) => {
      thread = undefined
      throw error
    })
    return thread
  }

  const ask = (worker: Worker, job: JqJob, limitMs: number, spentMs: () => number): Promise<Message> =>
    new Promise((resolve) => {
      const until = performance.now() + limitMs * PATIENCE
      let timer: NodeJS.Timeout | undefined
      let isSettled = false
      const settle = (message: Message) => {
        isSettled = true
        clearTimeout(timer)
        worker.off('message', settle).off('error', fail).off('exit', crash)
        resolve(message)
      }
      const fail = (error: Error & { code?: string }) =>
        settle({ broken: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash' })
      const crash = () => settle({ broken: 'crash' })
      const look = async () => {
        // A server that was busy finds the timer and the answer at once: the answer counts, so look at it first.
        await nextTurn()
        if (isSettled) return
        // Time that the processor gave to others is not the job's.
        const leftMs = Math.min(limitMs - spentMs(), until - performance.now())
        if (leftMs <= 0) settle({ broken: 'time' })
        else wait(leftMs)
      }
      const wait = (ms: number) => {
        timer = setTimeout(() => void look(), ms)
      }
      wait(limitMs)
      if (worker.threadId === -1) return crash() // stopped since it was asked for
      worker.on('message', settle).on('error', fail).on('exit', crash)
      worker.postMessage(job)
    })

  return {
    /** Ends what runs; nothing runs after it. */
    close(): Promise<void> {
      closed = true
      return stop()
    },
    /** @param limitMs of the processor's time; of the time on the wall it is a multiple. @returns also what it took of the former */
    async run(job: JqJob, limitMs: number): Promise<{ exit: JqExit; spentMs: number }> {
      const { worker, startClock } = await ready()
      const clock = startClock()
      const exit = await ask(worker, job, limitMs, clock)
      const spentMs = clock()
      if ('broken' in exit || exit.bytes > keptBytes) await stop()
      return { exit, spentMs }
    },
  }
}
