import type { ListedScheduleJson, ScheduleJson } from '../../server/schedule-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** What starts by itself. */

export type ScheduleList = { schedules: ListedScheduleJson[]; pagination: PaginationJson }
/** Without `cron`: what of a schedule that is there is to change. */
export type ScheduleChange = { cron?: string; timezone?: string; paused?: boolean; overlap?: ScheduleJson['overlap']; catchUp?: ScheduleJson['catchUp']; inputs?: Record<string, unknown> }
export type ScheduleTarget = { kind: 'workflow' | 'job'; id: string }

const pathOf = ({ kind, id }: ScheduleTarget): string => `/api/v1/${kind}s/${encodeURIComponent(id)}/schedule`

export const listSchedules = (client: Client, query: { page?: number; limit?: number }): Promise<ScheduleList> => client.call('GET', '/api/v1/schedules', { query })

export const setSchedule = (client: Client, target: ScheduleTarget, body: ScheduleChange): Promise<ScheduleJson> => client.call('PUT', pathOf(target), { body })

export const deleteSchedule = (client: Client, target: ScheduleTarget): Promise<void> => client.call('DELETE', pathOf(target))

/** The next times at which a workflow starts by itself. */
export const listUpcoming = async (client: Client, workflowId: string): Promise<{ scheduledAt: string; timezone: string; nodeId: string | null }[]> =>
  (await client.call<{ upcomingRuns: { scheduledAt: string; timezone: string; nodeId: string | null }[] }>('GET', `/api/v1/workflows/${encodeURIComponent(workflowId)}/upcoming-runs`, { query: { limit: 3 } })).upcomingRuns
