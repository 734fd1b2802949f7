/**
 * Imports point one way (the map in the README). This reads every source file and names each import that points elsewhere.
 * `npm run check` calls it; `test/structure.test.ts` shows that it refuses what it should.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A source file: its path from the top of the project, with `/`. */
export type Source = { path: string; text: string }

type Import = { specifier: string; typeOnly: boolean }
type Room = 'runner/model' | 'runner' | 'steps' | 'db' | 'server' | 'web' | 'test' | 'scripts' | 'root'

const ROOMS: Room[] = ['runner/model', 'runner', 'steps', 'db', 'server', 'web', 'test', 'scripts']

/** What a room may import besides itself. A room that is not listed may import anything. */
const MAY_IMPORT: Partial<Record<Room, Room[]>> = {
  'runner/model': [],
  steps: ['runner/model'],
  db: ['runner/model'],
  runner: ['steps', 'db', 'runner/model'],
  server: ['runner', 'db', 'runner/model'],
  web: ['runner/model'],
}

/** Packages that are one room's business. */
const PACKAGE_ROOMS: Record<string, Room[]> = {
  'better-sqlite3': ['db'],
  'drizzle-orm': ['db'],
  'playwright-core': ['runner', 'steps'],
  express: ['server'],
  'express-rate-limit': ['server'],
  helmet: ['server'],
  jose: ['server'],
  kafkajs: ['runner'],
  multer: ['server'],
  pino: ['server'],
}

/** What the dashboard may bundle: free of zod, as is all of the dashboard itself. Holds for all that these files import by value, too. */
const ZOD_FREE = ['runner/model/run.ts', 'runner/model/activity.ts', 'runner/model/graph.ts', 'runner/model/problem.ts']

const FREE_ROOMS: Room[] = ['test', 'scripts', 'root']

/** Every fault, one line each; none when all imports point the right way. */
export function checkImports(files: Source[]): string[] {
  const importsOf = new Map(files.map((file) => [file.path, findImports(file.text)]))
  const faults: string[] = []
  for (const file of files) {
    if (FREE_ROOMS.includes(roomOf(file.path))) continue
    for (const found of importsOf.get(file.path) ?? []) {
      const fault = faultOf(file.path, found)
      if (fault !== undefined) faults.push(`${file.path} imports ${shown(file.path, found)}, but ${fault}`)
    }
    faults.push(...globalFaults(file))
  }
  const bundled = files.map(({ path }) => path).filter((path) => roomOf(path) === 'web')
  for (const start of new Set([...ZOD_FREE, ...bundled])) faults.push(...zodFaults(start, importsOf))
  return faults
}

/** The source files under `root`. */
export function readTree(root: string): Source[] {
  const files: Source[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory()) visit(path)
      else if (/\.(ts|tsx|mts|mjs|js)$/.test(entry.name)) files.push({ path, text: readFileSync(join(root, path), 'utf8') })
    }
  }
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isDirectory() && ROOMS.some((room) => room === entry.name)) visit(entry.name)
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function roomOf(path: string): Room {
  if (path.endsWith('.config.ts')) return 'root' // a tool's configuration, wherever it lies
  return ROOMS.find((room) => path.startsWith(`${room}/`)) ?? 'root'
}

function faultOf(from: string, { specifier, typeOnly }: Import): string | undefined {
  if (!specifier.startsWith('.')) return packageFault(from, specifier)
  const room = roomOf(from)
  const target = resolved(from, specifier)
  const targetRoom = roomOf(target)
  const allowed = MAY_IMPORT[room]
  if (allowed === undefined) return undefined
  if (room === 'web' && /^server\/(?:.+-)?wire\.ts$/.test(target)) {
    return typeOnly ? undefined : 'web may only import types from it (import type)'
  }
  if (targetRoom === room) return neighbourFault(from, target)
  if (allowed.includes(targetRoom)) {
    if (target === 'runner/browser.ts' && from.startsWith('server/routes/')) return 'a route may not touch a browser'
    return undefined
  }
  if (target.endsWith('.json') && targetRoom === 'root' && room !== 'runner/model') return undefined // package.json: data, not code
  return allowed.length === 0 ? `${room} may import nothing of ours` : `${room} may only import ${allowed.join(', ')}`
}

