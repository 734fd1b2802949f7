import { expect, test } from 'vitest'
import type { Json } from '../harness.ts'
import { openRestarts } from '../restarts.ts'

const KILLS = 4
const WORKFLOWS = 8

test(
  `killed ${KILLS} times at moments of chance, a job run starts each of its workflows once, in its order, and ends`,
  async () => {
    await using restarts = await openRestarts()
    const { start, count } = restarts
    let server = await start()
    const order: string[] = []
    for (let place = 0; place < WORKFLOWS; place++)
      order.push((await server.call('POST', '/api/v1/workflows', { identifier: `w-${place}`, nodes: [count(`${place}`), { identifier: 'rest', config: { type: 'DELAY', ms: 40 } }] })).body.workflow.id)
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
      expect(store.prepare('SELECT count(*) AS runs FROM runs').get()).toEqual({ runs: WORKFLOWS })
      expect(store.prepare('SELECT type FROM job_run_events ORDER BY seq').all()).toEqual([{ type: 'job_run.started' }, { type: 'job_run.completed' }])
    })
  },
  120_000,
)
