import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import type { AttemptHost } from './attempt.ts'
import type { Settings } from './model/workflow.ts'
import { redactTrace } from './redact-trace.ts'
import type { RunMemory } from './run-memory.ts'
import type { TraceFiles } from './trace-files.ts'

/**
 * Playwright traces as the workflow's settings ask: `on` and `on-failure` record from the start of the browser, `on-retry` records attempts
 * after the first. What Playwright writes holds what was typed, and what opens a session: of a run that has either it is stored only after both
 * were taken out of it.
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

const LOST = 'The trace is not kept: it could not be stored.'
const UNREDACTED = 'The trace is not kept: the secrets of the run could not be taken out of it.'

export const createTracer = ({
  settings,
  runId,
  tempDir,
  files,
  host,
  context,
  secrets,
}: {
  settings: Settings | undefined
  runId: string
  /** Where a trace is put together before it is stored. */
  tempDir: string
  files: TraceFiles
  host: () => AttemptHost
  /** The run's browser context, once it is open. */
  context: () => BrowserContext | null
  secrets: () => RunMemory['secrets']
}): Tracer => {
  const mode = settings?.trace ?? 'on-retry'
  let recording: Recording | null = null
  let count = 0
  let lastActivity: string | null = null
  let isWanted = false

  const start = async (open = context()): Promise<void> => {
    if (!open) return
    await files.begin(runId)
    // Of a browser that died nothing is left.
    if (recording?.context === open) return
    const name = `${runId}-${++count}`
    recording = { context: open, name }
    await open.tracing.start({ screenshots: !secrets().used, snapshots: true, sources: false, name }).catch(() => {
      recording = null
    })
  }

  /** @returns where the trace lies that may be stored; null, with a word of it in the log, when there is none */
  const withoutSecrets = async (path: string, warn: (message: string) => Promise<void>): Promise<string | null> => {
    const { used, known } = secrets()
    if (!used && settings?.session === undefined) return path
    const redacted = `${path}.redacted`
    try {
      await redactTrace(path, redacted, known())
      return redacted
    } catch {
      await rm(redacted, { recursive: true, force: true }).catch(() => undefined)
      await warn(UNREDACTED)
      return null
    } finally {
      await rm(path, { force: true })
    }
  }

  const store = async (path: string, activityId: string): Promise<void> => {
    // A run that has ended, or that another worker has, takes no more lines.
    const warn = (message: string): Promise<void> => host().record({ type: 'log', activityId, level: 'WARN', message, tags: {} }).catch(() => undefined)
    const from = await withoutSecrets(path, warn)
    if (from === null) return
    const file = { type: 'trace', name: `trace-${count}.zip`, mimeType: 'application/zip', from: { path: from } } as const
    await host()
      .saveArtifact(activityId, file)
      .catch(() => warn(LOST))
  }

  const stop = async (keep: boolean): Promise<void> => {
    const ended = recording
    recording = null
    if (!ended) return
    const kept = keep && lastActivity !== null
    const path = join(tempDir, `${ended.name}.zip`)
    // A context that has died has no trace to give.
    const written = await ended.context.tracing.stop(kept ? { path } : {}).then(
      () => kept,
      () => false,
    )
    await files.remove(ended.name)
    if (written) await store(path, lastActivity!)
    else await rm(path, { force: true })
  }

  return {
    beforeAttempt: async (attempt) => {
      isWanted = mode !== 'off' && (mode !== 'on-retry' || attempt > 1)
      if (isWanted) await start()
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
      recording = null
      await files.end(runId)
    },
  }
}
