import type { PaginationJson, WorkflowJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Workflows and their versions. */

export type WorkflowList = { workflows: WorkflowJson[]; pagination: PaginationJson }

export const listWorkflows = (client: Client, query: { search?: string; page?: number; limit?: number } = {}): Promise<WorkflowList> => client.call('GET', '/api/v1/workflows', { query })

export const getWorkflow = async (client: Client, id: string, version?: number): Promise<WorkflowJson> =>
  (await client.call<{ workflow: WorkflowJson }>('GET', `/api/v1/workflows/${encodeURIComponent(id)}`, { query: { version } })).workflow
