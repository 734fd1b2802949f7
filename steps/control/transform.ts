import { z } from 'zod'
import { defineStep, done } from '../lib/step.ts'

export default defineStep({
  summary: 'Make a value from the outputs of earlier nodes.',
  config: z.strictObject({ value: z.unknown() }),
  run: (_context, { value }) => done(typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value }),
})
