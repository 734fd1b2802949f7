import type { ListedScheduleJson, ScheduleJson } from '../../server/schedule-wire.ts'
import type { PaginationJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** What starts by itself. */

export type ScheduleList = { schedules: ListedScheduleJson[]; pagination: PaginationJson }
/** Without `cron`: what of a schedule that is there is to change. */
export type ScheduleChange = { cron?: string; at?: string; timezone?: string; paused?: boolean; overlap?: ScheduleJson['overlap']; catchUp?: ScheduleJson['catchUp']; inputs?: Record<string, unknown> }
export type ScheduleTarget = { kind: 'workflow' | 'job'; id: string }

const pathOf = ({ kind, id }: ScheduleTarget): string => `/api/v1/${kind}s/${encodeURIComponent(id)}/schedule`

export const listSchedules = (client: Client, query: { page?: number; limit?: number }): Promise<ScheduleList> => client.call('GET', '/api/v1/schedules', { query })

export const setSchedule = (client: Client, target: ScheduleTarget, body: ScheduleChange): Promise<ScheduleJson> => client.call('PUT', pathOf(target), { body })

export const deleteSchedule = (client: Client, target: ScheduleTarget): Promise<void> => client.call('DELETE', pathOf(target))

/** When a schedule would start something, or why it would not. */
export type CheckedTimes = { valid: boolean; faults: { path: string; message: string }[]; nextRuns: string[] }
export const checkTimes = (client: Client, times: { cron?: string; at?: string; timezone: string }, signal?: AbortSignal): Promise<CheckedTimes> => client.call('POST', '/api/v1/schedules/validate', { body: times, signal })

/** The next times at which something starts by itself. */
export const listUpcoming = async (client: Client, { kind, id }: ScheduleTarget): Promise<{ scheduledAt: string; timezone: string; nodeId: string | null }[]> =>
  (await client.call<{ upcomingRuns: { scheduledAt: string; timezone: string; nodeId: string | null }[] }>('GET', `/api/v1/${kind}s/${encodeURIComponent(id)}/upcoming-runs`, { query: { limit: 3 } })).upcomingRuns
