import type { Change } from '../db/change.ts'
import type { Memo, Wait } from '../steps/lib/step.ts'
import type { Advance } from './advance.ts'
import { hear } from './arrivals.ts'
import { failureScreenshot } from './failure-screenshot.ts'
import type { NewInputRequest, WaitsFor } from './model/event.ts'
import type { Node } from './model/workflow.ts'
import { accountHash, matchCodes } from './otp-codes.ts'
import type { Scope, Seen } from './run-memory.ts'

export type WaitStart = {
  /**
   * What happens to the node before, in the same record: one that waited is never without what it waits for, such as the pipeline that it started,
   * whatever comes in between.
   */
  before: readonly Change[]
  /** Its config for the worker that claims it, where it may not be shown as it is. */
  sealedConfig: Buffer | undefined
}

/** Lets a node wait: the browser's state is stored with it, so that it can go on after a restart. */
export const waitForNode = async (run: Advance, scope: Scope, node: Node, seen: Seen, on: Wait, start: WaitStart): Promise<void> => {
  await beginWait(run, scope, node, seen, on, start)
  // What it waits for may have come before.
  await hear(run)
}

const beginWait = async (run: Advance, scope: Scope, node: Node, seen: Seen, on: Wait, { before, sealedConfig }: WaitStart): Promise<void> => {
  const { parts } = run
  const waiting = async (waitsFor: WaitsFor, dueAt: number | null, installationId?: string) => {
    seen.waitsFor = waitsFor
    seen.dueAt = dueAt
    const event = { type: 'activity.waiting' as const, activityId: seen.id, waitsFor, dueAt, ...(installationId === undefined ? {} : { installationId }) }
    return { event, sealed: sealedConfig, checkpoint: await run.checkpoint(node, scope.page) }
  }
  switch (on.type) {
    case 'timer':
      seen.memo = on.memo ? (run.memory.secrets.redactor.redact(on.memo) as Memo) : null
      return run.record([...before, await waiting('timer', on.until.getTime()), ...(seen.memo ? [{ event: { type: 'activity.updated' as const, activityId: seen.id, outputs: seen.memo } }] : [])])
    case 'external':
      return run.record([...before, await waiting('external', on.timeoutMs === null ? null : parts.now() + on.timeoutMs, on.installationId)])
    case 'child':
      return run.host.startChild([...before, await waiting('child', null)], seen.id, on.workflow, on.inputs)
    case 'input':
      return ask(run, scope, node, seen, on, [...before, await waiting('input', null)])
  }
}

/** Asks a person: the question, and what the portal shows at that moment. */
const ask = async (run: Advance, scope: Scope, node: Node, seen: Seen, wait: Extract<Wait, { type: 'input' }>, waiting: readonly Change[]): Promise<void> => {
  const { parts, memory, taken } = run
  const { redactor } = memory.secrets
  const screenshotArtifactId = await failureScreenshot(run, scope.page, seen.id, `question-${node.identifier}.png`)
  const request: NewInputRequest = {
    id: parts.newId(),
    activityId: seen.id,
    stepName: node.title ?? node.identifier,
    title: redactor.redactText(wait.title),
    description: wait.description === null ? null : redactor.redactText(wait.description),
    schema: redactor.redact(wait.userInputs),
    buttons: wait.buttons,
    responders: wait.responders,
    screenshotArtifactId,
    account: wait.account === undefined ? null : accountHash(taken.run.org, wait.account),
    expiresAt: parts.now() + wait.timeoutMs,
  }
  await run.record([...waiting, { event: { type: 'input.requested', request } }])
  // Where the code was quicker than the question, the run is not even paused. Others may have waited for one as well.
  if (request.account !== null) for (const runId of await matchCodes(parts, taken.run.org, request.account)) parts.poke(runId)
  // Those who work beside it tell of it.
  run.news.wake()
}
