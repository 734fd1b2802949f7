import { and, eq } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { insertRun, isDeleted, recordIn, type Change, type Followers, type RunRow } from './event-log.ts'
import type { Db, Query } from './open.ts'
import { checkpoints, idempotencyKeys, runs } from './schema.ts'

export type NewRun = Pick<
  RunRow,
  'id' | 'org' | 'workflowId' | 'workflowVersion' | 'workflowIdentifier' | 'workflowName' | 'trigger' | 'inputs' | 'sealedInputs' | 'rerunOf' | 'parentActivityRunId' | 'createdBy'
> & { seesAllRuns?: boolean }

/** A caller's `Idempotency-Key` and what it was sent with. */
export type IdempotencyKey = { org: string; caller: string; call: string; key: string; bodyHash: string; /** Never used again, however late: for what is told once more after a stop. */ forever?: boolean }

const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000

/** The run that was started under this key. @throws Problem `idempotency_conflict` when the key came with another body then */
const runOfKey = async (tx: Query, { org, caller, call, key, bodyHash, forever = false }: IdempotencyKey, at: number): Promise<RunRow | null> => {
  const [used] = await tx
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.org, org), eq(idempotencyKeys.caller, caller), eq(idempotencyKeys.call, call), eq(idempotencyKeys.key, key)))
  if (!used || (!forever && used.createdAt <= at - IDEMPOTENCY_KEPT_MS)) return null
  if (used.bodyHash !== bodyHash) throw problem('idempotency_conflict', 'This Idempotency-Key was used before with another body.')
  const [earlier] = await tx.select().from(runs).where(eq(runs.id, used.runId))
  return earlier ?? null
}

/**
 * The run that a call with this key started before: asked first, because what was right then may be wrong by now (the workflow changed).
 * @throws Problem `idempotency_conflict`
 */
export const findRepeated = async (db: Db, idempotency: IdempotencyKey | undefined, at: number): Promise<RunRow | null> =>
  idempotency === undefined ? null : db.read(async (query) => runOfKey(query, idempotency, at))

/**
 * Creates a run in PENDING, with its first event, the files it was given, what it keeps of an earlier run, and the caller's idempotency
 * key, all in one transaction: a key that is written without its run, or the other way round, would start a run twice.
 *
 * @param changes `artifact.created` for input files, `activity.skipped` for kept outputs
 * @param options.parent the run whose node waits for this one, and the event that says so
 * @param checkpoint the browser state to begin with, sealed, under the last kept activity run
 * @returns the run; when the key was used before, the run of then and `repeated: true`, and nothing is written
 * @throws Problem `idempotency_conflict` when the key came with another body, `not_found` when the workflow is deleted
 */
export const createRun = async (
  db: Db,
  followers: Followers,
  run: NewRun,
  options: { at: number; changes?: readonly Change[]; checkpoint?: { activityRunId: string; sealed: Buffer } | undefined; idempotency?: IdempotencyKey | undefined; parent?: { runId: string; fence: number; change: Change } | undefined },
): Promise<{ run: RunRow; repeated: boolean }> => {
  const { at, changes = [], checkpoint, idempotency, parent } = options
  const result = await db.write(async (tx) => {
    if (idempotency) {
      const earlier = await runOfKey(tx, idempotency, at)
      if (earlier) return { run: earlier, repeated: true }
      const { forever: _forever, ...used } = idempotency
      const { bodyHash } = used
      await tx
        .insert(idempotencyKeys)
        .values({ ...used, runId: run.id, createdAt: at })
        .onConflictDoUpdate({
          target: [idempotencyKeys.org, idempotencyKeys.caller, idempotencyKeys.call, idempotencyKeys.key],
          set: { bodyHash, runId: run.id, createdAt: at },
        })
    }
    if (await isDeleted(tx, run.workflowId)) throw problem('not_found', `The workflow ${run.workflowIdentifier} is deleted.`)
    await insertRun(tx, { ...run, state: 'PENDING', status: 'scheduled', fence: 0, createdAt: at, updatedAt: at }, at)
    const created = await recordIn(tx, run.id, changes, { fence: null, at })
    if (checkpoint) await tx.insert(checkpoints).values({ ...checkpoint, runId: run.id })
    // With the child, so that neither waits for the other in vain.
    if (parent) await recordIn(tx, parent.runId, [parent.change], { fence: parent.fence, at })
    return { run: created, repeated: false }
  })
  followers.wake(result.run.id)
  if (parent) followers.wake(parent.runId)
  return result
}
