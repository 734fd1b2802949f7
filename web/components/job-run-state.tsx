import type { JobRunStatus } from '../../runner/model/job.ts'
import { StateMark } from './state.tsx'

const STATES: Record<JobRunStatus, [status: string, words: string]> = { PENDING: ['scheduled', 'Scheduled'], IN_PROGRESS: ['running', 'Running'], COMPLETED: ['completed', 'Completed'], FAILED: ['failed', 'Failed'], CANCELLED: ['cancelled', 'Cancelled'] }

/** A job run that asks somebody something waits, whatever its status is called. */
export const JobRunState = ({ status, isAsking }: { status: JobRunStatus; isAsking: boolean }) =>
  isAsking ? <StateMark status="waiting">Waits for a person</StateMark> : <StateMark status={STATES[status][0]}>{STATES[status][1]}</StateMark>
