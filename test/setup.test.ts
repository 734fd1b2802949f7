import { execFile } from 'node:child_process'
import { appendFile, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findChromium } from '../runner/find-chromium.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Each test makes a fresh clone whose only package is a stand-in that lies beside it: npm needs no network for it. */
let clone: string
let chromium: string
/** A temporary folder of its own, where setup keeps its lock. */
let temporary: string

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'errand-clone-'))
  temporary = join(clone, 'tmp')
  for (const folder of ['scripts', 'runner', 'sqlite', 'tmp']) await mkdir(join(clone, folder))
  for (const file of ['scripts/setup.mjs', 'scripts/setup-lock.mjs', 'scripts/programs.mjs', 'scripts/web-build.mjs', 'runner/chromium-paths.mjs']) await copyFile(join(root, file), join(clone, file))
  const writeJson = (path: string, value: unknown): Promise<void> => writeFile(join(clone, path), JSON.stringify(value))
  await writeJson('sqlite/package.json', { name: 'better-sqlite3', version: '1.0.0' })
  await writeFile(join(clone, 'sqlite/index.js'), 'module.exports = class { close() {} }')
  const dependencies = { 'better-sqlite3': 'file:sqlite' }
  await writeJson('package.json', { name: 'clone', version: '1.0.0', dependencies })
  await writeJson('package-lock.json', {
    name: 'clone',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'clone', version: '1.0.0', dependencies },
      'node_modules/better-sqlite3': { resolved: 'sqlite', link: true },
      sqlite: { name: 'better-sqlite3', version: '1.0.0' },
    },
  })
  chromium = await script('chromium', 'echo Chromium 150.0.1.2')
})

afterEach(() => rm(clone, { recursive: true, force: true }))

const script = async (name: string, text: string): Promise<string> => {
  const path = join(clone, name)
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
  return path
}

const locksLeft = async (): Promise<string[]> => (await readdir(temporary)).filter((name) => name.startsWith('errand-setup'))

type Result = { code: number; out: string; err: string; ms: number }

const setup = async (env: Record<string, string> = {}): Promise<Result> => {
  const started = performance.now()
  const all = { ...process.env, CHROMIUM_PATH: chromium, TMPDIR: temporary, NODE_ENV: 'test', ...env }
  const ended = await promisify(execFile)(process.execPath, [join(clone, 'scripts/setup.mjs')], { cwd: clone, env: all }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, out: error.stdout, err: error.stderr }),
  )
  return { ...ended, ms: performance.now() - started }
}

describe('setup', () => {
  test('installs what is missing, says so, and costs next to nothing the second time', async () => {
    const first = await setup()
    expect(first).toMatchObject({ code: 0, err: '' })
    expect(first.out).toMatch(/^Installing npm packages .*\nChromium: .*\/chromium\nEverything is set up\.\n$/)

    const second = await setup()
    expect(second).toMatchObject({ code: 0, out: `Set up already: npm packages, and ${chromium}.\n`, err: '' })
    expect(second.ms).toBeLessThan(2_000)
  })

  test('looks again when the packages asked for, or the Chromium, have changed', async () => {
    await setup()
    await rm(join(clone, 'node_modules/.package-lock.json'))
    await appendFile(join(clone, 'package-lock.json'), '\n')
    expect((await setup()).out).toContain('Installing npm packages')

    await utimes(chromium, new Date(0), new Date(0))
    const again = await setup()
    expect(again.out).toBe(`Chromium: ${chromium}\nEverything is set up.\n`)
  })

  test('does not let npm empty a node_modules that is a link to somebody else’s', async () => {
    const theirs = join(clone, 'theirs')
    await mkdir(theirs)
    await writeFile(join(theirs, 'kept'), '')
    await symlink(theirs, join(clone, 'node_modules'))
    const { code, err } = await setup()
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(`node_modules is a link to ${await realpath(theirs)}`) })
    expect(await readdir(theirs)).toEqual(['kept'])
  })

  test('a CHROMIUM_PATH that names nothing ends it with one message', async () => {
    expect(await setup({ CHROMIUM_PATH: '/nowhere/chromium' })).toMatchObject({
      code: 1,
      err: 'CHROMIUM_PATH is /nowhere/chromium, but there is no such file. Let it name a Chromium or Chrome, or unset it: then one is looked for.\n',
    })
  })

  test('a CHROMIUM_PATH that names a leftover which starts nothing ends it with what that said', async () => {
    const leftover = await script('leftover', 'echo "requires the chromium snap to be installed" >&2; exit 1')
    expect(await setup({ CHROMIUM_PATH: leftover })).toMatchObject({
      code: 1,
      err: `CHROMIUM_PATH is ${leftover}, but it does not start: requires the chromium snap to be installed. Let it name a Chromium or Chrome, or unset it: then one is looked for.\n`,
    })
  })

  test('three at once install once, and leave nothing behind', async () => {
    const results = await Promise.all([setup(), setup(), setup()])
    expect(results.map(({ code, err }) => ({ code, err }))).toEqual(results.map(() => ({ code: 0, err: '' })))
    expect(results.filter(({ out }) => out.includes('Installing'))).toHaveLength(1)
    expect(await locksLeft()).toEqual([])
  })

  test('the lock of a setup that was killed holds nobody up', async () => {
    const looking = await script('looking', `ls "$TMPDIR" > ${join(clone, 'seen')}; echo Chromium 150.0.1.2`)
    await setup({ CHROMIUM_PATH: looking })
    const lock = (await readFile(join(clone, 'seen'), 'utf8')).split('\n').find((name) => name.endsWith('.lock')) ?? ''
    await rm(join(clone, 'node_modules'), { recursive: true })

    const gone = await promisify(execFile)(process.execPath, ['-p', 'process.pid'])
    await writeFile(join(temporary, lock), gone.stdout.trim())
    expect(await setup()).toMatchObject({ code: 0, err: '' })
    expect(await locksLeft()).toEqual([])
  })
})

