import { z } from 'zod'
import { defineStep, done } from '../lib/step.ts'

export default defineStep({
  summary: 'Save cookies and storage under a name, so that later runs start logged in.',
  config: z.strictObject({ session: z.string().min(1).max(100).meta({ description: 'The name of the session.' }) }),
  async run(context, { session }) {
    await context.saveSession(session)
    return done({ session })
  },
})
