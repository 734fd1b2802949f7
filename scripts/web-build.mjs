/** The dashboard, built where `web/dist` is missing or older than its sources. Used by setup.mjs; needs the npm packages. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What goes into it: its own sources, what it takes from the model, and the versions of packages. */
const SOURCES = ['web', 'runner/model', 'scripts/web-build.mjs', 'package-lock.json', 'tsconfig.json']

const filesIn = (root, path) => {
  const folder = join(root, path)
  if (!existsSync(folder)) return []
  if (statSync(folder).isFile()) return [path]
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'dist')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(root, `${path}/${entry.name}`) : [`${path}/${entry.name}`]))
}

/** Changes with every source. */
const sourcesMark = (root) => {
  const hash = createHash('sha256')
  for (const path of SOURCES.flatMap((source) => filesIn(root, source)).toSorted((a, b) => (a < b ? -1 : 1))) hash.update(`${path}\0`).update(readFileSync(join(root, path))).update('\0')
  return hash.digest('hex')
}

const stampOf = (root) => join(root, 'web/dist/.sources')

/** Whether there is nothing to build: it is up to date, or this is no place that has its sources. */
export const isWebCurrent = (root) => {
  if (!existsSync(join(root, 'web/index.html'))) return true
  return existsSync(stampOf(root)) && readFileSync(stampOf(root), 'utf8') === sourcesMark(root)
}

/** Vite goes by it, and makes twice as much of what is built for development or, as here when tests build it, for a test. */
const asForUse = async (work) => {
  const before = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    await work()
  } finally {
    if (before === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = before
  }
}

/** Builds beside what is there and takes its place at the end: a server that runs misses nothing. */
export const buildWeb = async (root) => {
  const mark = sourcesMark(root)
  const { build } = await import('vite')
  const fresh = join(root, `web/.dist-new-${process.pid}`)
  const old = join(root, `web/.dist-old-${process.pid}`)
  rmSync(fresh, { recursive: true, force: true })
  await asForUse(() => build({ configFile: join(root, 'web/vite.config.ts'), logLevel: 'error', build: { outDir: fresh, emptyOutDir: true } }))
  writeFileSync(join(fresh, '.sources'), mark)
  rmSync(old, { recursive: true, force: true })
  mkdirSync(join(root, 'web'), { recursive: true })
  if (existsSync(join(root, 'web/dist'))) renameSync(join(root, 'web/dist'), old)
  renameSync(fresh, join(root, 'web/dist'))
  rmSync(old, { recursive: true, force: true })
}
