import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { createRun } from '../db/create-run.ts'
import type { RunRow } from '../db/change.ts'
import { createEventLog, type EventLog } from '../db/event-log.ts'
import { createFollowers, type Followers } from '../db/followers.ts'
import { openDb, type Db } from '../db/open.ts'
import { createWorkflow } from '../db/workflows.ts'
import type { NewActivity } from '../runner/model/event.ts'
import type { RunState } from '../runner/model/run.ts'
import { workflowSchema } from '../runner/model/workflow.ts'
import { createClock } from '../server/clock.ts'
import { tempDir } from './harness.ts'

/** The real store on a folder of its own, with one workflow in it. */
export type Store = AsyncDisposable & {
  db: Db
  log: EventLog
  followers: Followers
  path: string
  newId(): string
  now(): number
  /** A new run, PENDING. */
  newRun(workflowId?: string): Promise<RunRow>
  newWorkflow(): Promise<string>
  /** A plain look at the file, past our own code. */
  query<T>(sql: string, ...values: unknown[]): T[]
  /** Kept counts against counted rows, by workflow and state; equal unless the log has gone wrong. */
  counts(): { kept: Record<string, number>; counted: Record<string, number> }
}

export const openStore = async (): Promise<Store> => {
  const { now, newId } = createClock()
  const dir = tempDir()
  const path = join(dir, 'errand.sqlite')
  const db = openDb(path)
  const followers = createFollowers()
  const log = createEventLog(db, followers)
  const look = new Sqlite(path, { readonly: true })
  const query: Store['query'] = (sql, ...values) => look.prepare(sql).all(...values) as never
  const newWorkflow = async () => {
    const definition = workflowSchema.parse({ identifier: `w-${newId()}`, nodes: [{ identifier: 'a', config: { type: 'NO_ACTION' } }] })
    return (await createWorkflow(db, { id: newId(), org: 'default', definition, by: null, at: now() })).row.id
  }
  const workflowId = await newWorkflow()
  const tally = (rows: { workflow: string; state: RunState; count: number }[]) => Object.fromEntries(rows.filter(({ count }) => count !== 0).map(({ workflow, state, count }) => [`${workflow} ${state}`, count]))
  return {
    db,
    log,
    followers,
    path,
    newId,
    now,
    query,
    newWorkflow,
    newRun: async (of = workflowId) => {
      const run = { id: newId(), org: 'default', workflowId: of, workflowVersion: 1, workflowIdentifier: 'w', workflowName: 'w', trigger: 'trigger', inputs: {}, sealedInputs: Buffer.alloc(0), rerunOf: null, parentActivityRunId: null, createdBy: null }
      return (await createRun(db, followers, run, { at: now() })).run
    },
    counts: () => ({
      kept: tally(query(`SELECT workflow_id AS workflow, state, count FROM run_counts ORDER BY 1, 2`)),
      counted: tally(query(`SELECT workflow_id AS workflow, state, count(*) AS count FROM runs GROUP BY 1, 2 ORDER BY 1, 2`)),
    }),
    [Symbol.asyncDispose]: async () => {
      look.close()
      await db.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export const newActivity = (id: string, nodeId = 'a', attempt = 1): NewActivity => ({ id, nodeId, title: null, kind: 'step', type: 'NO_ACTION', attempt, iteration: null })

