import { expect, test } from 'vitest'
import type { Json } from '../harness.ts'
import { openRestarts } from '../restarts.ts'

const KILLS = 2
const WORKFLOWS = 8

test(
  `killed ${KILLS} times at moments of chance, a job run starts each of its workflows once, in its order, and ends; a schedule misses no second and doubles none`,
  async () => {
    await using restarts = await openRestarts()
    const { start, count } = restarts
    let server = await start()
    const order: string[] = []
    for (let place = 0; place < WORKFLOWS; place++)
      order.push((await server.call('POST', '/api/v1/workflows', { identifier: `w-${place}`, nodes: [count(`${place}`), { identifier: 'rest', config: { type: 'DELAY', ms: 40 } }] })).body.workflow.id)
    const everySecond = { identifier: 'tick', config: { type: 'SCHEDULE_TRIGGER', cron: '* * * * * *', overlap: 'allow', catchUp: 'all' } }
    const { body: ticking } = await server.call('POST', '/api/v1/workflows', { identifier: 'ticks', nodes: [everySecond, { identifier: 'none', config: { type: 'NO_ACTION' } }] })
    const { body: job } = await server.call('POST', '/api/v1/jobs', { name: 'Month end', jobConfigJson: { workflowExecutionOrder: order } })
    const { body: begun } = await server.call('POST', '/api/v1/job-runs', { jobId: job.id })
    const now = async (): Promise<Json> => (await server.call('GET', `/api/v1/job-runs/${begun.id}`)).body
    for (let kills = 0; kills < KILLS && (await now()).completedAt === null; kills++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      expect((await server.end('SIGKILL')).signal).toBe('SIGKILL')
      server = await start()
    }
    let ended = await now()
    while (ended.completedAt === null) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      ended = await now()
    }
    expect(ended).toMatchObject({ status: 'COMPLETED', error: null })
    expect(ended.workflowRuns.map(({ workflowId, state }: Json) => `${workflowId} ${state}`)).toEqual(order.map((id) => `${id} COMPLETED`))
    const times = ended.workflowRuns.flatMap(({ createdAt, completedAt }: Json) => [createdAt, completedAt]) as string[]
    expect(times).toEqual([...times].sort())
    expect([...new Set(restarts.counted())]).toEqual(order.map((_id, place) => `${place}`))
    expect((await server.end('SIGTERM')).code).toBe(0)
    restarts.inStore((store) => {
      expect(store.prepare('SELECT count(*) AS runs FROM runs WHERE job_run_id IS NOT NULL').get()).toEqual({ runs: WORKFLOWS })
      const ticks = store.prepare(`SELECT json_extract(inputs, '$.scheduledAt') AS at FROM runs WHERE workflow_id = ? ORDER BY 1`).all(ticking.workflow.id) as { at: string }[]
      const seconds = ticks.map(({ at }) => Date.parse(at) / 1000)
      expect(seconds.length).toBeGreaterThan(1)
      expect(seconds).toEqual(seconds.map((_second, index) => seconds[0]! + index))
      expect(store.prepare('SELECT type FROM job_run_events ORDER BY seq').all()).toEqual([{ type: 'job_run.started' }, { type: 'job_run.completed' }])
    })
  },
  120_000,
)
