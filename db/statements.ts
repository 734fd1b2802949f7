import { eq, getTableColumns, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { Query } from './open.ts'
import { activityRuns, events, runs } from './schema.ts'

/**
 * Statements that are prepared once a connection: putting them together anew costs more than running them.
 */

/** What `prepare` makes of a connection, made when it is first asked for. */
export const oncePerConnection = <S>(prepare: (query: Query) => S): ((query: Query) => S) => {
  const prepared = new WeakMap<Query, S>()
  return (query) => {
    const known = prepared.get(query) ?? prepare(query)
    prepared.set(query, known)
    return known
  }
}

type RunRow = typeof runs.$inferSelect
type ActivityRow = typeof activityRuns.$inferSelect

/**
 * A placeholder in the place of each column but `fixed`. Drizzle takes placeholders there and encodes what they are filled with by the
 * column; its types only know of values.
 */
export const placeholders = <Row>(table: SQLiteTable, fixed: readonly (keyof Row)[] = []): Row =>
  Object.fromEntries(
    Object.keys(getTableColumns(table))
      .filter((name) => !fixed.includes(name as keyof Row))
      .map((name) => [name, sql.placeholder(name)]),
  ) as Row

const prepare = (query: Query) => ({
  run: query.select().from(runs).where(eq(runs.id, sql.placeholder('id'))).prepare(),
  activity: query.select().from(activityRuns).where(eq(activityRuns.id, sql.placeholder('id'))).prepare(),
  addEvent: query
    .insert(events)
    .values(placeholders<typeof events.$inferSelect>(events, ['seq']))
    .prepare(),
  addActivity: query.insert(activityRuns).values(placeholders<ActivityRow>(activityRuns)).prepare(),
  setActivity: query
    .update(activityRuns)
    .set(placeholders<ActivityRow>(activityRuns, ['id', 'runId', 'nodeId', 'createdAt']))
    .where(eq(activityRuns.id, sql.placeholder('id')))
    .prepare(),
  setRun: query
    .update(runs)
    .set(placeholders<RunRow>(runs, ['id', 'org', 'workflowId', 'inputs', 'sealedInputs', 'sealedSecrets', 'createdAt']))
    .where(eq(runs.id, sql.placeholder('id')))
    .prepare(),
})

/** The statements of every transition. */
export const statementsOf = oncePerConnection(prepare)

/** A row of activity_runs with nothing in it. */
export const EMPTY_ACTIVITY = Object.fromEntries(Object.keys(getTableColumns(activityRuns)).map((name) => [name, null])) as { [name in keyof ActivityRow]: null }
