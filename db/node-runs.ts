import { and, asc, eq, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import { allNodes, type Node } from '../runner/model/workflow.ts'
import type { RunRow } from './change.ts'
import type { Db, Query } from './open.ts'
import { visible, type LogRow, type Viewer } from './runs.ts'
import { activityRuns, events, runs, workflowVersions } from './schema.ts'
import { oncePerConnection } from './statements.ts'
import type { ActivityRow } from './take-run.ts'

/** Activity runs on their own, apart from the run they belong to: Port's node runs. */

/** What of a run names it and its version. */
export type NamedRun = Pick<RunRow, 'id' | 'workflowId' | 'workflowVersion'>
export type NodeRunRow<R extends NamedRun = RunRow> = { activity: ActivityRow; run: R }
/** With what its version of the workflow says of the node, and what was logged. */
export type NodeRunView<R extends NamedRun = RunRow> = NodeRunRow<R> & { node: Node | null; logs: LogRow[] }

/** @param runId the run it must belong to, when one is given. @throws Problem `not_found`, also of another org */
export const findNodeRunIn = async (query: Query, org: string, id: string, runId?: string): Promise<NodeRunRow> => {
  const [found] = await query
    .select({ activity: activityRuns, run: runs })
    .from(activityRuns)
    .innerJoin(runs, eq(runs.id, activityRuns.runId))
    .where(and(eq(activityRuns.id, id), eq(runs.org, org), runId === undefined ? undefined : eq(runs.id, runId)))
  if (!found) throw problem('not_found', `No node run ${id}${runId === undefined ? '' : ` in workflow run ${runId}`}.`)
  return found
}

/** @throws Problem `not_found` */
export const findNodeRun = (db: Db, org: string, id: string, runId?: string): Promise<NodeRunRow> => db.read(async (query) => findNodeRunIn(query, org, id, runId))

/** The activity runs of a run, outside of loops, whose outputs hold secrets. */
export const activitiesWithSecrets = (db: Db, runId: string): Promise<ActivityRow[]> =>
  db.read(async (query) =>
    query
      .select()
      .from(activityRuns)
      .where(and(eq(activityRuns.runId, runId), isNull(activityRuns.iteration), isNotNull(activityRuns.sealedOutputs)))
      .orderBy(asc(activityRuns.id)),
  )

const definitionOf = oncePerConnection((query: Query) =>
  query
    .select({ definition: workflowVersions.definition })
    .from(workflowVersions)
    .where(and(eq(workflowVersions.workflowId, sql.placeholder('workflowId')), eq(workflowVersions.version, sql.placeholder('version'))))
    .prepare(),
)

const versionKey = (run: NamedRun): string => `${run.workflowId} ${run.workflowVersion}`

/** The nodes of each version that these runs are of, by identifier. */
const nodesOf = async (query: Query, rows: readonly NodeRunRow<NamedRun>[]): Promise<Map<string, Map<string, Node>>> => {
  const found = new Map<string, Map<string, Node>>()
  for (const { run } of rows) {
    const key = versionKey(run)
    if (found.has(key)) continue
    const [version] = await definitionOf(query).execute({ workflowId: run.workflowId, version: run.workflowVersion })
    found.set(key, new Map((version ? allNodes(version.definition) : []).map((node) => [node.identifier, node])))
  }
  return found
}

const logsOf = async (query: Query, rows: readonly NodeRunRow<NamedRun>[]): Promise<Map<string | null, LogRow[]>> => {
  if (rows.length === 0) return new Map()
  const wanted = new Set<string | null>(rows.map(({ activity }) => activity.id))
  const lines = await query
    .select({ activityRunId: events.activityRunId, type: events.type, data: events.data, at: events.at })
    .from(events)
    .where(and(inArray(events.runId, [...new Set(rows.map(({ run }) => run.id))]), eq(events.type, 'log')))
    .orderBy(asc(events.seq))
  const byNodeRun = new Map<string | null, LogRow[]>()
  for (const line of lines) {
    if (!wanted.has(line.activityRunId)) continue
    const known = byNodeRun.get(line.activityRunId)
    if (known) known.push(line)
    else byNodeRun.set(line.activityRunId, [line])
  }
  return byNodeRun
}

/** @param options.logs whether they are wanted: they are read from the run's whole log */
export const viewNodeRuns = async <R extends NamedRun>(query: Query, rows: readonly NodeRunRow<R>[], { logs }: { logs: boolean }): Promise<NodeRunView<R>[]> => {
  const nodes = await nodesOf(query, rows)
  const lines = logs ? await logsOf(query, rows) : new Map<string | null, LogRow[]>()
  return rows.map(({ activity, run }) => ({ activity, run, node: nodes.get(versionKey(run))?.get(activity.nodeId) ?? null, logs: lines.get(activity.id) ?? [] }))
}

/** Of several attempts at a node the latest is its node run. */
const isLatest = (runIds: readonly string[]): SQL =>
  sql`${activityRuns.id} IN (
    SELECT id FROM (
      SELECT ${activityRuns.id} AS id, row_number() OVER (PARTITION BY ${activityRuns.runId}, ${activityRuns.nodeId}, ${activityRuns.iteration} ORDER BY ${activityRuns.attempt} DESC, ${activityRuns.id} DESC) AS place
      FROM ${activityRuns} WHERE ${inArray(activityRuns.runId, [...runIds])}
    ) AS attempts WHERE place = 1)`

/**
 * Node runs, oldest first: of runs, each in its latest attempt, or those that another system gave a name.
 * @param filter.outsideLoops leaves out the rounds of loops
 */
export const listNodeRuns = (
  db: Db,
  viewer: Viewer,
  filter: { runIds?: readonly string[] | undefined; externalRunId?: string | undefined; id?: string | undefined; outsideLoops?: boolean },
  { limit, offset = 0 }: { limit: number; offset?: number },
): Promise<{ nodeRuns: NodeRunView[]; total: number }> =>
  db.read(async (query) => {
    const where = and(
      visible(viewer),
      filter.runIds ? and(inArray(activityRuns.runId, [...filter.runIds]), isLatest(filter.runIds)) : undefined,
      filter.externalRunId === undefined ? undefined : eq(activityRuns.externalRunId, filter.externalRunId),
      filter.id === undefined ? undefined : eq(activityRuns.id, filter.id),
      filter.outsideLoops ? isNull(activityRuns.iteration) : undefined,
    )
    const [count] = await query
      .select({ total: sql<number>`count(*)` })
      .from(activityRuns)
      .innerJoin(runs, eq(runs.id, activityRuns.runId))
      .where(where)
    const rows = await query
      .select({ activity: activityRuns, run: runs })
      .from(activityRuns)
      .innerJoin(runs, eq(runs.id, activityRuns.runId))
      .where(where)
      .orderBy(asc(activityRuns.id))
      .limit(limit)
      .offset(offset)
    return { nodeRuns: await viewNodeRuns(query, rows, { logs: true }), total: count?.total ?? 0 }
  })
