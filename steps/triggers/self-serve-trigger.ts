import { z } from 'zod'
import { formReferences, permissionsSchema } from '../../runner/model/permissions.ts'
import { userInputsSchema } from '../../runner/model/user-inputs.ts'
import { defineStep, done } from '../lib/step.ts'

const buttonText = z.string().max(15).optional()

export default defineStep({
  summary: 'Start a run by a call or a form, with inputs that are checked before the run exists.',
  kind: 'trigger',
  config: z
    .strictObject({
      /** Absent: any inputs. */
      userInputs: userInputsSchema.optional(),
      /** Who may start it; absent: every member; `{}`: admins only. */
      permissions: permissionsSchema.optional(),
      published: z.boolean().default(true),
      contexts: z
        .array(
          z.discriminatedUnion('on', [
            z.strictObject({ on: z.literal('CREATE_ENTITY'), blueprintIdentifier: z.string().min(1).max(100) }),
            z.strictObject({ on: z.literal('ENTITY'), userInput: z.string().min(1).max(100) }),
          ]),
        )
        .max(50)
        .optional(),
      variant: z.enum(['DEFAULT', 'ALERT']).optional(),
      actionCardButtonText: buttonText,
      executeActionButtonText: buttonText,
    })
    .superRefine(({ contexts = [], userInputs, permissions = {} }, report) => {
      contexts.forEach((context, index) => {
        if (context.on !== 'ENTITY' || Object.hasOwn(userInputs?.properties ?? {}, context.userInput)) return
        report.addIssue({ code: 'custom', path: ['contexts', index, 'userInput'], message: `names no input: "${context.userInput}"` })
      })
      // Without declared inputs any may come.
      for (const { path, property } of userInputs ? formReferences(permissions) : [])
        if (!Object.hasOwn(userInputs?.properties ?? {}, property)) report.addIssue({ code: 'custom', path: ['permissions', ...path], message: `names no input: "${property}"` })
    }),
  /** The run was made with its inputs, and they are this node's output. */
  run: () => done(),
})
