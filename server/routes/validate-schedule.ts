import { z } from 'zod'
import { iso } from '../json-fields.ts'
import { defineRoute } from '../route.ts'
import { checkTimes } from '../schedule-body.ts'
import { upcomingOf } from '../schedule-times.ts'
import { faultWire } from '../wire.ts'

const NEXT = 5

export default defineRoute({
  method: 'post',
  path: '/api/v1/schedules/validate',
  tag: 'Schedules',
  summary: 'Check when a schedule would start something, while it is written; nothing is stored.',
  allow: 'viewer',
  readsOnly: true,
  body: z.strictObject({ cron: z.string().optional(), at: z.string().optional(), timezone: z.string().optional() }).meta({ id: 'ScheduleTimes', description: 'As a schedule has them, right or wrong.' }),
  answers: { 200: { description: 'All faults, none when it is valid; and the next five times.', schema: z.object({ valid: z.boolean(), faults: z.array(faultWire), nextRuns: z.array(z.iso.datetime()) }) } },
  handle: async ({ clock }, { body }) => {
    const now = clock.now()
    const checked = checkTimes(body, now)
    if ('faults' in checked) return { status: 200, body: { valid: false, faults: checked.faults, nextRuns: [] } }
    return { status: 200, body: { valid: true, faults: [], nextRuns: upcomingOf(checked.terms, now, NEXT).map(iso) } }
  },
})
