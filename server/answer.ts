import { z } from 'zod'
import { answerInputRequest, getInputRequest, type InputRequestView } from '../db/input-requests.ts'
import { getRun } from '../db/runs.ts'
import { checkInputs } from '../runner/inputs.ts'
import { toFileValue } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import { isShared } from '../runner/model/shared-question.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import { shownInputs } from '../runner/new-run.ts'
import type { GivenInputs } from '../runner/run-memory.ts'
import { sealAnother } from '../runner/sealed-answers.ts'
import { startedById, triggerContext } from '../runner/started-by.ts'
import { viewerOf, type Caller } from './caller.ts'
import { givenInputs, isForm, settleFiles } from './given-inputs.ts'
import { answererOf, assertCounts, assertResponder } from './responders.ts'
import type { Call } from './route.ts'
import type { Services } from './start.ts'
import { nameUploads, removeUploads, storeUploads, uploadValues, type NamedUpload, type StoredUpload } from './uploads.ts'

/** The body of an answer. In a form, `values` is JSON text in one field, or bracket fields (`values[code]=…`), with files beside them (`values[doc]`). */
export const answerBody = z
  .strictObject({
    values: givenInputs.default({}),
    button: z.string().max(100).optional(),
    comments: z.string().max(10_000).optional(),
  })
  .meta({ id: 'AnswerInputRequest' })

/** @throws Problem `gone` when the time to answer is over, `conflict` when it was answered, or its run has ended */
export const assertOpenQuestion = ({ request }: InputRequestView, now: number): void => {
  if (request.status === 'expired' || (request.status === 'pending' && request.expiresAt <= now)) throw problem('gone', 'The time to answer this question is over.')
  if (request.status !== 'pending') throw problem('conflict', `This question was ${request.status} already.`)
}

type Given = { values: Record<string, unknown>; button?: string | undefined; comments?: string | undefined }

const answerWith = async (services: Services, caller: Caller, view: InputRequestView, body: Given, files: readonly StoredUpload[], { coerce }: { coerce: boolean }): Promise<InputRequestView> => {
  const { request } = view
  const { db, followers, engine, seal, jq, clock } = services
  const buttons = request.buttons.map(({ identifier }) => identifier)
  if (body.button !== undefined && !buttons.includes(body.button))
    throw problem('invalid_request', `There is no button "${body.button}".`, { details: [{ path: 'button', code: 'invalid_value', message: `must be one of: ${buttons.join(', ') || 'none, the question has no buttons'}` }] })
  if (body.button === undefined && buttons.length > 0)
    throw problem('invalid_request', 'Say which button was pressed.', { details: [{ path: 'button', code: 'missing', message: `must be one of: ${buttons.join(', ')}` }] })
  const userInputs = request.schema as unknown as UserInputs
  const { by = startedById(view.run.createdBy) } = seal.unseal<GivenInputs>(view.run.sealedInputs)
  const checked = await checkInputs(userInputs, { ...body.values, ...uploadValues(files) }, { coerce, jq, at: 'values', context: triggerContext(by) })
  const own = files.map(({ artifact }) => toFileValue(artifact))
  const values = await settleFiles(db, viewerOf(caller), checked.values, { at: 'values', own })
  const sealed = (earlier: Buffer | null): Buffer => (isShared(request) ? sealAnother(seal, earlier, values) : seal.seal(values))
  const answered = await answerInputRequest(
    db,
    followers,
    request.id,
    { values: shownInputs(userInputs, values), sealed, button: body.button ?? null, comments: body.comments ?? null, by: answererOf(caller), files: files.map(({ artifact }) => artifact) },
    clock.now(),
  )
  if (answered.request.status !== 'pending') await engine.poke(answered.run.id)
  return answered
}

/**
 * Takes an answer of somebody who may give it; the run goes on by itself, as soon as as many have answered as the question needs.
 * @param body its `files` become files of the run, and are what they are given for in `values`
 * @param coerce whether texts stand for other types, as in forms
 * @throws Problem `invalid_request`, `not_allowed`, `conflict`, `gone`, `unavailable` when the disk takes no files; nothing is kept then
 */
export const takeAnswer = async (services: Services, caller: Caller, view: InputRequestView, { files, ...body }: Given & { files: readonly NamedUpload[] }, options: { coerce: boolean }): Promise<InputRequestView> => {
  assertCounts(caller, view.request)
  const stored = await storeUploads(services, files)
  return answerWith(services, caller, view, body, stored, options).catch(async (error: unknown) => {
    await removeUploads(services, stored)
    throw error
  })
}

type AnswerCall = Pick<Call<unknown, unknown, z.output<typeof answerBody>>, 'body' | 'files' | 'caller' | 'headers'>

/**
 * Checks and takes a caller's answer to a question.
 * @throws Problem `invalid_request`, `not_allowed`, `conflict`, `gone`, `not_found`, `unavailable`
 */
export const submitAnswer = async (services: Services, id: string, { body, files, caller, headers }: AnswerCall): Promise<InputRequestView> => {
  const view = await getInputRequest(services.db, caller.org, id)
  await getRun(services.db, viewerOf(caller), view.run.id)
  assertOpenQuestion(view, services.clock.now())
  assertResponder(caller, view.request)
  return takeAnswer(services, caller, view, { ...body, files: nameUploads(files, 'values', body.values) }, { coerce: isForm(headers) })
}
