import type { StoredWorkflow } from '../db/workflows.ts'
import { isPublished, selfServeTrigger, selfServeTriggers, whyNoCallStarts } from '../runner/model/node-kind.ts'
import { problem } from '../runner/model/problem.ts'
import type { Node } from '../runner/model/workflow.ts'

/**
 * The trigger that a call fires.
 * @param named the one that it asks for; otherwise the first that is for calls, and published
 * @throws Problem `conflict` when there is none, or the one asked for is not published; `invalid_request` when that is none of those for calls
 */
export const triggerForCall = ({ row, definition }: StoredWorkflow, named?: string): Node => {
  if (named === undefined) {
    const trigger = selfServeTrigger(definition)
    if (!trigger) throw problem('conflict', `The workflow ${row.identifier} ${whyNoCallStarts(definition)}.`)
    return trigger
  }
  const trigger = selfServeTriggers(definition).find(({ identifier }) => identifier === named)
  if (!trigger)
    throw problem('invalid_request', `The workflow ${row.identifier} has no self-serve trigger "${named}".`, { details: [{ path: 'trigger', code: 'unknown_trigger', message: 'must be a self-serve trigger of the workflow' }] })
  if (!isPublished(trigger)) throw problem('conflict', `The trigger "${named}" of the workflow ${row.identifier} is not published.`)
  return trigger
}
