import { execute, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { spreadOf } from './stats.ts'

/** What a step costs that does nothing: everything around it, the HTTP call and the run's own beginning and end included. */
const NODES = 50
const WARM_UP = 5

const workflow = {
  identifier: 'bench_overhead',
  nodes: [
    { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
    ...Array.from({ length: NODES }, (_, index) => ({
      identifier: `step_${index}`,
      config: { type: 'TRANSFORM', value: { number: index, before: index === 0 ? 'none' : `{{ .outputs.step_${index - 1}.number }}` } },
    })),
  ],
  connections: [],
}

export const benchOverhead = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const workflowId = await saveWorkflow(server.url, workflow)
  const perNode: number[] = []
  say(`overhead: ${rounds} runs of ${NODES} nodes`)
  for (let round = -WARM_UP; round < rounds; round++) {
    const before = performance.now()
    await execute(server.url, workflowId)
    if (round >= 0) perNode.push((performance.now() - before) / NODES)
  }
  const spread = spreadOf(perNode)
  return [{ name: 'a step that does nothing', value: spread.median, unit: 'ms', spread, goal: { most: 3 }, note: `${NODES} TRANSFORM nodes, POST /execute to its answer` }]
}
