import { z } from 'zod'
import { listSchedules } from '../../db/schedules.ts'
import { cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { listedScheduleWire, toListedSchedule } from '../schedule-wire.ts'
import { paginationWire } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/schedules',
  tag: 'Schedules',
  summary: 'List the schedules of workflows and jobs and the schedule triggers, the next first.',
  allow: 'viewer',
  query: z.object({
    kind: z.enum(['workflow', 'job', 'trigger']).optional(),
    paused: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional()
      .meta({ type: 'boolean' }),
    ...pageQuery,
  }),
  answers: { 200: { description: 'A page of schedules.', schema: z.object({ schedules: z.array(listedScheduleWire), pagination: paginationWire }) } },
  handle: async ({ db, clock }, { query, caller }) => {
    const { kind, paused } = query
    const { limit, offset } = readPage(query)
    const { schedules, total } = await listSchedules(db, caller.org, { kind, paused }, { limit, offset })
    const now = clock.now()
    const { entries, pagination } = cutPage(query, total, schedules, ({ schedule }) => schedule.targetId)
    return { status: 200, body: { schedules: entries.map((view) => toListedSchedule(view, now)), pagination } }
  },
})
