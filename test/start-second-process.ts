import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from './program.ts'

export type SecondProcess = AsyncDisposable & {
  /** The runs that it has started. */
  started: string[]
  /** What it has to complain of. */
  faults(): string
}

/** Starts `second-process.ts` on a data folder. @param onStart told of each run that it starts */
export const startSecondProcess = async (dataDir: string, onStart: (runId: string) => void = () => undefined): Promise<SecondProcess> => {
  const child = spawn(process.execPath, [await program('test/second-process.ts'), dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const started: string[] = []
  await new Promise<void>((resolve, reject) => {
    void ended.then(() => reject(new Error('The second process ended before it was ready.')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') return resolve()
      started.push(line)
      onStart(line)
    })
  })
  const log = join(dataDir, 'second.log')
  return {
    started,
    faults: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
