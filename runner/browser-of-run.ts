import type { TakenRun } from '../db/take-run.ts'
import type { BrowserState } from './browser-state.ts'
import { createHost } from './host.ts'
import type { Problem } from './model/problem.ts'
import type { Parts } from './parts.ts'
import { readAccess } from './portal-access.ts'
import { createRunBrowser, type RunBrowser } from './run-browser.ts'
import { createSessionStart, type SessionStart } from './session-start.ts'
import type { RunMemory } from './run-memory.ts'
import { createTracer, type Tracer } from './trace.ts'
import type { TraceFiles } from './trace-files.ts'

/**
 * The browser of one run, over the browsers that it may go through when Chromium ends, and over the advances that it may be kept for: a
 * paused run's browser waits for a quick answer, and is then handed to the advance that goes on.
 */
export type BrowserOfRun = {
  tracer: Tracer
  /** How it begins with the run's session, or goes on with it; null when it names none. */
  sessionStart: SessionStart | null
  current(): RunBrowser
  /** From now on it works for this advance: its log lines and files are recorded under that fence. */
  attach(taken: TakenRun, memory: RunMemory): void
  /** The activity run that the browser's log lines belong to from now on. */
  serve(activityId: string): void
  /** Another browser in place of one that died, at the last checkpoint. A branch beside may have asked for it already. */
  renew(dead: RunBrowser): Promise<void>
  /** Makes the page usable again after a crash, or a script that does not end. @returns whether it took another page */
  mend(found: Problem, tab: string, signal: AbortSignal): Promise<boolean>
  /** The state as it is now in a tab, sealed, when it differs from the last checkpoint. */
  checkpoint(tab: string): Promise<Buffer | undefined>
  close(): Promise<void>
}

/** @param state the last checkpoint; null when there is none */
export const createBrowserOfRun = (
  parts: Parts,
  { tempDir, traceFiles, taken: first, memory: firstMemory, state }: { tempDir: string; traceFiles: TraceFiles; taken: TakenRun; memory: RunMemory; state: BrowserState | null },
): BrowserOfRun => {
  const { settings } = first.definition
  const runId = first.run.id
  let taken = first
  let memory = firstMemory
  let saved = state === null ? '' : JSON.stringify(state)
  let last = state
  let activityId: string | null = null
  let renewing: Promise<void> | null = null

  const close = (browser: RunBrowser): Promise<void> => browser.close().catch((error: unknown) => parts.onError(error, runId))
  const log = (level: 'INFO' | 'WARN', message: string): void => {
    const event = { type: 'log' as const, activityId, level, message: memory.secrets.redactor.redactText(message), tags: {} }
    // A run that has ended, or that another worker has, takes no more lines.
    void parts.log.record(runId, [{ event }], { fence: taken.run.fence, at: parts.now() }).catch(() => undefined)
  }
  const sessionStart = createSessionStart(parts, first, firstMemory, log)
  const make = (): RunBrowser => createRunBrowser(parts.browsers, { settings, restore: last, begin: sessionStart, log, access: () => readAccess(settings, memory, parts.jq), onOpen: (context) => tracer.opened(context) })
  let current = make()

  const tracer = createTracer({
    settings,
    runId,
    tempDir,
    files: traceFiles,
    host: () =>
      createHost(
        parts,
        taken,
        memory,
        async (changes) => void (await parts.log.record(runId, changes, { fence: taken.run.fence, at: parts.now() })),
        () => current,
      ),
    context: () => current.context(),
    secrets: () => memory.secrets,
  })

  return {
    tracer,
    sessionStart,
    current: () => current,
    attach: (next, nextMemory) => {
      taken = next
      memory = nextMemory
    },
    serve: (id) => {
      activityId = id
    },
    renew: async (dead) => {
      if (current !== dead) return
      // One for all branches that lost it: a second would take the place of one that is in use.
      renewing ??= (async () => {
        await close(dead)
        await tracer.close()
        current = make()
      })().finally(() => {
        renewing = null
      })
      await renewing
    },
    mend: async (found, tab, signal) => {
      const isBusy = (found.details as { pageBusy?: unknown } | undefined)?.pageBusy === true
      const broken = found.code === 'browser_crashed' || isBusy || (found.code === 'step_timeout' && !(await current.answers(tab)))
      if (broken) await current.replacePage(tab, signal)
      return broken
    },
    checkpoint: async (tab) => {
      const now = await current.state(tab)
      if (!now) return undefined
      const text = JSON.stringify(now)
      if (text === saved) return undefined
      saved = text
      last = now
      return parts.seal.seal(now)
    },
    close: async () => {
      await close(current)
      await tracer.close()
    },
  }
}
