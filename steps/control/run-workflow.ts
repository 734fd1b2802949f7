import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { defineStep, done, wait } from '../lib/step.ts'

export default defineStep({
  summary: 'Start a run of another workflow, and wait for its end.',
  config: z.strictObject({
    /** UUID or identifier. */
    workflow: z.string().min(1).max(100),
    inputs: z.record(z.string(), z.unknown()).default({}),
    wait: z.boolean().default(true),
  }),
  async run({ startRun }, { workflow, inputs, wait: waits }) {
    if (waits) return wait({ type: 'child', workflow, inputs })
    return done(await startRun(workflow, inputs))
  },
  resume(_context, { workflow }, wake) {
    if (wake.type !== 'external') throw problem('external_timeout', `The run of ${workflow} did not end in time.`)
    if (wake.result !== 'SUCCESS') throw problem('step_failed', wake.message ?? `The run of ${workflow} ${wake.result === 'FAILED' ? 'failed' : 'was cancelled'}.`, { retryable: false, details: wake.output })
    return done(wake.output)
  },
})
