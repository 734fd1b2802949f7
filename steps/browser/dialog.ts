import { z } from 'zod'
import { defineStep, done } from '../lib/step.ts'

export default defineStep({
  summary: 'Say how the next alert, confirm or prompt is answered; put it before the step that opens the dialog.',
  config: z
    .strictObject({
      action: z.enum(['accept', 'dismiss']),
      promptText: z.string().optional().meta({ description: 'What is typed into a prompt.' }),
    })
    .refine(({ action, promptText }) => promptText === undefined || action === 'accept', { path: ['promptText'], error: 'A dismissed dialog takes no text.' }),
  run(context, { action, promptText }) {
    context.answerNextDialog(promptText === undefined ? { action } : { action, promptText })
    return done()
  },
})
