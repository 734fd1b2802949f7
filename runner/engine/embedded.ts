import pLimit from 'p-limit'
import { CLOCK_EVERY_MS, LONGEST_TIMER_MS } from '../sleep.ts'
import { createAdmission, createLoad, type Load } from './admission.ts'
import type { AbortReason, Core, Engine, Outcome, Worker } from './engine.ts'

/**
 * The engine of one process: runs wait in memory, oldest first, and p-limit bounds how many execute at once. Nothing is lost with the
 * process: at the start it takes up whatever the store says is open, leases or not, because nobody else can be executing it.
 */

type Running = { controller: AbortController; poked: boolean; done: Promise<void> }

const ADMIT_EVERY_MS = 100
/** An advance that throws has met a bug or a store that refuses writes (a full disk): it is tried again, more and more slowly. */
const retryAfterMs = (failures: number): number => Math.min(30_000, 500 * 2 ** failures)

export const createEmbeddedEngine = ({
  nowMs,
  load = createLoad(nowMs),
  onError,
}: {
  nowMs: () => number
  load?: Load
  /** Told of every advance that threw. */
  onError: (error: unknown, runId: string) => void
}): Engine => {
  const queue: { runId: string; since: number }[] = []
  const queued = new Set<string>()
  const running = new Map<string, Running>()
  const failures = new Map<string, number>()
  let pump = (): void => undefined
  let release: Core['release'] = async () => undefined
  let wakeUp: Core['wake'] = () => undefined
  let stopped = true

  /** Ids are UUIDv7, so their order is the order in which the runs were created: who came first is served first, after a pause too. */
  const enqueue = (runId: string): void => {
    const entry = running.get(runId)
    if (entry) {
      // It may be past the point where it listens: then it is looked at once more.
      entry.poked = true
      wakeUp(runId)
    }
    if (entry || queued.has(runId)) return
    queued.add(runId)
    let at = queue.length
    while (at > 0 && queue[at - 1]!.runId > runId) at--
    queue.splice(at, 0, { runId, since: nowMs() })
    pump()
  }

  const work = async (core: Core, { concurrency }: { concurrency: number }): Promise<Worker> => {
    const limit = pLimit(concurrency)
    const admission = createAdmission({ concurrency, load })
    const timers = new Set<NodeJS.Timeout>()
    const recovering = new Set<string>()
    let admitTimer: NodeJS.Timeout | null = null
    let lastAdmitted = -Infinity
    let wakeTimer: { timer: NodeJS.Timeout; at: number } | null = null
    stopped = false
    release = (runId) => core.release(runId)
    wakeUp = (runId) => core.wake(runId)

    const later = (ms: number, action: () => void): NodeJS.Timeout => {
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          action()
        },
        Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
      )
      timers.add(timer)
      return timer
    }

    const wake = async (): Promise<void> => {
      wakeTimer = null
      try {
        const { woken, nextAt } = await core.wakeDueRuns()
        for (const runId of woken) enqueue(runId)
        if (nextAt !== null) wakeAt(nextAt)
      } catch (error) {
        onError(error, '')
        wakeAt(nowMs() + 5_000)
      }
    }
    const wakeAt = (at: number): void => {
      if (stopped || (wakeTimer && wakeTimer.at <= at)) return
      if (wakeTimer) clearTimeout(wakeTimer.timer)
      const arm = (): NodeJS.Timeout =>
        later(Math.min(at - nowMs(), CLOCK_EVERY_MS), () => {
          if (nowMs() >= at) void wake()
          else wakeTimer = { at, timer: arm() }
        })
      wakeTimer = { at, timer: arm() }
    }

    const settle = (runId: string, outcome: Outcome): void => {
      if (outcome.type === 'wait' && outcome.untilMs !== undefined) wakeAt(outcome.untilMs)
      if (outcome.type === 'retry') later(outcome.delayMs, () => enqueue(runId))
    }

    const execute = async (runId: string): Promise<void> => {
      const entry = running.get(runId)!
      try {
        const outcome = await core.advance(runId, entry.controller.signal, { recover: recovering.delete(runId) })
        failures.delete(runId)
        running.delete(runId)
        if (!stopped) settle(runId, outcome)
      } catch (error) {
        running.delete(runId)
        onError(error, runId)
        const count = failures.get(runId) ?? 0
        failures.set(runId, count + 1)
        recovering.add(runId)
        // Cancelled or answered in the meantime: nobody is to wait for that.
        if (!stopped) later(entry.poked ? 0 : retryAfterMs(count), () => enqueue(runId))
        return
      }
      if (entry.poked && !stopped) enqueue(runId)
    }

    pump = () => {
      while (!stopped && queue.length > 0 && admission.allows(running.size, nowMs() - Math.max(lastAdmitted, queue[0]!.since))) {
        const { runId } = queue.shift()!
        queued.delete(runId)
        lastAdmitted = nowMs()
        const entry: Running = { controller: new AbortController(), poked: false, done: Promise.resolve() }
        running.set(runId, entry)
        entry.done = limit(() => execute(runId)).finally(() => pump())
      }
      if (!stopped && queue.length > 0 && running.size < concurrency && !admitTimer)
        admitTimer = later(ADMIT_EVERY_MS, () => {
          admitTimer = null
          pump()
        })
    }

    const renewing = setInterval(() => {
      core.renewLeases().then(
        (lost) => {
          for (const runId of lost) running.get(runId)?.controller.abort('lost' satisfies AbortReason)
        },
        (error: unknown) => onError(error, ''),
      )
    }, core.renewEveryMs)

    for (const runId of await core.openRuns()) {
      recovering.add(runId)
      enqueue(runId)
    }
    await wake()

    return {
      load: () => ({ running: running.size, queued: queue.length }),
      stop: async () => {
        stopped = true
        clearInterval(renewing)
        for (const timer of timers) clearTimeout(timer)
        for (const { controller } of running.values()) controller.abort('shutdown' satisfies AbortReason)
        await Promise.all([...running.values()].map(({ done }) => done))
      },
    }
  }

  return {
    submit: async (runId) => enqueue(runId),
    poke: async (runId) => enqueue(runId),
    cancel: async (runId, { force }) => {
      const reason: AbortReason = force ? 'force_cancel' : 'cancel'
      const entry = running.get(runId)
      if (entry) {
        // It may be past the point where it looks: then it is looked at once more, and what it kept is let go.
        entry.poked = true
        return entry.controller.abort(reason)
      }
      // Not by way of the queue: a paused run's browser is to be gone at once, however many wait.
      await release(runId)
      enqueue(runId)
    },
    work,
  }
}
