import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * The program as plain JavaScript, for tests that start it as a process of its own, some of them many times: what tsx does anew in each process,
 * at a second of the processor's time, is done once for all. File for file the same, so that routes, steps and threads are found as ever.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROGRAMS = join(ROOT, 'node_modules/.errand-programs')
const DAY_MS = 86_400_000

const filesIn = (room: string): string[] => readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((name) => join(room, name))

/** Changes with every source. */
const markOf = (sources: string[]): string => {
  const hash = createHash('sha256').update(ROOT)
  for (const path of sources.toSorted()) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path))).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Beside what is there, and in place in one move: several may be at it. */
const compile = async (folder: string, plain: string[]): Promise<void> => {
  const fresh = `${folder}.${process.pid}`
  await promisify(execFile)(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'test/program.tsconfig.json'), '--outDir', fresh])
  for (const path of plain) copyFileSync(join(ROOT, path), join(fresh, path))
  for (const path of ['web', 'db/migrations']) symlinkSync(join(ROOT, path), join(fresh, path))
  try {
    renameSync(fresh, folder)
  } catch (error) {
    rmSync(fresh, { recursive: true })
    if (!existsSync(folder)) throw error
  }
  for (const name of readdirSync(PROGRAMS)) if (Date.now() - statSync(join(PROGRAMS, name)).mtimeMs > DAY_MS) rmSync(join(PROGRAMS, name), { recursive: true, force: true })
}

const make = async (): Promise<string> => {
  const sources = [...['server', 'runner', 'steps', 'db', 'scripts'].flatMap(filesIn).filter((path) => /\.m?ts$|\.mjs$/.test(path)), 'test/second-process.ts', 'test/program.tsconfig.json', 'tsconfig.json']
  const folder = join(PROGRAMS, markOf(sources))
  mkdirSync(PROGRAMS, { recursive: true })
  if (!existsSync(folder)) await compile(folder, sources.filter((path) => /^(?:server|runner|steps|db)\/.*\.mjs$/.test(path)))
  return folder
}

let made: Promise<string> | undefined
/** @param path of a script, as `server/main.ts` @returns the file that Node starts in its place */
export const program = async (path: string): Promise<string> => join(await (made ??= make()), path.replace(/\.ts$/, '.js'))
