import { expect, test } from 'vitest'
import trigger from '../../steps/triggers/self-serve-trigger.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

test('is a trigger, and leaves the output to the run, which already has its inputs', async () => {
  expect(trigger.kind).toBe('trigger')
  expect(await trigger.run(fakeContext(), trigger.config.parse({}))).toEqual({ type: 'done', output: undefined })
})

test('tells no declared inputs (anything goes) from an empty list of them (nothing goes)', () => {
  expect(trigger.config.parse({}).userInputs).toBeUndefined()
  expect(trigger.config.parse({ userInputs: {} }).userInputs).toEqual({ properties: {} })
})

test('takes all that Port writes on it', () => {
  const config = {
    userInputs: { properties: { service: { type: 'string', format: 'entity', blueprint: 'service' } }, required: ['service'] },
    permissions: { roles: ['Admin'], users: ['u_1'], teams: ['sre'], policy: { combinator: 'and', rules: [{ property: { context: 'userTeams', property: '$identifier' }, operator: 'containsAny', value: ['sre'] }, { property: { context: 'user', property: 'email' }, operator: '=', value: { context: 'form', property: 'service' } }, { property: { context: 'form', property: 'service' }, operator: 'notEmpty' }] } },
    published: false,
    contexts: [{ on: 'ENTITY', userInput: 'service' }, { on: 'CREATE_ENTITY', blueprintIdentifier: 'service' }],
    variant: 'ALERT',
    actionCardButtonText: 'Restart',
    executeActionButtonText: 'Do it',
  }
  expect(trigger.config.parse(config)).toEqual(config)
})

const refused: [name: string, config: unknown, fault: RegExp][] = [
  ['a misspelt field', { userInput: {} }, /Unrecognized key: "userInput"/],
  ['a fault inside an input, by its path', { userInputs: { properties: { n: { type: 'text' } } } }, /^userInputs\.properties\.n\.type: must be/],
  ['a context on an input that is not there', { contexts: [{ on: 'ENTITY', userInput: 'x' }] }, /^contexts\.0\.userInput: names no input: "x"/],
  ['a policy on an input that is not there', { userInputs: {}, permissions: { policy: { combinator: 'and', rules: [{ property: { context: 'form', property: 'x' }, operator: 'notEmpty' }] } } }, /^permissions\.policy\.rules\.0\.property\.property: names no input: "x"/],
  ['an operator that there is not', { permissions: { policy: { combinator: 'and', rules: [{ property: { context: 'user', property: 'id' }, operator: 'like', value: 'x' }] } } }, /^permissions\.policy\.rules\.0\.operator: /],
  ['a comparison with nothing', { permissions: { policy: { combinator: 'and', rules: [{ property: { context: 'user', property: 'id' }, operator: '=' }] } } }, /^permissions\.policy\.rules\.0\.value: is missing/],
  ['a list operator without a list', { permissions: { policy: { combinator: 'and', rules: [{ property: { context: 'user', property: 'id' }, operator: 'in', value: 'x' }] } } }, /^permissions\.policy\.rules\.0\.value: must be a list/],
  ['an older shape of permissions', { permissions: { policy: { combinator: 'and', rules: [], queries: {} } } }, /^permissions\.policy: Unrecognized key: "queries"/],
  ['a button text that does not fit', { executeActionButtonText: 'x'.repeat(16) }, /^executeActionButtonText: /],
]
test.each(refused)('refuses %s', (_name, config, fault) => {
  expect(faultsOf(trigger.config, config)).toEqual([expect.stringMatching(fault)])
})
