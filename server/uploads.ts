import { toFileValue, type Artifact, type FileValue } from '../runner/model/artifact.ts'
import { problem, type Fault } from '../runner/model/problem.ts'
import type { Upload } from './route.ts'
import type { Services } from './start.ts'

/** Files that come with a call as values of what they are given for: an input to start with, or a part of an answer. */

/** An upload, and what it is given for. */
export type NamedUpload = { name: string; upload: Upload }

/**
 * What each upload is given for: `inputs[doc]` is the file of the input `doc`; given several times, or as `inputs[doc][]`, it is a list.
 * @param at what the whole is called, `inputs` or `values`; `given` is what of it came as text
 * @throws Problem `invalid_request` with every upload that goes nowhere
 */
export const nameUploads = (uploads: readonly Upload[], at: string, given: Record<string, unknown>): NamedUpload[] => {
  const spelling = new RegExp(`^${at}\\[([^[\\]]+)\\](?:\\[\\d*\\])?$`)
  const faults: Fault[] = []
  const named = uploads.flatMap((upload): NamedUpload[] => {
    const name = spelling.exec(upload.field)?.[1]
    if (name === undefined) faults.push({ path: upload.field, code: 'unknown_field', message: `files go in ${at}[<name>]` })
    else if (Object.hasOwn(given, name)) faults.push({ path: upload.field, code: 'duplicate', message: 'is given as a file and as text' })
    return name === undefined ? [] : [{ name, upload }]
  })
  if (faults.length > 0) throw problem('invalid_request', faults.map(({ path, message }) => `"${path}" ${message}`).join('; '), { details: faults })
  return named
}

export type StoredUpload = { name: string; artifact: Artifact }

type Store = Pick<Services, 'clock' | 'files'>

/** Takes the files in. @throws Problem `unavailable` when the disk does not take them; nothing is left then */
export const storeUploads = async (services: Store, uploads: readonly NamedUpload[]): Promise<StoredUpload[]> => {
  const stored: StoredUpload[] = []
  for (const { name, upload } of uploads) {
    const id = services.clock.newId()
    const facts = await services.files.put(id, { path: upload.path }).catch(async (error: unknown) => {
      await removeUploads(services, stored)
      throw problem('unavailable', 'The files could not be stored.', { cause: error })
    })
    stored.push({ name, artifact: { id, type: 'input_file', name: upload.name, mimeType: upload.mimeType, ...facts } })
  }
  return stored
}

export const removeUploads = async (services: Store, files: readonly StoredUpload[]): Promise<void> => {
  for (const { artifact } of files) await services.files.remove(artifact.id).catch(() => undefined)
}

/** The files as values of what they were given for. */
export const uploadValues = (files: readonly StoredUpload[]): Record<string, unknown> => {
  const byName = new Map<string, FileValue[]>()
  for (const { name, artifact } of files) byName.set(name, [...(byName.get(name) ?? []), toFileValue(artifact)])
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]))
}
