import { z } from 'zod'
import { afterExternal, externalFields, externalWait } from '../lib/external.ts'
import { envelope, signatureOf } from '../lib/port-message.ts'
import { defineStep, done, wait } from '../lib/step.ts'

export default defineStep({
  summary: 'Publish a message to Kafka, and wait until whoever reads it reports the end.',
  config: z.strictObject({
    /** Goes out as `{context: {workflowRunId, nodeRunId}, payload}`. */
    payload: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())], { error: 'must be an object or a list' }),
    /** The server's KAFKA_TOPIC when it is not given. */
    topic: z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be 1 to 249 letters, digits, dots, _ or -')
      .optional(),
    /** What keeps messages in order; the run when it is not given. */
    key: z.union([z.string().min(1).max(1000), z.number()]).transform(String).optional(),
    /** False: done when Kafka has it. */
    wait: z.boolean().default(true),
    ...externalFields,
  }),
  async run(context, config) {
    const { payload, topic, key = context.ids.workflowRunId, wait: waits } = config
    const value = JSON.stringify(envelope(context, payload))
    const published = await context.publish({ topic, key, value, headers: { ...signatureOf(context, value) } })
    context.log('INFO', `Published to ${published.topic}, partition ${published.partition}, offset ${published.offset}.`)
    return waits ? wait(externalWait(config)) : done(published)
  },
  resume: (_context, config, wake) => afterExternal(wake, config, 'Whoever reads the topic'),
})
