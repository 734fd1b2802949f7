import { z } from 'zod'
import { defineStep, end } from '../lib/step.ts'

export default defineStep({
  summary: 'End the run because there is nothing to do.',
  config: z.strictObject({ reason: z.string().max(1000).default('There was nothing to do.') }),
  run: (_context, { reason }) => end('no_action', reason),
})