describe('the dashboard', () => {
  /** What stands for vite here leaves a page, and how often it was asked to. */
  const buildsOf = async (): Promise<string> => readFile(join(clone, 'web/dist/index.html'), 'utf8')
  beforeEach(async () => {
    for (const folder of ['web/pages', 'vite']) await mkdir(join(clone, folder), { recursive: true })
    await writeFile(join(clone, 'web/index.html'), '<!doctype html>')
    await writeFile(join(clone, 'web/pages/runs.tsx'), 'export default 1')
    await writeFile(join(clone, 'vite/package.json'), JSON.stringify({ name: 'vite', version: '1.0.0', type: 'module', exports: './index.js' }))
    await writeFile(
      join(clone, 'vite/index.js'),
      `import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
      export const build = async ({ build: { outDir } }) => {
        appendFileSync(new URL('./builds', import.meta.url), '|')
        mkdirSync(outDir, { recursive: true })
        writeFileSync(outDir + '/index.html', process.env.NODE_ENV + ' ' + readFileSync(new URL('./builds', import.meta.url), 'utf8').length)
      }`,
    )
    for (const name of ['package.json', 'package-lock.json']) {
      const read = JSON.parse(await readFile(join(clone, name), 'utf8')) as { dependencies?: object; packages?: Record<string, { dependencies?: object }> }
      const asks = read.packages?.[''] ?? read
      asks.dependencies = { ...asks.dependencies, vite: 'file:vite' }
      if (read.packages) Object.assign(read.packages, { 'node_modules/vite': { resolved: 'vite', link: true }, vite: { name: 'vite', version: '1.0.0' } })
      await writeFile(join(clone, name), JSON.stringify(read))
    }
  })

  test('is built once, and again when a source of it is another one', async () => {
    expect((await setup()).out).toMatch(/\nBuilding the dashboard \.\.\.\nEverything is set up\.\n$/)
    expect(await buildsOf()).toBe('production 1')
    expect((await setup()).out).toMatch(/^Set up already/)

    await writeFile(join(clone, 'web/pages/runs.tsx'), 'export default 2')
    expect((await setup()).out).toBe('Building the dashboard ...\nEverything is set up.\n')
    expect(await buildsOf()).toBe('production 2')
    await rm(join(clone, 'web/dist'), { recursive: true })
    await setup()
    expect(await buildsOf()).toBe('production 3')
    expect((await readdir(join(clone, 'web'))).sort()).toEqual(['dist', 'index.html', 'pages'])
  })

  test('what breaks its build is told, and what was there before stays', async () => {
    await setup()
    await writeFile(join(clone, 'vite/index.js'), `export const build = async () => { throw new Error('pages/runs.tsx: Unexpected token') }`)
    await writeFile(join(clone, 'web/pages/runs.tsx'), 'export default {')
    expect(await setup()).toMatchObject({ code: 1, err: 'The dashboard could not be built: pages/runs.tsx: Unexpected token\n' })
    expect(await buildsOf()).toBe('production 1')
  })
})

describe('findChromium', () => {
  test('takes the one that CHROMIUM_PATH names', () => {
    expect(findChromium({ CHROMIUM_PATH: chromium })).toBe(chromium)
  })

  test('is unavailable, and says what to do, when that one does not start', () => {
    const looking = () => findChromium({ CHROMIUM_PATH: '/nowhere/chromium' })
    expect(looking).toThrow(expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('unset it') }))
  })

  test('finds the one that setup found', () => {
    expect(findChromium({ CHROMIUM_PATH: process.env.CHROMIUM_PATH })).toMatch(/chrom/i)
  })
})
