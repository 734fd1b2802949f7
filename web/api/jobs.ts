import type { JobJson, JobRunJson } from '../../server/job-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Jobs: workflows that run one after the other. */

export type JobList = { jobs: JobJson[]; pagination: PaginationJson }
export type JobRunList = { jobRuns: JobRunJson[]; pagination: PaginationJson }
export type SaveJob = { name: string; jobConfigJson: { workflowExecutionOrder: string[] }; inputs?: Record<string, unknown> }

const JOBS = '/api/v1/jobs'
const RUNS = '/api/v1/job-runs'

export const listJobs = (client: Client, query: { search?: string | undefined; page?: number; limit?: number }): Promise<JobList> => client.call('GET', JOBS, { query })

export const getJob = (client: Client, id: string): Promise<JobJson> => client.call('GET', `${JOBS}/${id}`)

export const createJob = (client: Client, body: SaveJob): Promise<JobJson> => client.call('POST', JOBS, { body })

export const changeJob = (client: Client, id: string, body: Partial<SaveJob>): Promise<JobJson> => client.call('PATCH', `${JOBS}/${id}`, { body })

export const deleteJob = (client: Client, id: string): Promise<void> => client.call('DELETE', `${JOBS}/${id}`)

export const startJob = (client: Client, jobId: string, inputs?: Record<string, unknown>): Promise<JobRunJson> => client.call('POST', RUNS, { body: { jobId, ...(inputs && { inputs }) } })

export const listJobRuns = (client: Client, query: { jobId?: string; page?: number; limit?: number }): Promise<JobRunList> => client.call('GET', RUNS, { query })

export const getJobRun = (client: Client, id: string): Promise<JobRunJson> => client.call('GET', `${RUNS}/${id}`)

export const cancelJobRun = (client: Client, id: string): Promise<JobRunJson> => client.call('POST', `${RUNS}/${id}/cancel`, { body: {} })

export const rerunJobRun = (client: Client, id: string, from: { fromFailure?: true; fromIndex?: number }): Promise<JobRunJson> => client.call('POST', `${RUNS}/${id}/rerun`, { body: from })
