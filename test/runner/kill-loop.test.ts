import { expect, test } from 'vitest'
import type { Json } from '../harness.ts'
import { irregular, openRestarts, step } from '../restarts.ts'

const KILLS = 3

test(
  `killed ${KILLS} times at moments of chance, a run ends all the same: each node finished once, and the rows tell the same story as the log`,
  async () => {
    await using restarts = await openRestarts()
    const { portal, start, count } = restarts
    const names = Array.from({ length: 6 }, (_, n) => `${n}`)
    const nodes = names.flatMap((name) => [
      count(name),
      step(`page_${name}`, { type: 'NAVIGATE', url: `${portal.url}/slow?ms=60&n=${name}` }),
      step(`note_${name}`, { type: 'EVALUATE', expression: `localStorage.setItem('n', (localStorage.getItem('n') ?? '') + '${name}')` }),
    ])
    let server = await start()
    const runId = await restarts.begin(server, nodes)
    let kills = 0
    for (; kills < KILLS; kills++) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 250))
      if ((await server.get(runId)).workflowRun.completedAt !== null) break
      expect((await server.end('SIGKILL')).signal).toBe('SIGKILL')
      server = await start()
    }
    const { workflowRun, activityRuns } = await server.settled(runId)
    expect(workflowRun.state).toBe('COMPLETED')
    expect(irregular(activityRuns)).toEqual([])
    expect(activityRuns.filter(({ status }) => status === 'completed').map(({ stepId }) => stepId)).toEqual(['trigger', ...nodes.map(({ identifier }) => identifier)])
    // At least once each, in order; more often only where a kill fell between the call and its record.
    expect([...new Set(restarts.counted())]).toEqual(names)
    expect(restarts.counted().length).toBeLessThanOrEqual(names.length + kills)
    expect((await server.end('SIGTERM')).code).toBe(0)
    restarts.inStore((store) => {
      const rows = store.prepare('SELECT id, status FROM activity_runs WHERE run_id = ?').all(runId) as { id: string; status: string }[]
      const told = store.prepare(`SELECT activity_run_id AS id, data FROM events WHERE run_id = ? AND type LIKE 'activity.%' ORDER BY seq`).all(runId) as { id: string; data: string }[]
      const last = new Map(told.map(({ id, data }) => [id, (JSON.parse(data) as Json).status as string]))
      expect(Object.fromEntries(last)).toEqual(Object.fromEntries(rows.map(({ id, status }) => [id, status])))
      expect(store.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
      expect(store.prepare('SELECT state, count FROM run_counts WHERE count <> 0').all()).toEqual([{ state: 'COMPLETED', count: 1 }])
    })
  },
  300_000,
)
