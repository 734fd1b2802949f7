import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import type { AttemptHost } from './attempt.ts'
import type { Settings } from './model/workflow.ts'

/**
 * Playwright traces as the workflow's settings ask: `on` and `on-failure` record from the start of the browser, `on-retry` records attempts
 * after the first. A trace holds what was typed, so one of a run that used a secret is kept only where the workflow says `on`.
 */
export type Tracer = {
  beforeAttempt(attempt: number): Promise<void>
  afterAttempt(activityId: string): Promise<void>
  /** The run waits, or is handed back: what `on` has recorded so far is stored, because nobody knows whether this browser will be seen again. */
  pause(): Promise<void>
  /** Ends what is being recorded; before the browser closes. */
  finish(failed: boolean): Promise<void>
}

type Recording = { context: BrowserContext; activityId: string | null }

const RECORD = { screenshots: true, snapshots: true, sources: false }

export const createTracer = ({
  settings,
  runId,
  tempDir,
  host,
  context,
  usedSecret,
}: {
  settings: Settings | undefined
  runId: string
  /** Where a trace is put together before it is stored. */
  tempDir: string
  host: () => AttemptHost
  /** The run's browser context, once it is open. */
  context: () => BrowserContext | null
  usedSecret: () => boolean
}): Tracer => {
  const mode = settings?.trace ?? 'on-retry'
  let recording: Recording | null = null
  let count = 0
  let lastActivity: string | null = null

  const start = async (): Promise<void> => {
    const open = context()
    // Of a browser that died nothing is left.
    if (recording?.context === open || !open) return
    recording = { context: open, activityId: null }
    await open.tracing.start({ ...RECORD, name: runId }).catch(() => {
      recording = null
    })
  }

  const stop = async (keep: boolean): Promise<void> => {
    const ended = recording
    recording = null
    if (!ended) return
    const kept = keep && (mode === 'on' || !usedSecret()) && lastActivity !== null
    const path = join(tempDir, `${runId}-${++count}.zip`)
    // A context that has died has no trace to give.
    const written = await ended.context.tracing.stop(kept ? { path } : {}).then(
      () => kept,
      () => false,
    )
    if (!written) return
    await host()
      .saveArtifact(lastActivity!, { type: 'trace', name: `trace-${count}.zip`, mimeType: 'application/zip', from: { path } })
      .catch(() => rm(path, { force: true }))
  }

  return {
    beforeAttempt: async (attempt) => {
      if (mode === 'on' || mode === 'on-failure' || (mode === 'on-retry' && attempt > 1)) await start()
    },
    afterAttempt: async (activityId) => {
      lastActivity = activityId
      // The context opens with the first step that needs a page: what follows it is recorded.
      if (mode === 'on-retry') await stop(true)
      else if (mode !== 'off') await start()
    },
    pause: async () => {
      if (mode === 'on') await stop(true)
    },
    finish: async (failed) => {
      await stop(mode === 'on' || (mode === 'on-failure' && failed))
    },
  }
}
