import type { EventLog } from '../db/event-log.ts'
import type { Followers } from '../db/followers.ts'
import type { Db } from '../db/open.ts'
import type { GuardedFetch } from '../steps/lib/egress.ts'
import type { ArtifactFiles } from './artifacts.ts'
import type { Browsers } from './browser.ts'
import type { Catalog } from './catalog.ts'
import type { Jq } from './jq.ts'
import type { Publisher } from './kafka.ts'
import type { Seal } from './seal.ts'
import type { SigningSecrets } from './signing.ts'

/** What the runner works with; put together once, in `server/start.ts`. */
export type Parts = {
  db: Db
  log: EventLog
  followers: Followers
  browsers: Browsers
  catalog: Catalog
  jq: Jq
  seal: Seal
  files: ArtifactFiles
  fetch: GuardedFetch
  publisher: Publisher
  signingSecret: SigningSecrets
  /** Milliseconds since 1970. */
  now(): number
  newId(): string
  /** In [0, 1). */
  random(): number
  limits: {
    runTimeoutMs: number
    stepTimeoutMs: number
    /** How long a worker's hold on a run lasts when it is not renewed. */
    leaseMs: number
    /** How long a paused run keeps its browser for a quick answer. */
    parkMs: number
    /** How many paused runs do; beyond it, those that have waited longest give theirs up. */
    mostParked: number
  }
  /** Tells the engine that a run may go on. */
  poke(runId: string): void
  /** Told of faults that are nobody's but ours. */
  onError(error: unknown, runId: string): void
}
