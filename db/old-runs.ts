import { setImmediate } from 'node:timers/promises'
import { and, asc, eq, gt, gte, inArray, isNotNull, isNull, lt, sql, type SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db, Query } from './open.ts'
import { activityRuns, artifacts, inputRequests, jobRuns, jobs, runCounts, runs, schedules, webhookDeliveries, webhooks } from './schema.ts'

/**
 * Which runs are old enough to go, and not needed by any that goes on. One that goes is marked first and from then on nobody's; what belongs to
 * it is taken away afterwards (`purge.ts`).
 */

/** The runs that open ones were made from, and those they were made from: what they kept of them names their files. */
const keptByReruns = sql`(
  WITH RECURSIVE kept(id) AS (
    SELECT rerun_of FROM ${runs} WHERE completed_at IS NULL AND rerun_of IS NOT NULL
    UNION
    SELECT r.rerun_of FROM ${runs} AS r JOIN kept ON kept.id = r.id WHERE r.rerun_of IS NOT NULL
  )
  SELECT id FROM kept)`

/** A node of an open run has what this one put out. */
const hasOpenParent = sql`EXISTS (
  SELECT 1 FROM ${activityRuns} AS a JOIN ${runs} AS p ON p.id = a.run_id WHERE a.id = ${runs.parentActivityRunId} AND p.completed_at IS NULL)`

/** The job that it is part of goes on. */
const hasOpenJobRun = sql`EXISTS (SELECT 1 FROM ${jobRuns} AS j WHERE j.id = ${runs.jobRunId} AND j.completed_at IS NULL)`

/** Somebody is still to be told of it. */
const hasPendingDelivery = sql`EXISTS (
  SELECT 1 FROM ${webhookDeliveries} AS d JOIN ${webhooks} AS w ON w.id = d.webhook_id WHERE d.run_id = ${runs.id} AND d.status = 'pending' AND w.enabled = 1)`

const fileIds = (value: unknown): string[] => [...JSON.stringify(value ?? null).matchAll(/"artifactId":"([0-9a-f-]{36})"/g)].map(([, id]) => id!)

const runsOfFiles = async (query: Query, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return []
  const rows = await query
    .selectDistinct({ runId: artifacts.runId })
    .from(artifacts)
    .where(sql`${artifacts.id} IN (SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`)
  return rows.map(({ runId }) => runId)
}

const OPEN_AT_ONCE = 50

/** The runs whose files some open ones name, in what they were given or put out. @returns also the last of the open ones looked at */
const namedBy = (db: Db, after: string): Promise<{ named: string[]; last: string | null }> =>
  db.read(async (query) => {
    const open = await query
      .select({ id: runs.id, inputs: runs.inputs })
      .from(runs)
      .where(and(isNull(runs.completedAt), gt(runs.id, after)))
      .orderBy(asc(runs.id))
      .limit(OPEN_AT_ONCE)
    if (open.length === 0) return { named: [], last: null }
    const ids = open.map(({ id }) => id)
    const outputs = await query.select({ outputs: activityRuns.outputs }).from(activityRuns).where(inArray(activityRuns.runId, ids))
    const answers = await query.select({ values: inputRequests.values, earlier: inputRequests.answers }).from(inputRequests).where(inArray(inputRequests.runId, ids))
    const files = [...open.map(({ inputs }) => inputs), ...outputs.map((row) => row.outputs), ...answers].flatMap(fileIds)
    return { named: await runsOfFiles(query, files), last: open.length < OPEN_AT_ONCE ? null : ids.at(-1)! }
  })

/** The runs whose files open runs name. They are looked through in steps. */
export const runsNamedByOpenOnes = async (db: Db): Promise<Set<string>> => {
  const all = new Set<string>()
  for (let after: string | null = ''; after !== null; ) {
    const { named, last }: { named: string[]; last: string | null } = await namedBy(db, after)
    for (const id of named) all.add(id)
    // The store works on the one thread there is: what else goes on gets its turn here.
    await setImmediate()
    after = last
  }
  return all
}

/** Those that were started since: they may name what nobody named before. */
const namedSince = async (tx: Query, since: number): Promise<string[]> => {
  const rows = await tx.select({ inputs: runs.inputs }).from(runs).where(and(isNull(runs.completedAt), gte(runs.createdAt, since)))
  return runsOfFiles(tx, rows.flatMap(({ inputs }) => fileIds(inputs)))
}

/** Those whose files will be given to runs that are still to come: of jobs and schedules, and of job runs that go on. */
const namedForLater = async (tx: Query): Promise<string[]> => {
  const holdsFile = (inputs: SQLiteColumn): SQL => sql`${inputs} LIKE '%"artifactId"%'`
  const presets = [
    ...(await tx.select({ inputs: jobs.inputs }).from(jobs).where(and(isNull(jobs.deletedAt), holdsFile(jobs.inputs)))),
    ...(await tx.select({ inputs: schedules.inputs }).from(schedules).where(holdsFile(schedules.inputs))),
    ...(await tx.select({ inputs: jobRuns.inputs }).from(jobRuns).where(and(isNull(jobRuns.completedAt), holdsFile(jobRuns.inputs)))),
  ]
  return runsOfFiles(tx, presets.flatMap(({ inputs }) => fileIds(inputs)))
}

/**
 * Marks runs that ended before a time and that no open run needs.
 * @param options.before, options.at milliseconds since 1970
 * @param options.named what `runsNamedByOpenOnes` found at `options.since`
 * @returns how many
 */
export const markOldRuns = (db: Db, options: { before: number; at: number; limit: number; named: ReadonlySet<string>; since: number }): Promise<number> =>
  db.write(async (tx) => {
    const { before, at, limit, named, since } = options
    const needed = JSON.stringify([...named, ...(await namedSince(tx, since)), ...(await namedForLater(tx))])
    const old = await tx
      .select({ id: runs.id, org: runs.org, workflowId: runs.workflowId, state: runs.state })
      .from(runs)
      .where(
        and(
          isNotNull(runs.completedAt),
          lt(runs.completedAt, before),
          isNull(runs.purgedAt),
          sql`${runs.id} NOT IN ${keptByReruns}`,
          sql`${runs.id} NOT IN (SELECT value FROM json_each(${needed}))`,
          sql`NOT ${hasOpenParent}`,
          sql`NOT ${hasOpenJobRun}`,
          sql`NOT ${hasPendingDelivery}`,
        ),
      )
      .orderBy(asc(runs.completedAt))
      .limit(limit)
    if (old.length === 0) return 0
    await tx.update(runs).set({ purgedAt: at }).where(inArray(runs.id, old.map(({ id }) => id)))
    for (const { org, workflowId, state } of old)
      await tx
        .update(runCounts)
        .set({ count: sql`${runCounts.count} - 1` })
        .where(and(eq(runCounts.org, org), eq(runCounts.workflowId, workflowId), eq(runCounts.state, state)))
    return old.length
  })
