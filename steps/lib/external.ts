import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { done, type StepResult, type Wait, type Wake } from './step.ts'

/** What steps have in common that another system ends: a bound, so that nothing waits for ever, and what to do when it is reached. */

const DAY_MS = 86_400_000

export const timeoutMs = z.int().min(1).max(366 * DAY_MS)

/** Port says here what stands on the node elsewhere: whether the run goes on when the node fails. The runner reads it. */
export const onFailure = z.enum(['terminate', 'continue']).optional()

export const externalFields = {
  /** How long the other system may take in all. */
  timeoutMs: timeoutMs.default(DAY_MS),
  /** `continue`: the node is done all the same, its output is `{timeout: true}`. */
  onTimeout: z.enum(['fail', 'continue']).default('fail'),
  onFailure,
}

type Bound = { timeoutMs?: number | undefined; onTimeout: 'fail' | 'continue' }

export const externalWait = ({ timeoutMs: ms = DAY_MS }: Bound, installationId?: string): Wait => ({ type: 'external', timeoutMs: ms, ...(installationId === undefined ? {} : { installationId }) })

/** What timing out means for the node. @throws Problem `external_timeout` */
export const afterTimeout = ({ timeoutMs: ms = DAY_MS, onTimeout }: Bound, what: string): StepResult => {
  if (onTimeout === 'continue') return done({ timeout: true })
  throw problem('external_timeout', `${what} did not report its end within ${ms} ms.`)
}

/**
 * What the other system's report means for the node.
 * @param what begins the sentence that says why it failed
 * @throws Problem `step_failed`, which is not tried again: the other system has decided; `external_timeout`
 */
export const afterExternal = (wake: Wake, bound: Bound, what: string): StepResult => {
  if (wake.type === 'expired') return afterTimeout(bound, what)
  if (wake.type !== 'external') throw new Error(`What another system does cannot be ended by "${wake.type}".`)
  if (wake.result === 'SUCCESS') return done(wake.output ?? {})
  throw problem('step_failed', wake.message ?? `${what} reported that it ${wake.result === 'FAILED' ? 'failed' : 'was cancelled'}.`, { retryable: false, details: { output: wake.output } })
}
