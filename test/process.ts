import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromiumPath } from './chromium.ts'
import type { Process } from './processes.ts'
import { chromiumProcesses, hasProc, isAlive } from './processes.ts'
import { readEvents, type Json, type SseEvent } from './harness.ts'
import { program } from './program.ts'

/** The real server as a process of its own, to be stopped, killed and started again on the same folder. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type ServerProcess = AsyncDisposable & {
  pid: number
  url: string
  /** What it has written to its log so far. */
  log: Json[]
  /** How it ended. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Sends a signal, and waits for the end: of the process, and of the Chromium that it started. */
  end(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }>
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>
  get(runId: string): Promise<{ workflowRun: Json; activityRuns: Json[] }>
  /** A run's stream after `lastEventId`, until it ends or breaks off with the process. */
  stream(runId: string, lastEventId?: string): AsyncGenerator<SseEvent>
  /** The run when it is as wanted; looked at after each event of its stream. */
  until(runId: string, wanted: (run: Json, activityRuns: Json[]) => boolean): Promise<{ workflowRun: Json; activityRuns: Json[] }>
  settled(runId: string): Promise<{ workflowRun: Json; activityRuns: Json[] }>
}

const settledOf = async (processes: Process[]): Promise<void> => {
  while (processes.some(({ pid }) => isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** @throws Error with what it wrote when it ends before it listens */
export const startProcess = async (dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> => {
  const child = spawn(process.execPath, [await program('server/main.ts')], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info', CHROMIUM_PATH: chromiumPath('shell'), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited: ServerProcess['exited'] = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const log: Json[] = []
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = line.startsWith('{') ? (JSON.parse(line) as Json) : { event: line }
      log.push(entry)
      if (entry.event === 'listening') resolve(entry.url as string)
    })
    void exited.then(({ code }) => reject(new Error(`The server ended with ${code} before it listened: ${errors}${JSON.stringify(log)}`)))
  })
  const call: ServerProcess['call'] = async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Json }
  }
  const get: ServerProcess['get'] = async (runId) => (await call('GET', `/api/v1/workflow-runs/${runId}`)).body as { workflowRun: Json; activityRuns: Json[] }
  const stream: ServerProcess['stream'] = async function* (runId, lastEventId) {
    const response = await fetch(`${url}/api/v1/workflow-runs/${runId}/stream`, { headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId } })
    if (response.status !== 200) return
    yield* readEvents(response)
  }
  const until: ServerProcess['until'] = async (runId, wanted) => {
    const first = await get(runId)
    if (wanted(first.workflowRun, first.activityRuns)) return first
    for await (const _event of stream(runId)) {
      const now = await get(runId)
      if (wanted(now.workflowRun, now.activityRuns)) return now
    }
    const last = await get(runId)
    if (wanted(last.workflowRun, last.activityRuns)) return last
    throw new Error(`The run ended and never was as wanted: ${JSON.stringify(last.workflowRun)}`)
  }
  const pid = child.pid!
  const end: ServerProcess['end'] = async (signal) => {
    const before = performance.now()
    const browser = hasProc ? chromiumProcesses(pid) : []
    child.kill(signal)
    const how = await exited
    const ms = Math.round(performance.now() - before)
    await settledOf(browser)
    return { ...how, ms }
  }
  return {
    pid,
    url,
    log,
    exited,
    end,
    call,
    get,
    stream,
    until,
    settled: async (runId) => {
      const first = await get(runId)
      if (first.workflowRun.completedAt !== null) return first
      for await (const _event of stream(runId)) continue
      return until(runId, (run) => run.completedAt !== null)
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
    },
  }
}
