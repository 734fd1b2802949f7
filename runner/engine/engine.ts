/**
 * What carries runs to workers. An engine knows run ids and wake-ups only; state, signals, inputs and results live in the store, so that any
 * engine can be lost and another can take over.
 */

/** Why an advance is stopped. Only `cancel` ends the run as CANCELLED; after `shutdown` and `lost` somebody else goes on with it. */
export type AbortReason = 'cancel' | 'force_cancel' | 'shutdown' | 'lost' | 'timeout'

/** What an advance came to. `wait`: until something pokes the run, or until `untilMs` (milliseconds since 1970). */
export type Outcome = { type: 'finished' } | { type: 'wait'; untilMs?: number } | { type: 'retry'; delayMs: number }

/** What an engine may ask of the runner. */
export type Core = {
  /** Takes the run from its last checkpoint as far as it goes. `signal.reason` is an `AbortReason`. Safe to call when there is nothing to do. */
  advance(runId: string, signal: AbortSignal, options: { recover: boolean }): Promise<Outcome>
  /** Runs that somebody should advance, oldest first. */
  openRuns(): Promise<string[]>
  /** Moves waiting runs whose time has come to PENDING. @returns them, and when the next is due, in milliseconds since 1970 */
  wakeDueRuns(): Promise<{ woken: string[]; nextAt: number | null }>
  /** Tells a run that executes that something has come for it. */
  wake(runId: string): void
  /** Lets go of what is kept for a run that waits: it was cancelled. */
  release(runId: string): Promise<void>
  /** Prolongs the leases of what this process executes. @returns the runs whose lease is lost */
  renewLeases(): Promise<string[]>
  /** How often `renewLeases` must be called at least, in milliseconds. */
  renewEveryMs: number
}

export type Worker = {
  /** What executes, and what waits its turn. */
  load(): { running: number; queued: number }
  /** Hands back what executes, and takes nothing more. Resolves when nothing executes. */
  stop(): Promise<void>
}

export type Engine = {
  /** Idempotent. */
  submit(runId: string): Promise<void>
  /** Something about this run changed in the store. */
  poke(runId: string): Promise<void>
  /** The store already says that the run is cancelled, or is to be. */
  cancel(runId: string, options: { force: boolean }): Promise<void>
  work(core: Core, options: { concurrency: number }): Promise<Worker>
}
