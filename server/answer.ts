import { z } from 'zod'
import { answerInputRequest, getInputRequest, type InputRequestView } from '../db/input-requests.ts'
import { getRun } from '../db/runs.ts'
import { checkInputs } from '../runner/inputs.ts'
import { problem } from '../runner/model/problem.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { shownInputs } from '../runner/new-run.ts'
import { viewerOf, type Caller } from './caller.ts'
import { givenInputs, settleFiles } from './given-inputs.ts'
import { isListed } from './permissions.ts'
import type { Services } from './start.ts'

export const answerBody = z
  .strictObject({
    values: givenInputs.default({}),
    button: z.string().max(100).optional(),
    comments: z.string().max(10_000).optional(),
  })
  .meta({ id: 'AnswerInputRequest' })

/** Whether the question is for this caller: for anybody who may answer at all, unless it names users, roles or teams. @throws Problem `not_allowed` */
export const assertResponder = (caller: Caller, { request: { responders } }: InputRequestView): void => {
  if (Object.values(responders ?? {}).every((named) => named.length === 0)) return
  if (caller.role === 'admin' || isListed(responders ?? {}, caller)) return
  throw problem('not_allowed', 'This question is for others to answer.')
}

/** @throws Problem `gone` when the time to answer is over, `conflict` when it was answered, or its run has ended */
export const assertOpenQuestion = ({ request }: InputRequestView, now: number): void => {
  if (request.status === 'expired' || (request.status === 'pending' && request.expiresAt <= now)) throw problem('gone', 'The time to answer this question is over.')
  if (request.status !== 'pending') throw problem('conflict', `This question was ${request.status} already.`)
}

type Given = { values: Record<string, unknown>; button?: string | undefined; comments?: string | undefined }

/**
 * Takes an answer of somebody who may give it; the run goes on by itself. Only the first answer counts.
 * @param coerce whether texts stand for other types, as in forms
 * @throws Problem `invalid_request`, `conflict`, `gone`
 */
export const takeAnswer = async (services: Services, caller: Caller, { request }: InputRequestView, body: Given, { coerce }: { coerce: boolean }): Promise<InputRequestView> => {
  const { db, followers, engine, seal, jq, clock } = services
  const buttons = request.buttons.map(({ identifier }) => identifier)
  if (body.button !== undefined && !buttons.includes(body.button))
    throw problem('invalid_request', `There is no button "${body.button}".`, { details: [{ path: 'button', code: 'invalid_value', message: `must be one of: ${buttons.join(', ') || 'none, the question has no buttons'}` }] })
  if (body.button === undefined && buttons.length > 0)
    throw problem('invalid_request', 'Say which button was pressed.', { details: [{ path: 'button', code: 'missing', message: `must be one of: ${buttons.join(', ')}` }] })
  const userInputs = request.schema as unknown as UserInputs
  const checked = await checkInputs(userInputs, body.values, { coerce, jq, at: 'values' })
  const values = await settleFiles(db, viewerOf(caller), checked.values, { at: 'values' })
  const answered = await answerInputRequest(
    db,
    followers,
    request.id,
    { values: shownInputs(userInputs, values), sealed: seal.seal(values), button: body.button ?? null, comments: body.comments ?? null, by: caller.userId },
    clock.now(),
  )
  await engine.poke(answered.run.id)
  return answered
}

/**
 * Checks and takes a caller's answer to a question.
 * @throws Problem `invalid_request`, `not_allowed`, `conflict`, `gone`, `not_found`
 */
export const submitAnswer = async (services: Services, caller: Caller, id: string, body: z.output<typeof answerBody>): Promise<InputRequestView> => {
  const view = await getInputRequest(services.db, caller.org, id)
  await getRun(services.db, viewerOf(caller), view.run.id)
  assertOpenQuestion(view, services.clock.now())
  assertResponder(caller, view)
  return takeAnswer(services, caller, view, body, { coerce: false })
}
