import type { WorkflowJson } from '../server/wire.ts'

type Nodes = { identifier: string; config: { type: string; nodes?: unknown } }[]

const collect = (nodes: Nodes, found: Map<string, string>): Map<string, string> => {
  for (const { identifier, config } of nodes) {
    found.set(identifier, config.type)
    if (Array.isArray(config.nodes)) collect(config.nodes as Nodes, found)
  }
  return found
}

/** The step type of every node, those inside of loops too. */
export const stepTypesOf = (definition: Pick<WorkflowJson, 'nodes'>): ReadonlyMap<string, string> => collect(definition.nodes, new Map())
