import { call, saveWorkflow } from './api.ts'
import { startServer, type Child } from './child.ts'
import type { Figure } from './figure.ts'
import { processTree } from './process-tree.ts'
import { spreadOf } from './stats.ts'

/** A loop without browser work: what an item costs, and whether the run can still be looked at and followed when it is done. */
const ITEMS = 1_000

const workflow = {
  identifier: 'bench_loop',
  nodes: [
    { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
    {
      identifier: 'each',
      config: {
        type: 'FOR_EACH',
        items: `{{ [range(${ITEMS})] }}`,
        nodes: [{ identifier: 'round', config: { type: 'TRANSFORM', value: { number: '{{ .item }}', index: '{{ .index }}', text: 'x'.repeat(100) } } }],
      },
    },
  ],
  connections: [],
}

const megabytes = ({ pid }: Child): number => (processTree(pid).find((found) => found.pid === pid)?.rssBytes ?? 0) / 1024 ** 2

const timed = async <T>(into: number[], work: () => Promise<T>): Promise<T> => {
  const before = performance.now()
  const result = await work()
  into.push(performance.now() - before)
  return result
}

/** Reads a stream to its end. @returns how many events it had */
const replay = async (url: string, runId: string): Promise<number> => {
  const text = await (await fetch(`${url}/api/v1/workflow-runs/${runId}/stream`)).text()
  return text.split('\nid: ').length
}

export const benchLoop = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const workflowId = await saveWorkflow(server.url, workflow)
  const [runs, gets, pages, replays]: [number[], number[], number[], number[]] = [[], [], [], []]
  const before = megabytes(server)
  let bytes = 0
  for (let round = -1; round < rounds; round++) {
    say(`loop: ${ITEMS} items, ${round < 0 ? 'to warm up' : `round ${round + 1} of ${rounds}`}`)
    const { status, body } = await timed(runs, () => call(server.url, 'POST', '/api/v1/workflow-runs/execute', { workflowId }))
    if (status !== 200 || body.success !== true) throw new Error(`The loop failed: ${JSON.stringify(body).slice(0, 1000)}`)
    const { id } = body.workflowRun as { id: string }
    const path = `/api/v1/workflow-runs/${id}`
    for (let look = 0; look < 5; look++) bytes = JSON.stringify((await timed(gets, () => call(server.url, 'GET', path))).body).length
    for (let look = 0; look < 5; look++) await timed(pages, () => call(server.url, 'GET', `${path}/activity-runs?limit=100&page=${look + 2}`))
    const events = await timed(replays, () => replay(server.url, id))
    if (events < 2 * ITEMS) throw new Error(`The log of ${ITEMS} rounds has ${events} events.`)
    if (round < 0) for (const list of [runs, gets, pages, replays]) list.length = 0
  }
  const [item, get, page, log] = [runs.map((ms) => ms / ITEMS), gets, pages, replays].map(spreadOf) as [ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>, ReturnType<typeof spreadOf>]
  return [
    { name: 'an item of a loop', value: item.median, unit: 'ms', spread: item, goal: { most: 5 }, note: `${ITEMS} items, one TRANSFORM each, POST /execute to its answer` },
    { name: 'GET of that run', value: get.median, unit: 'ms', spread: get, note: `${(bytes / 1024).toFixed(0)} KB` },
    { name: 'a page of 100 of its activity runs', value: page.median, unit: 'ms', spread: page },
    { name: 'its whole event log as a stream', value: log.median, unit: 'ms', spread: log },
    { name: 'resident memory, before', value: before, unit: 'MB' },
    { name: `resident memory, after ${rounds + 1} such runs`, value: megabytes(server), unit: 'MB' },
  ]
}
