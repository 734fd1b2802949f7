import { readdir, rm } from 'node:fs/promises'
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
  /** The run's browser has opened: what is recorded at all is recorded from here, before the first page is asked for. */
  opened(context: BrowserContext): Promise<void>
  afterAttempt(activityId: string): Promise<void>
  /** The run waits, or is handed back: what `on` has recorded so far is stored, because nobody knows whether this browser will be seen again. */
  pause(): Promise<void>
  /** Ends what is being recorded; before the browser closes. */
  finish(failed: boolean): Promise<void>
  /** Drops what was never ended; after the browser has closed. */
  close(): Promise<void>
}

type Recording = { context: BrowserContext; name: string }

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
  let isWanted = false

  /** What holds a secret is not even recorded, unless it is to be kept: the recording lies on the disk in clear while it is made. */
  const mayRecord = (): boolean => mode === 'on' || (mode !== 'off' && !usedSecret())

  const start = async (open = context()): Promise<void> => {
    // Of a browser that died nothing is left.
    if (recording?.context === open || !open) return
    const name = `${runId}-${++count}`
    recording = { context: open, name }
    await open.tracing.start({ ...RECORD, name }).catch(() => {
      recording = null
    })
  }

  /** Playwright leaves its own files where they are. */
  const removeFiles = async (name: string): Promise<void> => {
    const folder = join(tempDir, 'traces')
    const files = await readdir(folder).catch(() => [])
    await Promise.all(files.filter((file) => file.startsWith(name)).map((file) => rm(join(folder, file), { force: true })))
  }

  const stop = async (keep: boolean): Promise<void> => {
    const ended = recording
    recording = null
    if (!ended) return
    const kept = keep && mayRecord() && lastActivity !== null
    const path = join(tempDir, `${ended.name}.zip`)
    // A context that has died has no trace to give.
    const written = await ended.context.tracing.stop(kept ? { path } : {}).then(
      () => kept,
      () => false,
    )
    await removeFiles(ended.name)
    if (!written) return
    await host()
      .saveArtifact(lastActivity!, { type: 'trace', name: `trace-${count}.zip`, mimeType: 'application/zip', from: { path } })
      .catch(() => rm(path, { force: true }))
  }

  return {
    beforeAttempt: async (attempt) => {
      isWanted = mayRecord() && (mode !== 'on-retry' || attempt > 1)
      if (isWanted) await start()
      else if (!mayRecord()) await stop(false)
    },
    opened: async (open) => {
      if (isWanted) await start(open)
    },
    afterAttempt: async (activityId) => {
      lastActivity = activityId
      if (mode === 'on-retry') await stop(true)
    },
    pause: async () => {
      if (mode === 'on') await stop(true)
    },
    finish: async (failed) => {
      await stop(mode === 'on' || (mode === 'on-failure' && failed))
    },
    close: async () => {
      if (recording) await removeFiles(recording.name)
      recording = null
    },
  }
}
