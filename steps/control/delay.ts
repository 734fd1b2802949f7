import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { defineStep, done, type StepContext, wait } from '../lib/step.ts'

const YEAR_MS = 366 * 86_400_000

const ended = ({ now }: StepContext) => done({ endedAt: now().toISOString() })

export default defineStep({
  summary: 'Wait for a length of time, or until a moment.',
  config: z
    .strictObject({
      ms: z.int().min(0).max(YEAR_MS).optional(),
      /** With its offset: `2026-03-01T08:00:00Z`. A moment in the past waits for nothing. */
      until: z.string().min(1).max(100).optional(),
    })
    .refine(({ ms, until }) => (ms === undefined) !== (until === undefined), 'must have either ms or until'),
  run(context, { ms, until }) {
    const now = context.now().getTime()
    // Checked here and not in the schema, because it may be a template until now.
    if (until !== undefined && !z.iso.datetime({ offset: true }).safeParse(until).success) {
      throw problem('validation_failed', `until must be a date and time with its offset, such as 2026-03-01T08:00:00Z; it is "${until}".`)
    }
    const end = until === undefined ? now + (ms ?? 0) : Date.parse(until)
    if (end - now > YEAR_MS) throw problem('validation_failed', `until must not be more than a year away; it is ${until}.`)
    return end > now ? wait({ type: 'timer', until: new Date(end) }) : ended(context)
  },
  resume: ended,
})
