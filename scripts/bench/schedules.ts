import { setTimeout as sleep } from 'node:timers/promises'
import { call, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { spreadOf } from './stats.ts'

/** A thousand workflows whose schedules are due in the same second: how late the last of them starts, and whether each starts once. */
const SCHEDULES = 1_000
/** To see how long it takes to set one. */
const SAMPLE = 50
const PATIENCE_MS = 120_000

type Run = { workflowId: string; createdAt: string; startedAt: string | null }

const workflow = (index: number) => ({
  identifier: `bench_schedule_${index}`,
  nodes: [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, { identifier: 'none', config: { type: 'NO_ACTION' } }],
  connections: [],
})

const runsOf = async (url: string): Promise<Run[]> => {
  const runs: Run[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await call(url, 'GET', `/api/v1/workflow-runs?limit=100&cursor=${cursor}`)
    runs.push(...(body.workflowRuns as Run[]))
    cursor = (body.pagination as { nextCursor: string | null }).nextCursor
  }
  return runs
}

const total = async (url: string, status: string): Promise<number> => ((await call(url, 'GET', `/api/v1/workflow-runs?limit=1${status}`)).body.pagination as { total: number }).total

const round = async (url: string, ids: readonly string[], say: (line: string) => void): Promise<{ created: number[]; begun: number[] }> => {
  const before = await total(url, '')
  const set = async (id: string, at: number): Promise<void> => {
    const { status, body } = await call(url, 'PUT', `/api/v1/workflows/${id}/schedule`, { at: new Date(at).toISOString() })
    if (status !== 200) throw new Error(`The schedule was not set: ${JSON.stringify(body)}`)
  }
  const sampledAt = Date.now()
  for (const id of ids.slice(0, SAMPLE)) await set(id, sampledAt + 86_400_000)
  const eachMs = (Date.now() - sampledAt) / SAMPLE
  // Late enough for all to be set before; on the second, as schedules are.
  const dueAt = Math.ceil((Date.now() + 2 * eachMs * ids.length + 5_000) / 1000) * 1000
  for (const id of ids) await set(id, dueAt)
  if (Date.now() > dueAt - 2_000) throw new Error('The schedules were set too late to be due together.')
  say(`schedules: ${ids.length} are due in ${Math.round((dueAt - Date.now()) / 1000)} s`)
  await sleep(dueAt - Date.now() + 5_000)
  for (const until = Date.now() + PATIENCE_MS; (await total(url, '&status=completed')) < before + ids.length && Date.now() < until; ) await sleep(500)
  const runs = (await runsOf(url)).filter(({ createdAt }) => Date.parse(createdAt) >= dueAt)
  const started = new Set(runs.map(({ workflowId }) => workflowId))
  if (runs.length !== ids.length || started.size !== ids.length) throw new Error(`Of ${ids.length} schedules ${started.size} started ${runs.length} runs.`)
  return {
    created: runs.map(({ createdAt }) => Date.parse(createdAt) - dueAt),
    begun: runs.map(({ startedAt }) => Date.parse(startedAt ?? '') - dueAt),
  }
}

export const benchSchedules = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  say(`schedules: saving ${SCHEDULES} workflows`)
  const ids: string[] = []
  for (let index = 0; index < SCHEDULES; index++) ids.push(await saveWorkflow(server.url, workflow(index)))
  const created: number[] = []
  const begun: number[] = []
  for (let index = 0; index < rounds; index++) {
    const taken = await round(server.url, ids, say)
    created.push(...taken.created)
    begun.push(...taken.begun)
  }
  const [starts, turns] = [spreadOf(created), spreadOf(begun)]
  return [
    { name: `${SCHEDULES} schedules due at once, the last is started`, value: starts.max, unit: 'ms', spread: starts, goal: { most: 5_000 }, note: 'from the time they were due to the creation of each run; each started once' },
    { name: 'and the last has had its turn', value: turns.max, unit: 'ms', spread: turns, note: 'a worker took it: how soon depends on MAX_CONCURRENT_RUNS and on what they do' },
  ]
}
