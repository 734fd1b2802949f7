import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** What Playwright writes while it records, typed passwords in it, and leaves where it is until Chromium ends. */
export type TraceFiles = {
  /** Resolves when a browser of this run may be recorded. */
  begin(runId: string): Promise<void>
  /** Removes the lines of a recording. Bodies stay: a browser that is recorded again does not write them anew. */
  remove(name: string): Promise<void>
  /** The run's browser has closed: what recordings share goes with the last of them. */
  end(runId: string): Promise<void>
}

/** @param dir Playwright's `tracesDir` */
export const createTraceFiles = (dir: string): TraceFiles => {
  const recorded = new Set<string>()
  let sweeping: Promise<void> = Promise.resolve()

  const removeWhere = async (isOver: (file: string) => boolean): Promise<void> => {
    const files = await readdir(dir).catch(() => [])
    await Promise.all(files.filter(isOver).map((file) => rm(join(dir, file), { recursive: true, force: true }).catch(() => undefined)))
  }

  return {
    begin: async (runId) => {
      recorded.add(runId)
      // What is being swept away was there before.
      await sweeping
    },
    remove: (name) => removeWhere((file) => file.startsWith(`${name}.`) || file.startsWith(`${name}-`)),
    end: async (runId) => {
      if (!recorded.delete(runId)) return
      await (sweeping = sweeping.then(() => removeWhere((file) => recorded.size === 0 || file.startsWith(`${runId}-`))))
    },
  }
}