/** Steps do not know each other: what two of them share lives in `steps/lib`, which knows neither. */
function neighbourFault(from: string, target: string): string | undefined {
  if (roomOf(from) !== 'steps' || target.startsWith('steps/lib/')) return undefined
  return from.startsWith('steps/lib/') ? 'steps/lib may not import a step' : 'a step may not import another step (share it in steps/lib)'
}

function packageFault(from: string, specifier: string): string | undefined {
  const room = roomOf(from)
  const name = packageOf(specifier)
  if (isBuiltin(specifier)) {
    if (room === 'runner/model' || room === 'web') return `${room} runs in a browser too: no Node built-ins`
    return packageOf(specifier.replace(/^node:/, '')) === 'process' ? 'the environment is read in server/config.ts' : undefined
  }
  if (room === 'runner/model') return name === 'zod' ? undefined : 'runner/model may import no package but zod'
  const rooms = PACKAGE_ROOMS[name]
  return rooms === undefined || rooms.includes(room) ? undefined : `only ${rooms.join(' and ')} may`
}

/** `process.env` is read in one file, and one file ends the process. */
function globalFaults({ path, text }: Source): string[] {
  const code = withoutComments(text)
  const faults: string[] = []
  if (path !== 'server/config.ts' && /\bprocess\s*(\?\.|\.)\s*env\b|\bprocess\s*\[/.test(code)) {
    faults.push(`${path} reads process.env, but only server/config.ts may (take it as a parameter)`)
  }
  if (path !== 'server/main.ts' && /\bprocess\s*(\?\.|\.)\s*(exit|abort)\b/.test(code)) {
    faults.push(`${path} ends the process, but only server/main.ts may`)
  }
  return faults
}

function zodFaults(start: string, importsOf: Map<string, Import[]>): string[] {
  const seen = new Set([start])
  for (const path of seen) {
    for (const { specifier, typeOnly } of importsOf.get(path) ?? []) {
      if (typeOnly) continue
      if (packageOf(specifier) === 'zod') {
        const by = path === start ? '' : ` by way of ${path}`
        return [`${start} imports zod${by}, but the dashboard bundles it, and zod would double its size`]
      }
      if (specifier.startsWith('.')) seen.add(resolved(path, specifier))
    }
  }
  return []
}

/** Import and export statements, dynamic imports and `import()` types. They are read as text: a file must not be runnable to be checked. */
function findImports(text: string): Import[] {
  const code = withoutComments(text)
  const found: Import[] = []
  const statement = /^[ \t]*(?:import|export)\b([^'"`;()=]*?)\bfrom\s*(['"])(.+?)\2/gm
  for (const [, clause = '', , specifier = ''] of code.matchAll(statement)) found.push({ specifier, typeOnly: isTypeOnly(clause) })
  for (const [, , specifier = ''] of code.matchAll(/^[ \t]*import\s*(['"])(.+?)\1/gm)) found.push({ specifier, typeOnly: false })
  for (const [, , specifier = ''] of code.matchAll(/\bimport\s*\(\s*(['"`])([^'"`$]+?)\1/g)) found.push({ specifier, typeOnly: false })
  return found
}

/** `import type { … }`, or braces in which every name is a type. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b(?!\s*,)/.test(clause)) return true
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]?.split(',').map((name) => name.trim()).filter((name) => name !== '')
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith('type '))
}

/** Only comments that stand at the start of a line or after a space, so that `'https://…'` and `/[/*]/` stay what they are. */
function withoutComments(text: string): string {
  return text.replace(/^[ \t]*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

const packageOf = (specifier: string): string => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')

const resolved = (from: string, specifier: string): string => posix.join(posix.dirname(from), specifier)

const shown = (from: string, { specifier }: Import): string => (specifier.startsWith('.') ? resolved(from, specifier) : specifier)

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = checkImports(readTree(fileURLToPath(new URL('..', import.meta.url))))
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}
