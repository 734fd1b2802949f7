import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listApiKeys } from '../../db/api-keys.ts'
import { openDb, type Db } from '../../db/open.ts'
import type { Problem } from '../../runner/model/problem.ts'
import { runKeyCommand } from '../../scripts/key.ts'
import { createAccessTokens } from '../../server/access-token.ts'
import { createAuth } from '../../server/auth.ts'
import type { Caller } from '../../server/caller.ts'
import { databasePath, readConfig, type Config } from '../../server/config.ts'
import { program } from '../program.ts'

/** A store that is in use all the while, as a server's is. */
let config: Config
let db: Db
beforeAll(() => {
  config = readConfig({ DATA_DIR: mkdtempSync(join(tmpdir(), 'errand-keys-')) })
  db = openDb(databasePath(config))
})
afterAll(async () => {
  await db.close()
  rmSync(config.DATA_DIR, { recursive: true, force: true })
})

type Ended = { code: number; out: string; err: string }

/** The command as it is called. */
const start = async (args: string[]): Promise<Ended> => {
  const script = await program('scripts/key.ts')
  return new Promise((resolve) => {
    const env = { ...process.env, DATA_DIR: config.DATA_DIR }
    execFile(process.execPath, [script, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

/** The same in this process, on connections of its own: it starts quicker. */
const run = async (args: string[], settings: Record<string, string> = {}): Promise<Ended> => {
  const [out, err]: [string[], string[]] = [[], []]
  const say = { log: (line: string) => out.push(`${line}\n`), error: (line: string) => err.push(`${line}\n`) }
  const code = await runKeyCommand(args, { DATA_DIR: config.DATA_DIR, ...settings }, say)
  return { code, out: out.join(''), err: err.join('') }
}

const keyIn = ({ code, out, err }: Ended): string => {
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out.trimEnd().split('\n').at(-1) ?? ''
}

/** What the server makes of a key: who calls, or the code of its refusal. */
const callerOf = (key: string, now = Date.now()): Promise<Caller | string> =>
  createAuth({ config, db, now: () => now, accessTokens: createAccessTokens({ key: Buffer.alloc(32, 1), db, now: () => now }) })
    .authenticate({ method: 'GET', httpVersion: '1.1', headers: { authorization: `Bearer ${key}` }, socket: { remoteAddress: '192.0.2.1' } })
    .catch((error: Problem) => error.code)

const DAY = 86_400_000

describe('a key that was made while the store is in use', () => {
  test('stands alone on the last line, and counts at once', async () => {
    const key = keyIn(await start(['--role', 'member']))
    expect(key).toMatch(/^er_[\w-]{43}$/)
    expect(await callerOf(key)).toMatchObject({ kind: 'key', org: 'default', role: 'member', isMachine: false })
  })

  test('has the org, the name, the expiry and the machine that were asked for', async () => {
    const key = keyIn(await run(['--role', 'admin', '--machine', '--org', 'acme', '--name', 'nightly export', '--expires', '90d']))
    expect(await callerOf(key)).toMatchObject({ org: 'acme', role: 'admin', isMachine: true })
    expect(await callerOf(key, Date.now() + 89 * DAY)).toMatchObject({ org: 'acme' })
    expect(await callerOf(key, Date.now() + 91 * DAY)).toBe('not_authenticated')
    expect(await listApiKeys(db, 'acme')).toMatchObject([{ name: 'nightly export' }])
  })

  test('is of the person that it was made for', async () => {
    const key = keyIn(await run(['--role', 'member', '--org', 'people', '--person', 'anna', '--name', 'laptop']))
    expect(await callerOf(key)).toMatchObject({ kind: 'key', person: 'anna' })
    expect((await run(['--list', '--org', 'people'])).out).toContain('for anna  laptop')
    expect(await run(['--role', 'member', '--machine', '--person', 'anna'])).toMatchObject({ code: 2, err: expect.stringContaining('--person does not go with --machine') })
  })

  test('is listed without the key itself, and counts no more once it is revoked', async () => {
    const key = keyIn(await run(['--role', 'viewer', '--org', 'office', '--name', 'old laptop']))
    const [row] = await listApiKeys(db, 'office')
    const listed = await run(['--list', '--org', 'office'])
    expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(new RegExp(`^${row!.id}  viewer .*does not expire  old laptop\n$`)) })
    expect(listed.out).not.toContain(key)

    expect(await run(['--revoke', row!.id])).toMatchObject({ code: 1, err: `No API key ${row!.id}.\n` })
    expect(await callerOf(key)).toMatchObject({ kind: 'key' })

    expect(await run(['--revoke', row!.id, '--org', 'office'])).toEqual({ code: 0, out: `Revoked ${row!.id}.\n`, err: '' })
    expect(await callerOf(key)).toBe('not_authenticated')
    expect((await run(['--list', '--org', 'office'])).out).toContain('revoked ')
  })
})

test('a store that no server has opened yet is made', async () => {
  const dataDir = join(config.DATA_DIR, 'fresh')
  const { code, out } = await run(['--role', 'member'], { DATA_DIR: dataDir })
  expect(code).toBe(0)
  const fresh = openDb(join(dataDir, 'errand.sqlite'))
  expect(await listApiKeys(fresh, 'default')).toHaveLength(1)
  expect(out).toContain('It is shown only now:')
  await fresh.close()
})

test('an org without keys says so', async () => {
  expect(await run(['--list', '--org', 'nobody'])).toEqual({ code: 0, out: 'No API keys in org nobody.\n', err: '' })
})

test('bad settings are told as the server tells them', async () => {
  expect(await run(['--list'], { PORT: 'abc' })).toMatchObject({ code: 1, out: '', err: expect.stringContaining('PORT "abc" is not a whole number') })
})

const misused: [args: string[], says: string][] = [
  [[], '--role is missing.'],
  [['--role', 'root'], 'There is no role "root".'],
  [['--role', 'viewer', '--machine'], 'A machine is a member or an admin.'],
  [['--role', 'member', '--expires', '90'], '--expires 90: write it as'],
  [['--role', 'member', '--expires', '0d'], '--expires 0d: write it as'],
  [['--role', 'member', '--org', ' '], '--org takes 1 to 255 printable characters.'],
  [['--role', 'member', '--name', 'two\nlines'], '--name takes 1 to 255 printable characters.'],
  [['--role', 'member', '--colour', 'green'], `Unknown option '--colour'`],
  [['--role', 'member', 'green'], `Unexpected argument 'green'`],
  [['--list', '--revoke', 'x'], '--list does not go with --revoke.'],
  [['--revoke', 'x', '--role', 'member'], '--role does not go with --revoke.'],
]

test.each(misused)('%j is told with how to use it, and makes no key', async (args, says) => {
  const before = await listApiKeys(db, 'default')
  const ended = await run(args)
  expect(ended).toEqual({ code: 2, out: '', err: expect.stringContaining(says) })
  expect(ended.err).toContain('\n\nUsage:\n  npm run key -- --role')
  expect(await listApiKeys(db, 'default')).toEqual(before)
})

test('the exit code of misuse is 2', async () => {
  expect(await start(['--role', 'root'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('There is no role "root".') })
})
