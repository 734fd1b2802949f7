import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Problem } from '../../runner/model/problem.ts'
import { createSeal } from '../../runner/seal.ts'
import { readConfig } from '../../server/config.ts'
import { checkEncryptionKey, loadEncryptionKey } from '../../server/encryption-key.ts'
import { program } from '../program.ts'


let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'errand-key-'))
  path = join(dir, 'encryption.key')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const load = (settings: Record<string, string> = {}): Buffer => loadEncryptionKey(readConfig({ DATA_DIR: dir, ...settings }))
const check = (key: Buffer, stored: Buffer[] = []): Promise<void> => checkEncryptionKey(dir, key, async () => stored)
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8)
/** Everything in the folder, to tell whether any of it was touched. */
const picture = (): Record<string, string> => Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]))

const refusalOf = async (work: () => unknown): Promise<string> => {
  const before = picture()
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    expect(error.code).toBe('unavailable')
    expect(picture()).toEqual(before)
    return error.message
  }
  throw new Error('Nothing was refused.')
}

describe('the key', () => {
  test('is made once, for its owner only, and nothing else is left in the folder', () => {
    const key = load()
    expect(key).toHaveLength(32)
    expect(load()).toEqual(key)
    expect(readdirSync(dir)).toEqual(['encryption.key'])
    expect(modeOf(path)).toBe('600')
  })

  test('is another in every folder', () => {
    const other = mkdtempSync(join(tmpdir(), 'errand-key-'))
    expect(loadEncryptionKey(readConfig({ DATA_DIR: other }))).not.toEqual(load())
    rmSync(other, { recursive: true })
  })

  test('is made in a folder that is not there yet', () => {
    rmSync(dir, { recursive: true })
    expect(load()).toHaveLength(32)
    expect(modeOf(dir)).toBe('700')
  })

  test('is one, when many processes make it at once', async () => {
    const script = `
      import { readFileSync, writeSync } from 'node:fs'
      import { loadEncryptionKey } from ${JSON.stringify(await program('server/encryption-key.ts'))}
      writeSync(1, 'ready')
      readFileSync(0)
      writeSync(1, loadEncryptionKey({ DATA_DIR: ${JSON.stringify(dir)} }).toString('hex'))`
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }))
    // All stand at the start before the first may go.
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    for (const child of children) child.stdin.end()
    const keys = await Promise.all(children.map(({ stdout }) => text(stdout)))
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(keys)).toEqual(new Set([load().toString('hex')]))
    expect(readdirSync(dir)).toEqual(['encryption.key'])
  })

  test('that is set is taken, and none is made', () => {
    const key = randomBytes(32)
    expect(load({ ENCRYPTION_KEY: key.toString('base64') })).toEqual(key)
    expect(readdirSync(dir)).toEqual([])
  })

  test('that others could read is closed to them', () => {
    const key = load()
    chmodSync(path, 0o644)
    expect(load()).toEqual(key)
    expect(modeOf(path)).toBe('600')
  })

  const damaged: [name: string, text: string][] = [
    ['is empty', ''],
    ['was cut off', randomBytes(32).toString('base64').slice(0, 20)],
    ['is too long', randomBytes(48).toString('base64')],
    ['is text', 'my secret key, which is not a key\n'],
    ['holds two keys', `${randomBytes(32).toString('base64')}\n${randomBytes(32).toString('base64')}`],
  ]
  test.each(damaged)('whose file %s stops the start, and the file stays as it is', async (_name, bad) => {
    writeFileSync(path, bad)
    expect(await refusalOf(load)).toContain(`${path} is damaged`)
  })

  test('that is gone, although something was sealed with it, is not replaced by another', async () => {
    await check(load())
    rmSync(path)
    expect(await refusalOf(load)).toContain('sealed with a key that is not there: put encryption.key back')
  })
})

describe('the check', async () => {
  test('lets the same key pass again and again', async () => {
    const key = load()
    await check(key)
    const before = picture()
    await check(key)
    expect(picture()).toEqual(before)
    expect(modeOf(join(dir, 'encryption.check'))).toBe('600')
  })

  test('refuses another key, and overwrites nothing', async () => {
    await check(load())
    expect(await refusalOf(() => check(randomBytes(32)))).toContain('is not the one that the data')
  })

  test('refuses an ENCRYPTION_KEY that came later, and takes it when it is the same', async () => {
    const key = load()
    await check(key)
    expect(await refusalOf(() => check(load({ ENCRYPTION_KEY: randomBytes(32).toString('hex') })))).toContain('Set ENCRYPTION_KEY to that key, or unset it')
    await check(load({ ENCRYPTION_KEY: key.toString('hex') }))
  })

  test.each(['', 'AQ==', 'nonsense'])('that is damaged ("%s") says so', async (bad) => {
    const key = load()
    writeFileSync(join(dir, 'encryption.check'), bad)
    expect(await refusalOf(() => check(key))).toContain('(If encryption.check itself was damaged, remove it.)')
  })

  test('is made up for by what the store holds, where its file is gone', async () => {
    const key = load()
    const stored = [createSeal(key).seal('x')]
    expect(await refusalOf(() => check(randomBytes(32), stored))).toContain('is not the one that the data')
    await check(key, stored)
    expect(existsSync(join(dir, 'encryption.check'))).toBe(true)
  })

  test('does not tell the key', async () => {
    const key = load()
    await check(key)
    const bytes = Buffer.from(readFileSync(join(dir, 'encryption.check'), 'utf8'), 'base64')
    expect(bytes.includes(key)).toBe(false)
    expect(existsSync(path)).toBe(true)
  })
})
