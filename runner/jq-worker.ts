import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { JqExit } from './model/jq-answer.ts'

/** What the thread is asked: one program, over one JSON text. An empty text compiles the program without running it. */
export type JqJob = { program: string; text: string }

type Message = 'ready' | (Extract<JqExit, { status: number }> & { bytes: number }) | Exclude<JqExit, { status: number }>

/** WASM memory never shrinks: a thread that needed more than this makes room for a new one. */
const keptBytes = 64 * 1024 * 1024

const startThread = (): Promise<Worker> =>
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
    worker.once('message', () => {
      worker.off('exit', early)
      worker.unref() // while a job runs, its timer keeps the process alive
      resolve(worker)
    })
  })

/** Runs one job at a time in a thread that starts with the first, and that is replaced whenever a job breaks it. */
export const createJqWorker = () => {
  let thread: Promise<Worker> | undefined
  let alive: Worker | undefined
  let closed = false

  const start = async (): Promise<Worker> => {
    const worker = await startThread()
    alive = worker
    worker.once('exit', () => {
      if (alive === worker) thread = alive = undefined
    })
    return worker
  }

  const stop = async (): Promise<void> => {
    const stopped = thread
    thread = alive = undefined
    await stopped?.then((worker) => worker.terminate(), () => {})
  }

  const ready = async (): Promise<Worker> => {
    if (closed) throw new Error('The jq thread is closed.')
    thread ??= start().catch((error: unknown) => {
      thread = undefined
      throw error
    })
    return thread
  }

  const ask = (worker: Worker, job: JqJob, limitMs: number): Promise<Exclude<Message, 'ready'>> =>
    new Promise((resolve) => {
      const settle = (message: Exclude<Message, 'ready'>) => {
        clearTimeout(timer)
        worker.off('message', settle).off('error', fail).off('exit', crash)
        resolve(message)
      }
      const fail = (error: Error & { code?: string }) =>
        settle({ broken: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash' })
      const crash = () => settle({ broken: 'crash' })
      // A server that was busy finds the timer and the answer at once: the answer counts, so look at it first.
      const timer = setTimeout(() => void nextTurn().then(() => settle({ broken: 'time' })), limitMs)
      if (worker.threadId === -1) return crash() // stopped since it was asked for
      worker.on('message', settle).on('error', fail).on('exit', crash)
      worker.postMessage(job)
    })

  return {
    ready,
    /** Ends what runs; nothing runs after it. */
    close(): Promise<void> {
      closed = true
      return stop()
    },
    async run(job: JqJob, limitMs: number): Promise<JqExit> {
      const worker = await ready()
      const exit = await ask(worker, job, limitMs)
      if ('broken' in exit || exit.bytes > keptBytes) await stop()
      return exit
    },
  }
}
