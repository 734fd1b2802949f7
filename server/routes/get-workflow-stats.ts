import { z } from 'zod'
import { statsOfWorkflow, type DayOfRuns } from '../../db/run-stats.ts'
import { getWorkflow } from '../../db/workflows.ts'
import { viewerOf } from '../caller.ts'
import { shown, whole } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { iso } from '../json-fields.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

const figures = {
  completed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  medianDurationMs: z.int().nullable().meta({ description: 'Of those that completed; null where none did. Pauses count.' }),
}

const sum = (days: readonly DayOfRuns[], status: 'completed' | 'failed' | 'cancelled'): number => days.reduce((total, { counts }) => total + (counts[status] ?? 0), 0)

const toFigures = (days: readonly DayOfRuns[], medianMs: number | null) => ({ completed: sum(days, 'completed'), failed: sum(days, 'failed'), cancelled: sum(days, 'cancelled'), medianDurationMs: medianMs })

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId/stats',
  tag: 'Workflows',
  summary: 'Count how the runs of a workflow ended, and how long they took, day by day.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  query: z.object({
    days: whole(1, 366).default(30).meta(shown(1, 366, 'As many days, today included; 30 when not given.')),
    utcOffsetMinutes: z
      .string()
      .regex(/^[+-]?\d{1,3}$/, 'must be minutes from -840 to 840')
      .transform(Number)
      .pipe(z.number().min(-840).max(840))
      .default(0)
      .meta({ type: 'integer', minimum: -840, maximum: 840, pattern: undefined, description: 'Where days begin: 60 is an hour before UTC.' }),
  }),
  answers: {
    200: {
      description: 'Every day, the latest last, and all of them together.',
      schema: z.object({ workflowId: z.uuid(), days: z.array(z.object({ startsAt: z.iso.datetime(), ...figures })), total: z.object(figures) }),
    },
  },
  handle: async ({ db, clock }, { params, query, caller }) => {
    const { row } = await getWorkflow(db, caller.org, params.workflowId)
    const offsetMs = query.utcOffsetMinutes * MINUTE_MS
    const today = Math.floor((clock.now() + offsetMs) / DAY_MS) * DAY_MS - offsetMs
    const sinceMs = today - (query.days - 1) * DAY_MS
    const stats = await statsOfWorkflow(db, viewerOf(caller), { workflowId: row.id, sinceMs, offsetMs })
    const days = Array.from({ length: query.days }, (_, index) => {
      const startMs = sinceMs + index * DAY_MS
      const found = stats.days.filter((day) => day.startMs === startMs)
      return { startsAt: iso(startMs), ...toFigures(found, found[0]?.medianMs ?? null) }
    })
    return { status: 200, body: { workflowId: row.id, days, total: toFigures(stats.days, stats.medianMs) } }
  },
})
