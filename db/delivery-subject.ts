import { asc, eq } from 'drizzle-orm'
import { isFinal, toStatus } from '../runner/model/run.ts'
import type { DeliveryRow } from './due-deliveries.ts'
import { gatherOutputs } from './end-run.ts'
import type { Db, Query } from './open.ts'
import type { ArtifactRow, RunView } from './runs.ts'
import { artifacts, inputRequests, runs } from './schema.ts'

/** What a delivery is about, as it was when it happened: the same each time it is read. */
export type Subject = { type: 'run'; view: RunView } | { type: 'artifact'; artifact: ArtifactRow } | { type: 'none' }

/** A run as its event left it, although it may have gone on since. */
const runThen = async (query: Query, { runId, state, currentStateName, subjectId, at }: DeliveryRow): Promise<RunView | null> => {
  const [run] = await query.select().from(runs).where(eq(runs.id, runId!))
  if (!run || state === null) return null
  if (isFinal(state)) return { run, awaiting: null, outputs: run.outputs ?? {} }
  const [question] = subjectId === null ? [] : await query.select().from(inputRequests).where(eq(inputRequests.id, subjectId)).orderBy(asc(inputRequests.id))
  const unanswered = { status: 'pending' as const, answers: [], values: null, sealedValues: null, button: null, comments: null, answeredBy: null, answeredAt: null }
  return {
    run: { ...run, state, status: toStatus(state), currentStateName, error: null, updatedAt: at, completedAt: null },
    awaiting: question ? { ...question, ...unanswered } : null,
    outputs: await gatherOutputs(query, run.id, at),
  }
}

export const readSubject = (db: Db, delivery: DeliveryRow): Promise<Subject> =>
  db.read(async (query): Promise<Subject> => {
    if (delivery.type === 'artifact.created' && delivery.subjectId !== null) {
      const [artifact] = await query.select().from(artifacts).where(eq(artifacts.id, delivery.subjectId))
      return artifact ? { type: 'artifact', artifact } : { type: 'none' }
    }
    const view = delivery.runId === null ? null : await runThen(query, delivery)
    return view ? { type: 'run', view } : { type: 'none' }
  })
