import { useQueries, type QueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { selfServeTrigger } from '../runner/model/node-kind.ts'
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

const askedOf = (workflow: Pick<WorkflowJson, 'nodes'>): Asked => {
  const trigger = selfServeTrigger(workflow)
  const inputs = trigger?.config.userInputs as UserInputs | undefined
  return inputs ? { inputs: { ...inputs, properties: inputs.properties ?? {} }, takesAnything: false } : { inputs: { properties: {} }, takesAnything: trigger !== null }
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

const lookedUp = (id: string) => ({ queryKey: ['workflow', id], queryFn: () => getWorkflow(client, id) })

/** The same, looked up once. One that is gone asks for nothing; the API says that it is. */
export const lookUpAsked = async (queries: QueryClient, workflowIds: readonly string[]): Promise<Asked> => {
  const found = await Promise.all([...new Set(workflowIds)].map((id) => queries.fetchQuery({ ...lookedUp(id), retry: false }).catch(() => null)))
  return together(found.flatMap((workflow) => (workflow ? [askedOf(workflow)] : [])))
}

/** What these workflows ask for, all together; null until it is known. While another one is looked at it stays what it was: nobody's typing is lost. */
export const useAsked = (workflowIds: readonly string[]): Asked | null => {
  const last = useRef<Asked | null>(null)
  const known = useQueries({
    queries: [...new Set(workflowIds)].map(lookedUp),
    combine: (results) => (results.some(({ isPending }) => isPending) ? null : together(results.flatMap(({ data }) => (data ? [askedOf(data)] : [])))),
  })
  last.current = known ?? last.current
  return last.current
}
