import { z } from 'zod'
import { afterExternal, externalFields, externalWait } from '../lib/external.ts'
import { defineStep, wait } from '../lib/step.ts'

const name = z.string().min(1).max(200)

export default defineStep({
  summary: 'Leave the work to an integration that asks for it, and wait until it reports the end.',
  config: z.strictObject({
    /** The worker that may claim it. */
    installationId: name,
    integrationProvider: name.optional(),
    integrationInvocationType: name.optional(),
    /** Whatever the worker needs; it alone knows what that is. */
    integrationActionExecutionProperties: z.record(z.string(), z.unknown()).default({}),
    ...externalFields,
  }),
  run: (_context, config) => wait(externalWait(config, config.installationId)),
  resume: (_context, config, wake) => afterExternal(wake, config, `The integration ${config.installationId}`),
})
