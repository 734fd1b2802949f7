import { join } from 'node:path'
import { createFollowers } from '../db/followers.ts'
import { openRuns, renewLeases, takeRun, wakeDueRuns, type TakenRun } from '../db/take-run.ts'
import { advanceRun } from './advance.ts'
import { createBrowserOfRun, type BrowserOfRun } from './browser-of-run.ts'
import type { Core, Outcome } from './engine/engine.ts'
import type { Parts } from './parts.ts'
import type { BrowserState } from './browser-state.ts'
import { wantsAccess } from './portal-access.ts'
import { contextOptions, type RunBrowser } from './run-browser.ts'
import { createRunMemory } from './run-memory.ts'
import { refreshSecrets } from './run-secrets.ts'
import { createTraceFiles } from './trace-files.ts'

/**
 * What the engine drives: takes runs, holds their leases, and keeps the browsers of paused ones for a quick answer.
 */

type Parked = { browser: BrowserOfRun; timer: NodeJS.Timeout }

export const createCore = (
  parts: Parts,
  { tempDir }: { tempDir: string },
): Core & {
  /** The browser of a run that executes here, or waits here with its browser kept. */
  browserOf(runId: string): RunBrowser | null
  close(): Promise<void>
} => {
  const traceFiles = createTraceFiles(join(tempDir, 'traces'))
  const held = new Map<string, number>()
  const parked = new Map<string, Parked>()
  const atWork = new Map<string, BrowserOfRun>()
  const pokes = createFollowers()
  const closing = new Set<Promise<void>>()

  const close = (browser: BrowserOfRun): Promise<void> => {
    const closed = browser.close().finally(() => closing.delete(closed))
    closing.add(closed)
    return closed
  }

  const unpark = (runId: string): BrowserOfRun | null => {
    const found = parked.get(runId)
    if (!found) return null
    parked.delete(runId)
    clearTimeout(found.timer)
    return found.browser
  }

  /** Nobody has answered quickly, or too many others wait for an answer. */
  const giveUp = (runId: string): void => {
    const browser = unpark(runId)
    if (browser) void close(browser)
  }

  const park = (runId: string, browser: BrowserOfRun): void => {
    parked.set(runId, { browser, timer: setTimeout(() => giveUp(runId), parts.limits.parkMs) })
    // In the order in which they came.
    const [oldest] = parked.keys()
    if (parked.size > parts.limits.mostParked) giveUp(oldest!)
  }

  /** The browser that was kept while the run waited, where it still lives. */
  const keptBrowser = async (runId: string): Promise<BrowserOfRun | null> => {
    const kept = unpark(runId)
    if (!kept?.current().isDead()) return kept
    await close(kept)
    return null
  }

  const execute = async (taken: TakenRun, signal: AbortSignal): Promise<Outcome> => {
    const { run, definition } = taken
    let browser = await keptBrowser(run.id)
    let outcome: Outcome = { type: 'finished' }
    try {
      await refreshSecrets(parts, taken)
      const memory = createRunMemory(taken, parts.seal, { browserLost: browser === null })
      browser ??= createBrowserOfRun(parts, { tempDir, traceFiles, taken, memory, state: taken.checkpoint ? parts.seal.unseal<BrowserState>(taken.checkpoint) : null })
      browser.attach(taken, memory)
      atWork.set(run.id, browser)
      outcome = await advanceRun(parts, taken, memory, { signal, browser, pokes })
      return outcome
    } finally {
      // From here on there is no lease to renew.
      held.delete(run.id)
      atWork.delete(run.id)
      const waits = outcome.type === 'wait' && !signal.aborted
      if (waits && browser?.current().isOpen()) park(run.id, browser)
      else if (browser) await close(browser)
      // What is filled in by templates is known when the run is there.
      if (!wantsAccess(definition.settings)) void parts.browsers.prepare(contextOptions(definition.settings)).catch(() => undefined)
    }
  }

  return {
    advance: async (runId, signal, { recover }) => {
      const at = parts.now()
      const taken = await takeRun(parts.db, parts.followers, runId, { at, leaseUntil: at + parts.limits.leaseMs, recover })
      if (taken === 'waiting') return { type: 'wait' }
      if (taken === 'over' || taken === 'held') {
        await releaseRun(runId)
        // Whoever holds it may be dead: then its lease runs out.
        return taken === 'over' ? { type: 'finished' } : { type: 'retry', delayMs: parts.limits.leaseMs }
      }
      held.set(runId, taken.run.fence)
      return execute(taken, signal)
    },
    wake: (runId) => pokes.wake(runId),
    release: (runId) => releaseRun(runId),
    openRuns: () => openRuns(parts.db),
    wakeDueRuns: () => wakeDueRuns(parts.db, parts.followers, parts.now()),
    renewEveryMs: Math.max(100, Math.floor(parts.limits.leaseMs / 3)),
    renewLeases: async () => {
      const mine = new Map(held)
      if (mine.size === 0) return []
      const at = parts.now()
      const kept = await renewLeases(parts.db, mine, { at, leaseUntil: at + parts.limits.leaseMs })
      return [...mine.keys()].filter((runId) => !kept.has(runId) && held.get(runId) === mine.get(runId))
    },
    browserOf: (runId) => (atWork.get(runId) ?? parked.get(runId)?.browser)?.current() ?? null,
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
