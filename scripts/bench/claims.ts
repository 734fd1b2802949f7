import { call, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { spreadOf } from './stats.ts'

/** Workers that ask for nodes and acknowledge each, over HTTP: how many a second one server hands out, and whether any twice. */
const RUNS = 1_000
const WORKERS = 10
const SOURCES = 4
const INSTALLATION = 'bench'

const workflow = (index: number) => ({
  identifier: `bench_claims_${index}`,
  nodes: [{ identifier: 'ask', config: { type: 'INTEGRATION_ACTION', installationId: INSTALLATION, integrationActionExecutionProperties: { repo: 'r', text: 'x'.repeat(200) } } }],
})

/** Resolves when so many runs wait for a worker. */
const fill = async (url: string, workflowIds: readonly string[]): Promise<void> => {
  let started = 0
  const start = async (): Promise<void> => {
    while (started < RUNS) {
      const { status, body } = await call(url, 'POST', '/api/v1/workflow-runs', { workflowId: workflowIds[started++ % workflowIds.length] })
      if (status !== 202) throw new Error(`A run was not started: ${JSON.stringify(body)}`)
    }
  }
  await Promise.all(Array.from({ length: 4 }, start))
  for (;;) {
    const { body } = await call(url, 'GET', '/api/v1/workflow-runs?state=AWAITING_EXTERNAL&limit=1')
    if ((body.pagination as { total: number }).total >= RUNS) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Empties the queue. @returns claims a second, each acknowledged */
const empty = async (url: string, limit: number): Promise<number> => {
  const got: string[] = []
  const work = async (): Promise<void> => {
    for (;;) {
      const { body } = await call(url, 'POST', '/v1/workflows/runs/claim-pending', { installationId: INSTALLATION, limit })
      const claimed = (body.nodeRuns as { identifier: string }[]).map(({ identifier }) => identifier)
      if (claimed.length === 0) return
      for (const nodeRunIdentifier of claimed) {
        const { status } = await call(url, 'PATCH', '/v1/workflows/runs/ack', { nodeRunIdentifier })
        if (status !== 200) throw new Error(`An acknowledgement was answered ${status}.`)
        got.push(nodeRunIdentifier)
      }
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: WORKERS }, work))
  const seconds = (performance.now() - began) / 1000
  if (got.length !== RUNS || new Set(got).size !== RUNS) throw new Error(`${RUNS} nodes waited; ${got.length} were handed out, ${new Set(got).size} different ones.`)
  return RUNS / seconds
}

export const benchClaims = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const workflowIds: string[] = []
  for (let index = 0; index < SOURCES; index++) workflowIds.push(await saveWorkflow(server.url, workflow(index)))
  const figures: Figure[] = []
  for (const [name, limit] of [['in batches of 25', 25], ['one by one', 1]] as const) {
    const rates: number[] = []
    for (let round = 0; round < rounds; round++) {
      say(`claims ${name}: ${RUNS} runs that wait, round ${round + 1} of ${rounds}`)
      await fill(server.url, workflowIds)
      rates.push(await empty(server.url, limit))
      for (const workflowId of workflowIds) await call(server.url, 'POST', '/api/v1/workflow-runs/cancel', { workflowId })
    }
    const spread = spreadOf(rates)
    figures.push({ name: `claims ${name}`, value: spread.median, unit: '/s', spread, goal: { least: 500 }, note: `${WORKERS} workers, each claim acknowledged, none handed out twice` })
  }
  return figures
}
