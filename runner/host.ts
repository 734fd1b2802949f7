import { rm } from 'node:fs/promises'
import { getArtifact } from '../db/artifacts.ts'
import type { Change } from '../db/event-log.ts'
import { saveSession } from '../db/sessions.ts'
import type { TakenRun } from '../db/take-run.ts'
import type { AttemptHost } from './attempt.ts'
import { problem } from './model/problem.ts'
import type { Parts } from './parts.ts'
import type { RunBrowser } from './run-browser.ts'

/** What a step may do to its run and to the files of its org. */
export const createHost = (parts: Parts, taken: TakenRun, record: (changes: readonly Change[]) => Promise<void>, browser: () => RunBrowser): AttemptHost => ({
  record: (event) => record([{ event }]),
  saveArtifact: async (activityId, { type, name, mimeType, from }) => {
    const id = parts.newId()
    try {
      const artifact = { id, type, name, mimeType, ...(await parts.files.put(id, from)) }
      await record([{ event: { type: 'artifact.created', activityId, artifact } }])
      return artifact
    } catch (error) {
      // A file that the store does not know would stay for ever.
      await parts.files.remove(id).catch(() => undefined)
      if ('path' in from) await rm(from.path, { force: true }).catch(() => undefined)
      throw error
    }
  },
  readArtifact: async (id) => {
    const found = await getArtifact(parts.db, taken.run.org, id).catch(() => null)
    if (!found) throw problem('step_failed', `There is no artifact ${id}.`, { retryable: false })
    const { name, mimeType } = found
    return { name, mimeType, path: parts.files.pathOf(id) }
  },
  saveSession: async (name) => {
    const state = await browser().fullState()
    if (!state) throw problem('step_failed', 'There is no browser session to save: no page was opened.', { retryable: false })
    await saveSession(parts.db, { org: taken.run.org, name, workflowId: taken.run.workflowId, sealed: parts.seal.seal({ ...state, url: '' }), at: parts.now() })
  },
})
