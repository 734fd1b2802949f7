import { eventTriggerSchema } from '../../runner/model/triggers.ts'
import { defineStep, done } from '../lib/step.ts'

/**
 * Its output is `{action, context: {blueprintIdentifier, entityIdentifier}, diff: {before, after}}`. Only what really differs is an event, so a
 * workflow that writes the entity it was started by comes to rest as soon as it writes the same again.
 */
export default defineStep({
  summary: 'Start a run when an entity is created, changed or deleted, or when a moment in one of its properties comes.',
  kind: 'trigger',
  config: eventTriggerSchema,
  asWritten: ['event', 'condition'],
  /** The run was made with the event, and that is this node's output. */
  run: () => done(),
})
