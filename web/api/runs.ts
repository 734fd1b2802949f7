import type { RunStatus } from '../../runner/model/run.ts'
import type { PaginationJson, RunDetailJson, RunJson } from '../../server/wire.ts'
import { bodyWith, type Client, type Files } from './client.ts'

/** Workflow runs. */

const PATH = '/api/v1/workflow-runs'

export type RunDetail = RunDetailJson
export type RunList = { workflowRuns: RunJson[]; pagination: PaginationJson }
export type RunCounts = { total: number; counts: Record<RunStatus, number> }
export type RunQuery = { workflowId?: string | undefined; status?: RunStatus | undefined; search?: string | undefined; createdAfter?: string | undefined; page?: number; limit?: number }
export type CancelOutcome = { runId: string; status: 'cancelled' | 'already_completed' | 'not_eligible' | 'not_found' | 'error'; message?: string }

export const listRuns = (client: Client, query: RunQuery, signal?: AbortSignal): Promise<RunList> => client.call('GET', PATH, { query, signal })

/** Of one workflow, or of all. */
export const countRuns = (client: Client, workflowId?: string): Promise<RunCounts> =>
  client.call('GET', `${PATH}/dashboard${workflowId ? `/${encodeURIComponent(workflowId)}` : ''}`)

/** A run as it is now, and the number of the event after which its stream goes on. */
export const getRun = async (client: Client, runId: string, signal?: AbortSignal): Promise<RunDetail & { lastEventId: string | undefined }> => {
  const response = await client.fetch('GET', `${PATH}/${encodeURIComponent(runId)}`, { signal })
  return { ...((await response.json()) as RunDetail), lastEventId: response.headers.get('x-last-event-id') ?? undefined }
}

/** Starts a run. */
/** @param what.trigger which of several is fired */
export const startRun = (client: Client, what: { workflowId: string; trigger?: string }, inputs: Record<string, unknown>, files: Files = {}): Promise<RunJson> =>
  client.call('POST', PATH, { body: bodyWith({ ...what, inputs }, 'inputs', files) })

export const cancelRun = (client: Client, runId: string): Promise<RunJson> => client.call('POST', `${PATH}/${runId}/cancel`, { body: {} })

export const cancelRuns = (client: Client, runIds: string[]): Promise<{ outcomes: CancelOutcome[] }> => client.call('POST', `${PATH}/cancel`, { body: { runIds } })

export type RerunFrom = { fromStepId?: string; fromFailure?: true; version?: 'original' | 'latest'; inputs?: Record<string, unknown> }
export const rerunRun = (client: Client, runId: string, from: RerunFrom = {}, files: Files = {}): Promise<RunJson> =>
  client.call('POST', `${PATH}/${runId}/rerun`, { body: bodyWith(from, 'inputs', files) })

export const streamOfRun = (runId: string): string => `${PATH}/${runId}/stream`
export const streamOfRuns = `${PATH}/stream`
export const screenOfRun = (runId: string): string => `${PATH}/${runId}/screen`
