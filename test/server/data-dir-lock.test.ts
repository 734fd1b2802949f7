import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockDataDir } from '../../server/data-dir-lock.ts'
import { program } from '../program.ts'

let dir: string
let children: ChildProcess[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'errand-lock-'))
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const locking = async (): Promise<string> => `import { lockDataDir } from ${JSON.stringify(await program('server/data-dir-lock.ts'))}`

/** Another process that takes the folder and keeps it. */
const holder = async (): Promise<ChildProcess> => {
  const script = `${await locking()}; await lockDataDir(${JSON.stringify(dir)}); console.log('held'); setInterval(() => {}, 1e6)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

const refused = { code: 'unavailable', message: expect.stringMatching(/^Another Errand server is at work on .*errand-lock-.*DATA_DIR of its own\.$/) as string }

test('a second server on one folder is refused, and told what to do', async () => {
  await holder()
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused)
})

test.each(['SIGKILL', 'SIGTERM'] as const)('the folder is free when its server ends by %s', async (signal) => {
  await kill(await holder(), signal)
  await (await lockDataDir(dir)).close()
})

test('a server that is merely stopped still has its folder', async () => {
  const child = await holder()
  child.kill('SIGSTOP')
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused)
})

test('in one process, too, a folder has one server at a time', async () => {
  const lock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused)
  await lock.close()
  await lock.close()
  await (await lockDataDir(dir)).close()
})

// Closing any descriptor of a file drops the locks that POSIX gave the process on it: SQLite knows, a plain fcntl would not.
test('a refused try does not open the folder to a third', async () => {
  await using _lock = await lockDataDir(dir)
  await expect(lockDataDir(dir)).rejects.toMatchObject(refused)
  const script = `${await locking()}; await lockDataDir(${JSON.stringify(dir)}).catch((error) => console.log(error.code))`
  const third = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(third)
  const [said] = (await once(third.stdout, 'data')) as [Buffer]
  expect(String(said).trim()).toBe('unavailable')
})

test('folders do not share a lock, and one that is not there is made', async () => {
  await using _lock = await lockDataDir(dir)
  await using _other = await lockDataDir(join(dir, 'made', 'here'))
})
