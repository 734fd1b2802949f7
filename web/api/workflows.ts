import { workflowTag } from '../../runner/model/workflow-tag.ts'
import type { PaginationJson, WorkflowJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Workflows, their versions, and what they are made of. */

const PATH = '/api/v1/workflows'
const pathOf = (id: string): string => `${PATH}/${encodeURIComponent(id)}`

export type WorkflowList = { workflows: WorkflowJson[]; pagination: PaginationJson }
export type WorkflowVersion = { version: number; createdAt: string; createdByUserId: string | null; isLatest: boolean }
export type Fault = { path: string; code: string; message: string }
export type Figures = { completed: number; failed: number; cancelled: number; medianDurationMs: number | null }
export type WorkflowStats = { days: (Figures & { startsAt: string })[]; total: Figures }
/** JSON Schema, as much of it as forms are made from. */
export type JsonSchema = {
  type?: string | string[]
  title?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  $ref?: string
  $defs?: Record<string, JsonSchema>
  minimum?: number
  maximum?: number
  maxLength?: number
  format?: string
}
export type StepType = { type: string; kind: 'trigger' | 'condition' | 'step'; room: 'triggers' | 'control' | 'browser' | 'integrations'; summary: string; config: JsonSchema }

export const listWorkflows = (client: Client, query: { search?: string | undefined; page?: number; limit?: number } = {}, signal?: AbortSignal): Promise<WorkflowList> => client.call('GET', PATH, { query, signal })

export const getWorkflow = async (client: Client, id: string, version?: number): Promise<WorkflowJson> => (await client.call<{ workflow: WorkflowJson }>('GET', pathOf(id), { query: { version } })).workflow

export const createWorkflow = async (client: Client, definition: unknown): Promise<WorkflowJson> => (await client.call<{ workflow: WorkflowJson }>('POST', PATH, { body: definition })).workflow

/** A new version, made from `seen`. @throws ApiError 412 when that is not the latest any more */
export const replaceWorkflow = async (client: Client, seen: { id: string; version: number }, definition: unknown): Promise<WorkflowJson> =>
  (await client.call<{ workflow: WorkflowJson }>('PUT', pathOf(seen.id), { body: definition, headers: { 'if-match': workflowTag(seen) } })).workflow

export const deleteWorkflow = (client: Client, id: string): Promise<void> => client.call('DELETE', pathOf(id))

export const listVersions = async (client: Client, id: string): Promise<WorkflowVersion[]> => (await client.call<{ versions: WorkflowVersion[] }>('GET', `${pathOf(id)}/versions`)).versions

/** @param of the workflow that it is to be a new version of */
export const validateWorkflow = (client: Client, definition: unknown, of: string | undefined, signal?: AbortSignal): Promise<{ valid: boolean; faults: Fault[] }> =>
  client.call('POST', `${PATH}/validate`, { query: { workflowId: of }, body: definition, signal })

/** Day by day, of the days of this machine's zone. */
export const statsOfWorkflow = (client: Client, id: string, days: number): Promise<WorkflowStats> =>
  client.call('GET', `${pathOf(id)}/stats`, { query: { days, utcOffsetMinutes: -new Date().getTimezoneOffset() } })

export const listStepTypes = async (client: Client): Promise<StepType[]> => (await client.call<{ stepTypes: StepType[] }>('GET', '/api/v1/step-types')).stepTypes

/** What a definition may hold, as the documentation of the API says. */
export const workflowSchema = async (client: Client): Promise<JsonSchema> =>
  (await client.call<{ components: { schemas: { Workflow: JsonSchema } } }>('GET', '/openapi.json')).components.schemas.Workflow

/** What can be sent back of what was given: what the store adds is left out. */
export const definitionOf = ({ id: _id, version: _version, createdByUserId: _by, createdAt: _created, updatedAt: _updated, ...definition }: WorkflowJson): Omit<WorkflowJson, 'id' | 'version' | 'createdByUserId' | 'createdAt' | 'updatedAt'> => definition

/** The address that starts a workflow without an account: what may be known of it. */
export type Hook = { createdAt: string; createdByUserId: string | null }

export const getHook = async (client: Client, id: string): Promise<Hook | null> => (await client.call<{ hook: Hook | null }>('GET', `${pathOf(id)}/hook`)).hook

/** Another address, in place of the one before. @returns what no other call gives; as this server is called here, which need not be what it thinks that it is called */
export const createHook = async (client: Client, id: string): Promise<string> => {
  const { token } = await client.call<{ token: string }>('POST', `${pathOf(id)}/hook`, { body: {} })
  return client.address(`/api/v1/hooks/${token}`)
}

export const deleteHook = (client: Client, id: string): Promise<void> => client.call('DELETE', `${pathOf(id)}/hook`)
