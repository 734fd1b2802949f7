import { scheduleTriggerSchema } from '../../runner/model/triggers.ts'
import { cronFault } from '../lib/cron.ts'
import { defineStep, done } from '../lib/step.ts'

/** Its output is `{scheduledAt}` and the inputs. After a stop of the server the latest time that was missed is made up for, once. */
export default defineStep({
  summary: 'Start a run at times that a cron pattern gives.',
  kind: 'trigger',
  config: scheduleTriggerSchema.superRefine(({ cron }, report) => {
    const fault = cronFault(cron)
    if (fault !== null) report.addIssue({ code: 'custom', path: ['cron'], message: fault })
  }),
  asWritten: ['inputs'],
  /** The run was made with the inputs, and they are this node's output. */
  run: () => done(),
})
