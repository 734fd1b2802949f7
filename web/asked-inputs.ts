import { useQueries } from '@tanstack/react-query'
import { isTrigger } from '../runner/model/node-kind.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { WorkflowJson } from '../server/wire.ts'
import { getWorkflow } from './api/workflows.ts'
import { client } from './here.ts'

/** What workflows ask whoever starts them for. */
export type Asked = {
  inputs: UserInputs
  /** One of them does not say what it takes, and takes anything. */
  takesAnything: boolean
}

export const ASKS_NOTHING: Asked = { inputs: { properties: {} }, takesAnything: false }

const askedOf = ({ nodes }: Pick<WorkflowJson, 'nodes'>): Asked => {
  const trigger = nodes.find(({ config }) => config.type === 'SELF_SERVE_TRIGGER')
  const inputs = trigger?.config.userInputs as UserInputs | undefined
  return inputs ? { inputs: { ...inputs, properties: inputs.properties ?? {} }, takesAnything: false } : { inputs: { properties: {} }, takesAnything: trigger !== undefined || !nodes.some(isTrigger) }
}

const namesOf = (required: UserInputs['required']): string[] => (Array.isArray(required) ? required : [])

/** Of several: each input once, as the first that asks for it has it. */
const together = (all: readonly Asked[]): Asked => {
  const [only] = all
  if (only && all.length === 1) return only
  return {
    inputs: {
      properties: Object.assign({}, ...all.map(({ inputs }) => inputs.properties).toReversed()) as UserInputs['properties'],
      required: [...new Set(all.flatMap(({ inputs }) => namesOf(inputs.required)))],
    },
    takesAnything: all.some(({ takesAnything }) => takesAnything),
  }
}

/** What these workflows ask for, all together; null until it is known. */
export const useAsked = (workflowIds: readonly string[]): Asked | null =>
  useQueries({
    queries: [...new Set(workflowIds)].map((id) => ({ queryKey: ['workflow', id], queryFn: () => getWorkflow(client, id) })),
    // One that is gone asks for nothing; the API says that it is.
    combine: (results) => (results.some(({ isPending }) => isPending) ? null : together(results.flatMap(({ data }) => (data ? [askedOf(data)] : [])))),
  })
