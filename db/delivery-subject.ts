import { and, asc, eq } from 'drizzle-orm'
import { Problem } from '../runner/model/problem.ts'
import { isFinal, toStatus } from '../runner/model/run.ts'
import type { DeliveryRow } from './due-deliveries.ts'
import { gatherOutputs } from './end-run.ts'
import { getJobRun, type JobRunView } from './job-runs.ts'
import type { Db, Query } from './open.ts'
import { visible, type ArtifactRow, type RunView } from './runs.ts'
import { artifacts, inputRequests, runs } from './schema.ts'
import { statementsOf } from './statements.ts'
import type { WebhookRow } from './webhooks.ts'

/** What a delivery is about, as it was when it happened: the same each time it is read. */
export type Subject = { type: 'run'; view: RunView } | { type: 'job_run'; view: JobRunView } | { type: 'artifact'; artifact: ArtifactRow } | { type: 'none' }

/** What of a webhook says what it may tell. */
type Teller = Pick<WebhookRow, 'org' | 'viewerId' | 'seesAllRuns'>
type About = { delivery: DeliveryRow; webhook: Teller }

/** A run as its event left it, although it may have gone on since. */
const runThen = async (query: Query, { runId, state, currentStateName, subjectId, at }: DeliveryRow): Promise<RunView | null> => {
  const [run] = await statementsOf(query).run.execute({ id: runId })
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

/** A job run as its event left it, with those of its runs that the webhook may tell of. */
const jobRunThen = async (db: Db, { delivery, webhook }: About): Promise<Subject> => {
  const { org, viewerId, seesAllRuns } = webhook
  try {
    const view = await getJobRun(db, { org, userId: viewerId, seesAllRuns }, delivery.jobRunId!)
    if (delivery.type !== 'job_run.started') return { type: 'job_run', view }
    return { type: 'job_run', view: { jobRun: { ...view.jobRun, status: 'IN_PROGRESS', error: null, updatedAt: delivery.at, completedAt: null }, runs: [] } }
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return { type: 'none' }
    throw error
  }
}

/** Whether a webhook may tell of a run: it may have been turned to somebody else, or the workflow have hidden its runs, since the delivery was made. */
const mayTell = async (query: Query, { org, viewerId, seesAllRuns }: Teller, runId: string): Promise<boolean> => {
  if (seesAllRuns) return true
  const [seen] = await query.select({ id: runs.id }).from(runs).where(and(eq(runs.id, runId), visible({ org, userId: viewerId, seesAllRuns })))
  return seen !== undefined
}

/** In the read that finds what is due; null for what is of a job run, which takes a read of its own (`readSubject`). */
export const subjectIn = async (query: Query, { delivery, webhook }: About): Promise<Subject | null> => {
  if (delivery.jobRunId !== null) return null
  if (delivery.runId === null || !(await mayTell(query, webhook, delivery.runId))) return { type: 'none' }
  if (delivery.type === 'artifact.created' && delivery.subjectId !== null) {
    const [artifact] = await query.select().from(artifacts).where(eq(artifacts.id, delivery.subjectId))
    return artifact ? { type: 'artifact', artifact } : { type: 'none' }
  }
  const view = await runThen(query, delivery)
  return view ? { type: 'run', view } : { type: 'none' }
}

export const readSubject = async (db: Db, about: About): Promise<Subject> => (await db.read((query) => subjectIn(query, about))) ?? jobRunThen(db, about)
