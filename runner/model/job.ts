import type { RunState } from './run.ts'

/**
 * A job is an ordered list of workflows, a job run one execution of it (contract, section 11). A job run goes through its workflows one after
 * the other, each in a run of its own that knows nothing of the others; the first that does not end well halts it.
 */

export const JOB_RUN_STATUSES = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'] as const
export type JobRunStatus = (typeof JOB_RUN_STATUSES)[number]

/** What a job runs, by workflow id. */
export type JobConfig = { workflowExecutionOrder: string[] }

/** The same as it was when the job run was created, with the version of each workflow then. */
export type JobSnapshot = JobConfig & { workflowVersions: number[] }

/** Why a job run failed or was cancelled, and at which of its workflows (`index` from 0); without a run where none could be started. */
export type JobRunError = { code: string; message: string; index: number; workflowId: string; workflowRunId: string | null }

export const isJobRunOver = (status: JobRunStatus): boolean => status !== 'PENDING' && status !== 'IN_PROGRESS'

/** How a job run ends whose workflow run ended in `state`; null when it goes on. A workflow without anything to do counts as done. */
export const haltOf = (state: RunState): 'FAILED' | 'CANCELLED' | null => (state === 'FAILED' || state === 'CANCELLED' ? state : null)
