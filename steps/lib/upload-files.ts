import { copyFile, link, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import type { StepContext } from './step.ts'

type Files = { name: string; mimeType: string; buffer: Buffer }[] | string[]

/** What Playwright takes as bytes; more must lie on disk. */
const IN_MEMORY_BYTES = 50_000_000

/** Artifacts as Playwright's `setInputFiles` takes them, under the names their owners gave them. */
export async function uploadFiles(ids: string[], { readArtifact }: StepContext, owner: BrowserContext): Promise<Files> {
  const files = await Promise.all(ids.map((id) => readArtifact(id)))
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= IN_MEMORY_BYTES) return Promise.all(files.map(async ({ name, mimeType, path }) => ({ name, mimeType, buffer: await readFile(path) })))

  // The store names its files by id. The page reads them when its form is sent, so the named copies stay until the context is closed.
  const folder = await mkdtemp(join(tmpdir(), 'errand-upload-'))
  owner.once('close', () => void rm(folder, { recursive: true, force: true }))
  return Promise.all(
    files.map(async ({ name, path }, index) => {
      const named = join(folder, String(index), basename(name))
      await mkdir(join(folder, String(index)))
      // A hard link costs nothing; another disk, or a file system without links, needs a copy.
      await link(path, named).catch(() => copyFile(path, named))
      return named
    }),
  )
}
