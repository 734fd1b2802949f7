import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { holdFile } from '../../db/exclusive-file.ts'
import { sealedColumns } from '../../db/reseal.ts'
import { Problem } from '../../runner/model/problem.ts'
import { createSeal, sealMark } from '../../runner/seal.ts'
import { readConfig } from '../../server/config.ts'
import { loadEncryptionKey } from '../../server/encryption-key.ts'
import { BACKUP_LOCK } from '../../server/retention.ts'
import { rotateKey } from '../../server/rotate-key.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { program } from '../program.ts'

/** A change of the encryption key: everything is sealed anew, and whatever happens in between, nothing is lost. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CODE = { properties: { code: { type: 'string', format: 'otp' } }, required: ['code'] }

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'errand-rotate-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const config = (settings: Record<string, string> = {}) => readConfig({ DATA_DIR: dir, ...settings })
const rotate = async (settings?: Record<string, string>): Promise<{ lines: string[]; unopened: number }> => {
  const lines: string[] = []
  return { unopened: await rotateKey(config(settings), (line) => lines.push(line)), lines }
}
const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const found = await work.then(() => null, (error: unknown) => error)
  expect(found).toBeInstanceOf(Problem)
  return (found as Problem).message
}
const keyNow = (settings?: Record<string, string>): Buffer => loadEncryptionKey(config(settings))

const withStore = <T>(work: (store: Sqlite.Database) => T): T => {
  const store = new Sqlite(join(dir, 'errand.sqlite'))
  try {
    return work(store)
  } finally {
    store.close()
  }
}
/** Every sealed value, by the place where it stands. */
const sealedValues = (): [place: string, value: Buffer][] =>
  withStore((store) =>
    sealedColumns().flatMap(({ tableName, column }) =>
      (store.prepare(`SELECT ${column.name} AS value FROM ${tableName} WHERE ${column.name} IS NOT NULL`).all() as { value: Buffer }[]).map(({ value }): [string, Buffer] => [`${tableName}.${column.name}`, value]),
    ),
  )
const holds = (bytes: Buffer): string[] => readdirSync(dir).filter((name) => name.startsWith('errand.sqlite')).filter((name) => readFileSync(join(dir, name)).includes(bytes))

/** A server on the folder that has sealed something of each kind; a run of it waits for an answer that a secret goes into. */
const used = async (settings?: Record<string, string>): Promise<{ runId: string }> => {
  await using server = await startTestServer(settings, { dataDir: dir })
  await server.call('PUT', '/api/v1/secrets/TOKEN', { value: 'sesame-opens' })
  await server.call('POST', '/api/v1/otp-codes', { account: 'nobody', code: '111111' })
  const { db, seal } = server.server.services
  const { saveSession } = await import('../../db/sessions.ts')
  await saveSession(db, { org: 'default', name: 'portal', runId: 'r', sealed: seal.seal({ cookies: ['c'] }), expiresAt: null, at: 1 })
  const ask = (identifier: string) => ({ identifier, config: { type: 'USER_INPUT', title: identifier, userInputs: CODE } })
  const { id } = await server.save(linear('asks', [ask('first'), { identifier: 'mix', config: { type: 'TRANSFORM', value: '{{ .secrets.TOKEN }}+{{ .outputs.first.values.code }}' } }, ask('second'), { identifier: 'is_right', config: { type: 'TRANSFORM', value: '{{ .outputs.mix.value == "sesame-opens+246810" }}' } }]))
  const run = await server.run(id)
  await answer(server, run.id, 'first')
  await server.until(run.id, ({ awaiting }) => awaiting?.title === 'second')
  return { runId: run.id }
}
const answer = async (server: TestServer, runId: string, title: string): Promise<void> => {
  await server.until(runId, ({ awaiting }) => awaiting?.title === title)
  expect((await server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { code: '246810' } })).status).toBe(200)
}

/** The run that waited goes on, and what was sealed for it is what it was. */
const goesOn = async (runId: string, settings?: Record<string, string>): Promise<void> => {
  await using server = await startTestServer(settings, { dataDir: dir })
  await answer(server, runId, 'second')
  expect((await server.settled(runId)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { is_right: { value: true } } })
}

test('every column that holds bytes is sealed anew, and what was sealed opens as before', async () => {
  const { runId } = await used()
  const before = keyNow()
  const places = new Set(sealedValues().map(([place]) => place))
  expect([...places].sort()).toEqual(['activity_runs.sealed_outputs', 'input_requests.sealed_values', 'otp_codes.sealed', 'runs.sealed_inputs', 'runs.sealed_secrets', 'secrets.sealed', 'sessions.sealed'])
  const { lines, unopened } = await rotate()
  const key = keyNow()
  expect(key.equals(before)).toBe(false)
  expect(unopened).toBe(0)
  expect(lines[0]).toMatch(/^\d+ values are sealed under the new key\.$/)
  const seal = createSeal(key)
  for (const [place, value] of sealedValues()) expect({ place, value: seal.unseal(value) }).toEqual({ place, value: expect.anything() })
  // Nor does an old value linger in a free page, or in the write-ahead log.
  expect(holds(sealMark(before))).toEqual([])
  expect(holds(sealMark(key))).toEqual(['errand.sqlite'])
  await goesOn(runId)
})

