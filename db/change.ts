import type { RunEvent } from '../runner/model/event.ts'
import type { events, runs } from './schema.ts'

/** What happens to a run: before it is recorded, and as it is kept. */

/** An event as the log keeps it. `seq` grows in the order in which things happened; a run's events are numbered with gaps. */
export type StoredEvent = typeof events.$inferSelect
export type RunRow = typeof runs.$inferSelect

/** An event to record, with what travels sealed beside it. */
export type Change = {
  event: RunEvent
  /** The outputs, the answers so far (`input.received`, `input.answered`) or the config (`activity.waiting`) as they are, where redaction changed them. */
  sealed?: Buffer | undefined
  /** The browser after this activity run, where it changed. */
  checkpoint?: Buffer | undefined
}
