import { z } from 'zod'
import { findArtifacts } from '../db/artifacts.ts'
import type { Db } from '../db/open.ts'
import type { Viewer } from '../db/runs.ts'
import { isFile, joinPath } from '../runner/input-value.ts'
import { toFileValue, type FileValue } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'

/** What callers give for inputs, answers and variables, in whichever form: what all of them have in common. */

/** Whether the call came as a form, in which texts stand for values of other types. */
export const isForm = ({ 'content-type': type }: { 'content-type'?: string | undefined }): boolean => type?.toLowerCase().startsWith('multipart/') === true

/**
 * An object with the caller's own keys, which may come as JSON text in a form. zod leaves `__proto__` out of such an object without a word;
 * whoever sends it is told.
 */
export const givenObject = <T extends z.ZodRecord>(what: string, object: T) =>
  z.preprocess((given, context) => {
    const fault = (path: string[], message: string): typeof z.NEVER => {
      context.addIssue({ code: 'custom', path, message })
      return z.NEVER
    }
    let value = given
    if (typeof given === 'string') {
      try {
        value = JSON.parse(given)
      } catch {
        return fault([], `must be ${what} as JSON text`)
      }
    }
    if (typeof value !== 'object' || value === null) return value
    // What a form becomes that gives a field whole and in brackets.
    if (Object.hasOwn(value, '')) return fault([''], 'is no name: give a field either whole or in brackets')
    return Object.hasOwn(value, '__proto__') ? fault(['__proto__'], 'is a reserved word') : value
  }, object)

export const givenInputs = givenObject('an object', z.record(z.string(), z.unknown()))

/** Every file named in `value`, wherever it lies. */
const filesIn = (value: unknown, path: string): { path: string; file: FileValue }[] => {
  if (isFile(value)) return [{ path, file: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => filesIn(inner, joinPath(path, Array.isArray(value) ? Number(key) : key)))
}

const withFiles = (value: unknown, known: ReadonlyMap<string, FileValue>): unknown => {
  if (isFile(value)) return known.get(value.artifactId)
  if (Array.isArray(value)) return value.map((item) => withFiles(item, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withFiles(inner, known)]))
}

/**
 * Inputs with what the store knows of the files they name: a caller may name a file that is there, and says nothing about it that counts.
 * @param at what faults call the whole, such as `inputs`
 * @param own files that came with this very call, which the store does not know yet
 * @throws Problem `invalid_request` with every file that is not there, or that the caller may not see
 */
export const settleFiles = async (
  db: Db,
  viewer: Viewer,
  values: Record<string, unknown>,
  { at, own = [] }: { at: string; own?: readonly FileValue[] },
): Promise<Record<string, unknown>> => {
  const named = filesIn(values, at)
  if (named.length === 0) return values
  const known = new Map(own.map((file) => [file.artifactId, file]))
  const asked = named.map(({ file }) => file.artifactId).filter((id) => !known.has(id))
  for (const artifact of asked.length > 0 ? await findArtifacts(db, viewer, asked) : []) known.set(artifact.id, toFileValue(artifact))
  const unknown = named.filter(({ file }) => !known.has(file.artifactId)).map(({ path }) => ({ path, code: 'unknown_file', message: 'names no file that is there' }))
  if (unknown.length > 0) throw problem('invalid_request', `${unknown.map(({ path }) => path).slice(0, 3).join(', ')}: there is no such file.`, { details: unknown })
  return withFiles(values, known) as Record<string, unknown>
}
