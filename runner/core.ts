import { readSession } from '../db/sessions.ts'
import { openRuns, renewLeases, takeRun, wakeDueRuns, type TakenRun } from '../db/take-run.ts'
import { advanceRun, type BrowserOfRun } from './advance.ts'
import type { Core, Outcome } from './engine/engine.ts'
import { createHost } from './host.ts'
import type { Parts } from './parts.ts'
import { contextOptions, createRunBrowser, type BrowserState, type RunBrowser } from './run-browser.ts'
import { createRunMemory, type RunMemory } from './run-memory.ts'
import { createTracer } from './trace.ts'

/**
 * What the engine drives: takes runs, holds their leases, and keeps the browsers of paused ones for a quick answer.
 */

type Parked = { browser: RunBrowser; timer: NodeJS.Timeout }

export const createCore = (parts: Parts, { tempDir }: { tempDir: string }): Core & { close(): Promise<void> } => {
  const held = new Map<string, number>()
  const parked = new Map<string, Parked>()
  const closing = new Set<Promise<void>>()

  const close = (browser: RunBrowser): Promise<void> => {
    const closed = browser.close().catch((error: unknown) => parts.onError(error, ''))
    closing.add(closed)
    return closed.finally(() => closing.delete(closed))
  }

  const unpark = (runId: string): RunBrowser | null => {
    const found = parked.get(runId)
    if (!found) return null
    parked.delete(runId)
    clearTimeout(found.timer)
    return found.browser
  }

  const park = (runId: string, browser: RunBrowser): void => {
    const timer = setTimeout(() => {
      parked.delete(runId)
      void close(browser)
    }, parts.limits.parkMs)
    parked.set(runId, { browser, timer })
  }

  /** The state that a run's browser begins with: its last checkpoint, else a copy of its session. */
  const startState = async (taken: TakenRun): Promise<BrowserState | null> => {
    if (taken.checkpoint) return parts.seal.unseal<BrowserState>(taken.checkpoint)
    const session = taken.definition.settings?.session
    const sealed = session ? await readSession(parts.db, taken.run.org, session) : null
    return sealed ? parts.seal.unseal<BrowserState>(sealed) : null
  }

  const browserOfRun = (taken: TakenRun, first: RunBrowser | null, state: BrowserState | null, memory: () => RunMemory): BrowserOfRun => {
    let saved = state === null ? '' : JSON.stringify(state)
    let last = state
    const make = (): RunBrowser =>
      createRunBrowser(parts.browsers, {
        settings: taken.definition.settings,
        restore: last,
        log: (level, message) => {
          const event = { type: 'log' as const, activityId: null, level, message: memory().secrets.redactor.redactText(message), tags: {} }
          void parts.log.record(taken.run.id, [{ event }], { fence: taken.run.fence, at: parts.now() }).catch(() => undefined)
        },
      })
    let current = first ?? make()
    return {
      current: () => current,
      renew: async () => {
        await close(current)
        current = make()
      },
      mend: async (found) => {
        if (found.code === 'browser_crashed' || (found.code === 'step_timeout' && !(await current.answers()))) await current.replacePage()
      },
      checkpoint: async () => {
        const now = await current.state()
        if (!now) return undefined
        const text = JSON.stringify(now)
        if (text === saved) return undefined
        saved = text
        last = now
        return parts.seal.seal(now)
      },
    }
  }

  const execute = async (taken: TakenRun, signal: AbortSignal): Promise<Outcome> => {
    const { run, definition } = taken
    const kept = unpark(run.id)
    const first = kept && !kept.isDead() ? kept : null
    if (kept && !first) await close(kept)
    const memory = createRunMemory(taken, parts.seal, { browserLost: first === null })
    const browsers = browserOfRun(taken, first, await startState(taken), () => memory)
    const tracer = createTracer({
      settings: definition.settings,
      runId: run.id,
      tempDir,
      host: () => createHost(parts, taken, async (changes) => void (await parts.log.record(run.id, changes, { fence: run.fence, at: parts.now() })), () => browsers.current()),
      context: () => browsers.current().context(),
      usedSecret: () => memory.secrets.used,
    })
    let outcome: Outcome = { type: 'finished' }
    try {
      outcome = await advanceRun(parts, taken, memory, { signal, browsers, tracer })
      return outcome
    } finally {
      const waits = outcome.type === 'wait' && !signal.aborted
      if (waits && browsers.current().current()) park(run.id, browsers.current())
      else await close(browsers.current())
      void parts.browsers.prepare(contextOptions(definition.settings)).catch(() => undefined)
    }
  }

  return {
    advance: async (runId, signal, { recover }) => {
      const at = parts.now()
      const taken = await takeRun(parts.db, parts.followers, runId, { at, leaseUntil: at + parts.limits.leaseMs, recover })
      if (taken === 'over' || taken === 'held') {
        await releaseRun(runId)
        return { type: 'finished' }
      }
      if (taken === 'waiting') return { type: 'wait' }
      held.set(runId, taken.run.fence)
      try {
        return await execute(taken, signal)
      } finally {
        held.delete(runId)
      }
    },
    release: (runId) => releaseRun(runId),
    openRuns: () => openRuns(parts.db),
    wakeDueRuns: () => wakeDueRuns(parts.db, parts.followers, parts.now()),
    renewEveryMs: Math.max(100, Math.floor(parts.limits.leaseMs / 3)),
    renewLeases: async () => {
      const mine = new Map(held)
      if (mine.size === 0) return []
      const kept = await renewLeases(parts.db, mine, parts.now() + parts.limits.leaseMs)
      return [...mine.keys()].filter((runId) => !kept.has(runId) && held.get(runId) === mine.get(runId))
    },
    close: async () => {
      for (const runId of parked.keys()) {
        const browser = unpark(runId)
        if (browser) void close(browser)
      }
      await Promise.all(closing)
    },
  }

  async function releaseRun(runId: string): Promise<void> {
    const browser = unpark(runId)
    if (browser) await close(browser)
  }
}
