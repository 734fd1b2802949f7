import { z } from 'zod'
import { answerInputRequest, getInputRequest, type InputRequestView } from '../db/input-requests.ts'
import { getRun } from '../db/runs.ts'
import { checkInputs } from '../runner/inputs.ts'
import { problem } from '../runner/model/problem.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { viewerOf, type Caller } from './caller.ts'
import { givenInputs, settleFiles } from './given-inputs.ts'
import { isListed } from './permissions.ts'
import type { Services } from './start.ts'
import { shownInputs } from '../runner/new-run.ts'

export const answerBody = z
  .strictObject({
    values: givenInputs.default({}),
    button: z.string().max(100).optional(),
    comments: z.string().max(10_000).optional(),
  })
  .meta({ id: 'AnswerInputRequest' })

/** Whether the question is for this caller: for anybody who may answer at all, unless it names users, roles or teams. */
const assertResponder = (caller: Caller, responders: InputRequestView['request']['responders']): void => {
  if (Object.values(responders ?? {}).every((named) => named.length === 0)) return
  if (caller.role === 'admin' || isListed(responders ?? {}, caller)) return
  throw problem('not_allowed', 'This question is for others to answer.')
}

/**
 * Checks and takes the answer to a question; the run goes on by itself. Only the first answer counts.
 * @throws Problem `invalid_request`, `not_allowed`, `conflict`, `gone`, `not_found`
 */
export const submitAnswer = async (services: Services, caller: Caller, id: string, body: z.output<typeof answerBody>): Promise<InputRequestView> => {
  const { db, followers, engine, seal, jq, clock } = services
  const { request, run } = await getInputRequest(db, caller.org, id)
  await getRun(db, viewerOf(caller), run.id)
  if (request.status === 'expired' || (request.status === 'pending' && request.expiresAt <= clock.now())) throw problem('gone', 'The time to answer this question is over.')
  if (request.status !== 'pending') throw problem('conflict', `This question was ${request.status} already.`)
  assertResponder(caller, request.responders)
  const buttons = request.buttons.map(({ identifier }) => identifier)
  if (body.button !== undefined && !buttons.includes(body.button))
    throw problem('invalid_request', `There is no button "${body.button}".`, { details: [{ path: 'button', code: 'invalid_value', message: `must be one of: ${buttons.join(', ') || 'none, the question has no buttons'}` }] })
  if (body.button === undefined && buttons.length > 0)
    throw problem('invalid_request', 'Say which button was pressed.', { details: [{ path: 'button', code: 'missing', message: `must be one of: ${buttons.join(', ')}` }] })
  const userInputs = request.schema as unknown as UserInputs
  const checked = await checkInputs(userInputs, body.values, { coerce: false, jq, at: 'values' })
  const values = await settleFiles(db, viewerOf(caller), checked.values, { at: 'values' })
  const answered = await answerInputRequest(
    db,
    followers,
    id,
    { values: shownInputs(userInputs, values), sealed: seal.seal(values), button: body.button ?? null, comments: body.comments ?? null, by: caller.userId },
    clock.now(),
  )
  await engine.poke(run.id)
  return answered
}
