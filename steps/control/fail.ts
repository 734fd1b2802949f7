import { z } from 'zod'
import { defineStep, end } from '../lib/step.ts'

export default defineStep({
  summary: 'End the run as failed, with a message.',
  config: z.strictObject({ message: z.string().min(1).max(1000) }),
  run: (_context, { message }) => end('failed', message),
})