test('the key of before is kept beside the new one, both for their owner alone', async () => {
  await used()
  const before = keyNow()
  const { lines } = await rotate()
  const kept = join(dir, `encryption.key.${sealMark(before).subarray(1).toString('hex')}`)
  expect(Buffer.from(readFileSync(kept, 'utf8'), 'base64')).toEqual(before)
  expect([kept, join(dir, 'encryption.key'), join(dir, 'encryption.check')].map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(['600', '600', '600'])
  expect(lines.join('\n')).toContain(`kept in ${kept}`)
  expect(readdirSync(dir).filter((name) => name.includes('next'))).toEqual([])
})

test('killed again and again, it comes to its end, and no server starts before that', { timeout: 120_000 }, async () => {
  const { runId } = await used()
  withStore((store) => {
    const copy = store.prepare('INSERT INTO secrets SELECT org, ?, sealed, created_by, updated_by, created_at, updated_at FROM secrets WHERE name = ?')
    for (let index = 0; index < 3_000; index++) copy.run(`S${index}`, 'TOKEN')
  })
  let half = 0
  for (let delayMs = 0; half < 3; delayMs += 3) {
    const child = spawn(process.execPath, [await program('scripts/rotate-key.ts')], { cwd: ROOT, env: { ...process.env, DATA_DIR: dir }, stdio: 'ignore' })
    const ended = once(child, 'exit')
    // From the moment that it has begun to change anything.
    while (!existsSync(join(dir, 'encryption.check.next')) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    child.kill('SIGKILL')
    await ended
    if (!existsSync(join(dir, 'encryption.check.next'))) break
    half++
    expect(await refusalOf(startTestServer({}, { dataDir: dir }))).toContain('has not come to its end. Run "npm run rotate-key" again')
  }
  expect(half).toBeGreaterThan(0)
  if (existsSync(join(dir, 'encryption.check.next'))) await rotate()
  const seal = createSeal(keyNow())
  expect(sealedValues().filter(([place]) => place === 'secrets.sealed')).toHaveLength(3_001)
  for (const [, value] of sealedValues()) seal.unseal(value)
  await goesOn(runId)
})

test('stopped between the new key and its check, it only does what is left', async () => {
  const { runId } = await used()
  const check = join(dir, 'encryption.check')
  copyFileSync(check, `${check}.old`)
  await rotate()
  // As it lies there when the process ends just before its last step.
  copyFileSync(check, `${check}.next`)
  copyFileSync(`${check}.old`, check)
  const key = keyNow()
  expect((await rotate()).lines[0]).toBe('0 values are sealed under the new key.')
  expect(keyNow()).toEqual(key)
  await goesOn(runId)
})

test('a key in the settings is changed to another, which must be given again when it is interrupted', async () => {
  const [first, second, third] = [0, 1, 2].map(() => randomBytes(32).toString('base64')) as [string, string, string]
  const { runId } = await used({ ENCRYPTION_KEY: first })
  expect(await refusalOf(rotate({ ENCRYPTION_KEY: first }))).toContain('set NEW_ENCRYPTION_KEY')
  expect(await refusalOf(rotate({ ENCRYPTION_KEY: first, NEW_ENCRYPTION_KEY: first }))).toContain('is the key that is in use')
  expect(await refusalOf(rotate({ ENCRYPTION_KEY: third, NEW_ENCRYPTION_KEY: second }))).toContain('Nothing was changed.')
  const { lines } = await rotate({ ENCRYPTION_KEY: first, NEW_ENCRYPTION_KEY: second })
  expect(lines.join('\n')).toContain('start the server with ENCRYPTION_KEY set to the new key')
  expect(existsSync(join(dir, 'encryption.key'))).toBe(false)
  expect(await refusalOf(startTestServer({ ENCRYPTION_KEY: first }, { dataDir: dir }))).toContain('is not the one that the data')
  await goesOn(runId, { ENCRYPTION_KEY: second })
})

test('a wrong key, or a server at work, stops it before it changes anything', async () => {
  await used()
  const picture = () => readdirSync(dir).filter((name) => !/-wal$|-shm$|lock/.test(name)).map((name) => (statSync(join(dir, name)).isFile() ? readFileSync(join(dir, name)).toString('base64') : name))
  const before = picture()
  const wrong = { ENCRYPTION_KEY: randomBytes(32).toString('hex'), NEW_ENCRYPTION_KEY: randomBytes(32).toString('hex') }
  expect(await refusalOf(rotate(wrong))).toContain('is not the one that the data')
  expect(picture()).toEqual(before)
  await using server = await startTestServer({}, { dataDir: dir })
  expect(await refusalOf(rotate())).toContain('Another Errand server is at work')
  expect((await server.call('GET', '/ready')).status).toBe(200)
})

test('neither is a backup made of what is sealed under two keys, nor the key changed under a backup', async () => {
  await used()
  const held = holdFile(join(dir, BACKUP_LOCK))!
  expect(await refusalOf(rotate())).toContain('A backup')
  held.release()
  copyFileSync(join(dir, 'encryption.check'), join(dir, 'encryption.check.next'))
  const backup = spawn(process.execPath, [await program('scripts/backup.ts'), '--to', join(dir, 'backups')], { cwd: ROOT, env: { ...process.env, DATA_DIR: dir } })
  expect(await text(backup.stderr)).toContain('sealed under two keys')
})

test('a value that no key opens stays as it is, and is told of', async () => {
  await used()
  withStore((store) => store.prepare('UPDATE secrets SET sealed = ?').run(Buffer.from('not sealed at all')))
  const { lines, unopened } = await rotate()
  expect(unopened).toBe(1)
  expect(lines[0]).toContain('A value in secrets stays as it is')
  expect(withStore((store) => (store.prepare('SELECT sealed FROM secrets').get() as { sealed: Buffer }).sealed.toString())).toBe('not sealed at all')
})

test('a server that finds neither key nor check, but sealed values, does not start on a new key', async () => {
  await used()
  for (const name of ['encryption.key', 'encryption.check']) rmSync(join(dir, name))
  expect(await refusalOf(startTestServer({}, { dataDir: dir }))).toContain('is not the one that the data')
  expect(existsSync(join(dir, 'encryption.check'))).toBe(false)
})
