import { eq } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { insertCallback, type Callback } from './callbacks.ts'
import type { Change, RunRow } from './change.ts'
import { insertRun, isDeleted, recordIn } from './event-log.ts'
import type { Followers } from './followers.ts'
import { keepKey, startedUnder, type IdempotencyKey } from './idempotency.ts'
import type { Db, Query } from './open.ts'
import { checkpoints, runs } from './schema.ts'

export type NewRun = Pick<
  RunRow,
  'id' | 'org' | 'workflowId' | 'workflowVersion' | 'workflowIdentifier' | 'workflowName' | 'trigger' | 'inputs' | 'sealedInputs' | 'rerunOf' | 'parentActivityRunId' | 'createdBy'
> & { seesAllRuns?: boolean } &
  /** What it must not show of others, and of a run that a job run starts. */
  Partial<Pick<RunRow, 'sealedSecrets' | 'jobRunId' | 'jobIndex' | 'depth'>>

const runOfKey = async (tx: Query, idempotency: IdempotencyKey, at: number): Promise<RunRow | null> => {
  const id = await startedUnder(tx, idempotency, at)
  if (id === null) return null
  const [earlier] = await tx.select().from(runs).where(eq(runs.id, id))
  return earlier ?? null
}

/**
 * The run that a call with this key started before: asked first, because what was right then may be wrong by now (the workflow changed).
 * @throws Problem `idempotency_conflict`
 */
export const findRepeated = async (db: Db, idempotency: IdempotencyKey | undefined, at: number): Promise<RunRow | null> =>
  idempotency === undefined ? null : db.read(async (query) => runOfKey(query, idempotency, at))

type Options = { at: number; changes?: readonly Change[]; checkpoint?: { activityRunId: string; sealed: Buffer } | undefined; idempotency?: IdempotencyKey | undefined; callback?: Callback | undefined }

/** What `createRun` does, inside a transaction that the caller holds: for what starts runs together with something else. */
export const createRunIn = async (tx: Query, run: NewRun, { at, changes = [], checkpoint, idempotency, callback }: Options): Promise<{ run: RunRow; repeated: boolean }> => {
  if (idempotency) {
    const earlier = await runOfKey(tx, idempotency, at)
    if (earlier) return { run: earlier, repeated: true }
  }
  // Refused before anything is written, so that the transaction may go on without it.
  if (await isDeleted(tx, run.workflowId)) throw problem('not_found', `The workflow ${run.workflowIdentifier} is deleted.`)
  if (idempotency) await keepKey(tx, idempotency, run.id, at)
  await insertRun(tx, { ...run, state: 'PENDING', status: 'scheduled', fence: 0, createdAt: at, updatedAt: at }, at)
  const created = await recordIn(tx, run.id, changes, { fence: null, at })
  if (callback) await insertCallback(tx, { runId: run.id }, run, callback, at)
  if (checkpoint) await tx.insert(checkpoints).values({ ...checkpoint, runId: run.id })
  return { run: created, repeated: false }
}

/**
 * Creates a run in PENDING, with its first event, the files it was given, what it keeps of an earlier run, and the caller's idempotency
 * key, all in one transaction: a key that is written without its run, or the other way round, would start a run twice.
 *
 * @param changes `artifact.created` for input files, `activity.skipped` for kept outputs
 * @param options.callback whom the caller wants to be told of it
 * @param options.parent the run whose node waits for this one, and the events that say so
 * @param checkpoint the browser state to begin with, sealed, under the last kept activity run
 * @returns the run; when the key was used before, the run of then and `repeated: true`, and nothing is written
 * @throws Problem `idempotency_conflict` when the key came with another body, `not_found` when the workflow is deleted, `conflict` when the parent
 *   has ended or is cancelled
 */
export const createRun = async (
  db: Db,
  followers: Followers,
  run: NewRun,
  { parent, ...options }: Options & { parent?: { runId: string; fence: number; changes: readonly Change[] } | undefined },
): Promise<{ run: RunRow; repeated: boolean }> => {
  const result = await db.write(async (tx) => {
    const created = await createRunIn(tx, run, options)
    // With the child, so that neither waits for the other in vain.
    if (parent && !created.repeated) {
      const { state } = await recordIn(tx, parent.runId, parent.changes, { fence: parent.fence, at: options.at })
      // Whoever cancelled it has seen no child that he could cancel.
      if (state === 'CANCELLING') throw problem('conflict', `Run ${parent.runId} is to end; it starts nothing that it would wait for.`)
    }
    return created
  })
  followers.wake(result.run.id)
  if (parent) followers.wake(parent.runId)
  return result
}
