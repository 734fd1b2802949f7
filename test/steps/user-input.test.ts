import { expect, test } from 'vitest'
import userInput from '../../steps/control/user-input.ts'
import type { Submitted, Wake } from '../../steps/lib/step.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

const resume = (config: unknown, wake: Wake) => userInput.resume?.(fakeContext(), userInput.config.parse(config), wake)

const ANSWERED: Submitted = {
  values: { code: '123456' },
  button: 'ok',
  comments: 'from the app',
  submittedBy: 'u_1',
  submittedAt: '2026-01-02T03:04:05.000Z',
}
const ANSWER: Wake = { type: 'answer', ...ANSWERED }

test('asks, and gives two hours to answer', async () => {
  expect(await userInput.run(fakeContext(), userInput.config.parse({ title: 'The code, please' }))).toEqual({
    type: 'wait',
    wait: { type: 'input', title: 'The code, please', description: null, userInputs: { properties: {} }, buttons: [], responders: null, timeoutMs: 7_200_000 },
  })
})

test('passes on what the form needs and who may answer it', async () => {
  const asked = {
    title: 'Pay?',
    description: '**300 €** to Acme',
    userInputs: { properties: { note: { type: 'string', maxLength: 20 } }, required: ['note'] },
    buttons: [{ identifier: 'yes', label: 'Pay', variant: 'PRIMARY' }, { identifier: 'no', label: 'Refuse', required: 1 }],
    responders: { users: ['u_1'], roles: ['admin'], required: 2 },
    timeoutMs: 60_000,
  }
  expect(await userInput.run(fakeContext(), userInput.config.parse(asked))).toEqual({ type: 'wait', wait: { type: 'input', ...asked } })
})

test('an answer is the output', async () => {
  expect(await resume({ title: 'Code' }, ANSWER)).toEqual({ type: 'done', output: ANSWERED })
})

test('where several have answered, the output lists them all', async () => {
  const answers = [{ ...ANSWERED, submittedBy: 'u_0' }, ANSWERED]
  expect(await resume({ title: 'Code' }, { type: 'answer', ...ANSWERED, answers })).toEqual({ type: 'done', output: { ...ANSWERED, answers } })
})

test('without an answer in time it fails with input_expired', async () => {
  const found = await problemOf(() => resume({ title: 'Code', timeoutMs: 1000 }, { type: 'expired' }))
  expect(found).toMatchObject({ code: 'input_expired', message: 'Nobody answered "Code" within 1000 ms.' })
})

test('without an answer in time it goes on when told to, and says so', async () => {
  expect(await resume({ title: 'Code', onTimeout: 'continue' }, { type: 'expired' })).toEqual({
    type: 'done',
    output: { values: {}, button: null, comments: null, submittedBy: null, submittedAt: null, timeout: true },
  })
})

const refused: [name: string, config: unknown, fault: RegExp][] = [
  ['a question without a title', {}, /^title: /],
  ['two buttons of one name', { title: 'T', buttons: [{ identifier: 'a', label: 'A' }, { identifier: 'a', label: 'B' }] }, /^buttons: must not name a button twice/],
  ['an unknown button variant', { title: 'T', buttons: [{ identifier: 'a', label: 'A', variant: 'RED' }] }, /^buttons\.0\.variant: /],
  ['a required input that is not asked for', { title: 'T', userInputs: { required: ['x'] } }, /^userInputs\.required\.0: names no input: "x"/],
  ['codes for an account without an input that takes them', { title: 'T', account: 'a', userInputs: { properties: { code: { type: 'string' } } } }, /^account: needs one input of the format otp/],
  ['codes for an account beside buttons', { title: 'T', account: 'a', userInputs: { properties: { code: { type: 'string', format: 'otp' } } }, buttons: [{ identifier: 'a', label: 'A' }] }, /^account: does not go with buttons/],
  ['codes for an account where several must answer', { title: 'T', account: 'a', userInputs: { properties: { code: { type: 'string', format: 'otp' } } }, responders: { required: 2 } }, /^account: does not go with several answers/],
  ['an approval by nobody', { title: 'T', responders: { required: 0 } }, /^responders\.required: /],
  ['an approval by a crowd', { title: 'T', buttons: [{ identifier: 'a', label: 'A', required: 51 }] }, /^buttons\.0\.required: /],
  ['a time-out of nothing', { title: 'T', timeoutMs: 0 }, /^timeoutMs: /],
]
test.each(refused)('refuses %s', (_name, config, fault) => {
  expect(faultsOf(userInput.config, config)).toEqual([expect.stringMatching(fault)])
})
