import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, processTree } from './process-tree.ts'

/** A process of ours, with everything that it starts. When it is stopped, nothing of it is left, or the benchmark fails. */
export type Child = AsyncDisposable & { pid: number; process: ChildProcess; stop(): Promise<void> }

/** What runs at this moment: a benchmark that is interrupted takes it along. */
const running = new Set<Child>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void Promise.allSettled([...running].map((child) => child.stop())).finally(() => process.exit(1)))

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const STOP_MS = 15_000

/** @param path of a TypeScript file, from the top of the project; it may send and get messages */
export const startChild = (path: string, { args = [], env = {}, nodeArgs = [] }: { args?: string[]; env?: Record<string, string>; nodeArgs?: string[] } = {}): Child => {
  const child = spawn(process.execPath, ['--import', 'tsx', ...nodeArgs, path, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${path} does not start.`)
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    running.delete(started)
    const tree = processTree(pid)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const late = sleep(STOP_MS, 'late' as const, { ref: false })
    if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL')
    const deadline = performance.now() + 5_000
    const left = () => tree.filter((one) => isAlive(one.pid))
    while (left().length > 0 && performance.now() < deadline) await sleep(50)
    const names = left().map((one) => `${one.name} (${one.pid})`)
    for (const one of left()) process.kill(one.pid, 'SIGKILL')
    if (names.length > 0) throw new Error(`${path} ended and left running: ${names.join(', ')}`)
  }
  const started: Child = { pid, process: child, stop, [Symbol.asyncDispose]: stop }
  running.add(started)
  return started
}

/** What the first line of its output that `pattern` matches holds in its first group. */
const lineOf = async (child: Child, pattern: RegExp): Promise<string> => {
  const lines = createInterface({ input: child.process.stdout! })
  const seen: string[] = []
  try {
    for await (const line of lines) {
      const found = pattern.exec(line)?.[1]
      if (found !== undefined) return found
      seen.push(line)
    }
  } finally {
    // What it says later must not stop it when a pipe is full.
    child.process.stdout?.resume()
  }
  throw new Error(`A child ended before it was ready: ${seen.join('\n')}`)
}

/** Resolves when a child has said, by its first message, that it can be asked. */
export const ready = async (child: Child): Promise<void> => {
  await Promise.race([
    once(child.process, 'message'),
    once(child.process, 'exit').then(() => {
      throw new Error('A child of the benchmark does not start.')
    }),
  ])
}

/** Asks a child that answers each message with one, in order. */
export const ask = async <T>(child: Child, message: object): Promise<T> => {
  const gone = new AbortController()
  const answered = once(child.process, 'message', { signal: gone.signal })
  const ended = once(child.process, 'exit', { signal: gone.signal }).then(() => {
    throw new Error('A child of the benchmark ended.')
  })
  try {
    child.process.send(message)
    const [answer] = (await Promise.race([answered, ended])) as [T | { error: string }]
    if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(answer.error)
    return answer
  } finally {
    gone.abort()
    await Promise.allSettled([answered, ended])
  }
}

export const startPortal = async (): Promise<Child & { url: string }> => {
  const child = startChild('test/portal/main.ts', { args: ['--port', '0'] })
  return { ...child, url: await lineOf(child, /Practice portal: (\S+)/) }
}

export const tempDir = (): string => mkdtempSync(join(tmpdir(), 'errand-bench-'))

/** The server as `npm start` runs it, on a data folder of its own that goes with it. */
export const startServer = async (settings: Record<string, string> = {}, { nodeArgs = [] as string[] } = {}): Promise<Child & { url: string; dataDir: string }> => {
  const dataDir = tempDir()
  const env = { PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '0', ...settings }
  const child = startChild('server/main.ts', { env, nodeArgs })
  const stop = async (): Promise<void> => {
    await child.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    return { ...child, url: await lineOf(child, /"url":"([^"]+)"/), dataDir, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
