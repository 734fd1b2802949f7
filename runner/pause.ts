import type { Wait } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { failureScreenshot } from './failure-screenshot.ts'
import type { NewActivity, NewInputRequest } from './model/event.ts'
import type { Node } from './model/workflow.ts'

/** Asks a person: the question, what the portal shows at that moment, and the browser's state, so that the answer can come after a restart. */
export const pauseForInput = async (run: Advance, activity: NewActivity, node: Node, wait: Extract<Wait, { type: 'input' }>): Promise<void> => {
  const { parts, memory } = run
  const { redactor } = memory.secrets
  const screenshotArtifactId = await failureScreenshot(run, activity.id, `question-${node.identifier}.png`)
  const request: NewInputRequest = {
    id: parts.newId(),
    activityId: activity.id,
    stepName: node.title ?? node.identifier,
    title: redactor.redactText(wait.title),
    description: wait.description === null ? null : redactor.redactText(wait.description),
    schema: redactor.redact(wait.userInputs),
    buttons: wait.buttons,
    responders: wait.responders,
    screenshotArtifactId,
    expiresAt: parts.now() + wait.timeoutMs,
  }
  await run.record([{ event: { type: 'activity.waiting', activityId: activity.id, dueAt: null }, checkpoint: await run.checkpoint(node) }, { event: { type: 'input.requested', request } }])
  const now = parts.now()
  run.taken.inputRequests.push({
    ...request,
    org: run.taken.run.org,
    runId: run.runId,
    workflowId: run.taken.run.workflowId,
    workflowName: run.taken.run.workflowName,
    activityRunId: activity.id,
    schema: request.schema as Record<string, unknown>,
    buttons: wait.buttons,
    responders: wait.responders,
    status: 'pending',
    values: null,
    sealedValues: null,
    button: null,
    comments: null,
    answeredBy: null,
    answeredAt: null,
    createdAt: now,
    updatedAt: now,
  })
}
