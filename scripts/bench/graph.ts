import { execute, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { spreadOf } from './stats.ts'

/** What a node costs in a graph of as many as there may be: one after the other, and as many side by side as possible. */
const NODES = 100
const WARM_UP = 3

const node = (index: number, before: string) => ({ identifier: `n${index}`, config: { type: 'TRANSFORM', value: { number: index, before: `{{ .outputs.${before}.number }}` } } })
const link = (from: number, to: number) => ({ sourceIdentifier: `n${from}`, targetIdentifier: `n${to}` })
const first = { identifier: 'n0', config: { type: 'TRANSFORM', value: { number: 0 } } }
const numbers = Array.from({ length: NODES - 1 }, (_, index) => index + 1)
const last = NODES - 1

const shapes = {
  'in a row': {
    identifier: 'bench_graph_row',
    nodes: [first, ...numbers.map((index) => node(index, `n${index - 1}`))],
    connections: numbers.map((index) => link(index - 1, index)),
  },
  'side by side': {
    identifier: 'bench_graph_wide',
    nodes: [first, ...numbers.map((index) => node(index, 'n0'))],
    connections: numbers.slice(0, -1).flatMap((index) => [link(0, index), link(index, last)]),
  },
}

export const benchGraph = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const figures: Figure[] = []
  for (const [name, definition] of Object.entries(shapes)) {
    const workflowId = await saveWorkflow(server.url, definition)
    const perNode: number[] = []
    say(`graph: ${rounds} runs of ${NODES} nodes ${name}`)
    for (let round = -WARM_UP; round < rounds; round++) {
      const before = performance.now()
      const { activityRuns } = await execute(server.url, workflowId)
      if (round >= 0) perNode.push((performance.now() - before) / NODES)
      if (activityRuns.length !== NODES + 1) throw new Error(`${NODES} nodes and a trigger made ${activityRuns.length} activity runs.`)
    }
    const spread = spreadOf(perNode)
    figures.push({ name: `a node of ${NODES} ${name}`, value: spread.median, unit: 'ms', spread, goal: { most: 3 }, note: 'TRANSFORM, POST /execute to its answer' })
  }
  return figures
}
