import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { openDb, type Query } from '../../db/open.ts'
import { activityRuns, runCounts, runs } from '../../db/schema.ts'
import { uuidv7 } from '../../runner/model/id.ts'
import { isAwaiting, isFinal, toStatus, type RunState } from '../../runner/model/run.ts'

/** Fills a store with runs as years of use would leave them: mostly ended, some failed, a few waiting, and some in every other state. */
export type SeededWorkflow = { id: string; org: string; identifier: string; name: string }

/** Of a thousand runs. The rest have completed. */
const SHARES: Partial<Record<RunState, number>> = {
  FAILED: 60,
  CANCELLED: 20,
  COMPLETED_WITH_NO_ACTION_TAKEN: 15,
  PENDING: 1,
  IN_PROGRESS: 1,
  CANCELLING: 1,
  AWAITING_USER_INPUT: 2,
  AWAITING_EXTERNAL: 2,
}
const CHUNK = 200
const APART_MS = 60_000
const STEPS = ['start', 'open', 'table'] as const

const deck: RunState[] = Object.entries(SHARES).flatMap(([state, share]) => Array.from({ length: share }, () => state as RunState))
/** Spread evenly: 7919 is prime to 1000. */
const stateOf = (index: number): RunState => deck[(index * 7919) % 1000] ?? 'COMPLETED'

type NewRun = typeof runs.$inferInsert
type NewActivity = typeof activityRuns.$inferInsert

const runOf = (index: number, at: number, workflow: SeededWorkflow): NewRun => {
  const state = stateOf(index)
  const started = state === 'PENDING' ? null : at + 40
  const failed = state === 'FAILED'
  return {
    id: uuidv7(at, index % 4096, randomBytes(8)),
    org: workflow.org,
    workflowId: workflow.id,
    workflowVersion: 1,
    workflowIdentifier: workflow.identifier,
    workflowName: workflow.name,
    trigger: 'start',
    state,
    status: toStatus(state),
    currentStateName: started === null ? null : 'extracting_employee_records',
    inputs: { user: `person-${index % 500}`, month: '2026-01', password: '[redacted]' },
    sealedInputs: randomBytes(220),
    outputs: isFinal(state) ? { start: { user: `person-${index % 500}` }, table: { rows: [{ number: index, name: 'Maria Example', salary: '$4,200' }] } } : null,
    error: failed ? { code: 'step_timeout', message: 'selector table was not found within 30000 ms.', stepId: 'table', activityRunId: null, attempt: 1 } : null,
    createdBy: index % 3 === 0 ? 'user_7' : null,
    fence: started === null ? 0 : 1,
    wakeAt: isAwaiting(state) ? Date.now() + 30 * 86_400_000 : null,
    activeMs: 4_000,
    createdAt: at,
    startedAt: started,
    updatedAt: at + 4_040,
    completedAt: isFinal(state) ? at + 4_040 : null,
  }
}

const activitiesOf = (run: NewRun): NewActivity[] =>
  run.startedAt === null
    ? []
    : STEPS.map((nodeId, index) => ({
        id: uuidv7(run.createdAt + 50 + index, 0, randomBytes(8)),
        runId: run.id,
        nodeId,
        title: nodeId,
        kind: index === 0 ? 'trigger' : 'step',
        type: ['SELF_SERVE_TRIGGER', 'NAVIGATE', 'EXTRACT'][index]!,
        status: run.state === 'FAILED' && nodeId === 'table' ? 'failed' : 'completed',
        attempt: 1,
        iteration: null,
        config: { url: 'https://portal.example/employees' },
        outputs: { url: 'https://portal.example/employees', number: index },
        createdAt: run.createdAt + 50,
        startedAt: run.createdAt + 50,
        updatedAt: run.createdAt + 900,
        completedAt: run.createdAt + 900,
      }))

const insertCounts = async (tx: Query, counts: Map<string, { workflow: SeededWorkflow; state: RunState; count: number }>): Promise<void> => {
  for (const { workflow, state, count } of counts.values()) await tx.insert(runCounts).values({ org: workflow.org, workflowId: workflow.id, state, count })
}

/** @param dataDir of a server that is at work: it looks for open runs only when it starts, so none of these is executed */
export const seedRuns = async (dataDir: string, workflows: readonly SeededWorkflow[], count: number): Promise<void> => {
  const db = openDb(join(dataDir, 'errand.sqlite'))
  const counts = new Map<string, { workflow: SeededWorkflow; state: RunState; count: number }>()
  const first = Date.now() - count * APART_MS
  try {
    for (let from = 0; from < count; from += CHUNK) {
      const indexes = Array.from({ length: Math.min(CHUNK, count - from) }, (_, offset) => from + offset)
      const rows = indexes.map((index) => {
        // The first workflow has half of them all.
        const workflow = workflows[index % 2 === 0 ? 0 : 1 + ((index >> 1) % (workflows.length - 1))]!
        const run = runOf(index, first + index * APART_MS, workflow)
        const key = `${workflow.id} ${run.state}`
        const known = counts.get(key) ?? { workflow, state: run.state, count: 0 }
        counts.set(key, { ...known, count: known.count + 1 })
        return run
      })
      // Writing is synchronous: what else goes on in this process gets its turn here.
      await setImmediate()
      await db.write(async (tx) => {
        await tx.insert(runs).values(rows)
        await tx.insert(activityRuns).values(rows.flatMap(activitiesOf))
      })
    }
    await db.write((tx) => insertCounts(tx, counts))
  } finally {
    await db.close()
  }
}
