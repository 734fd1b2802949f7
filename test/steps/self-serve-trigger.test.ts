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
    permissions: { roles: ['Admin'], users: ['u_1'], teams: ['sre'], policy: { combinator: 'and', rules: [] } },
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
  ['a button text that does not fit', { executeActionButtonText: 'x'.repeat(16) }, /^executeActionButtonText: /],
]
test.each(refused)('refuses %s', (_name, config, fault) => {
  expect(faultsOf(trigger.config, config)).toEqual([expect.stringMatching(fault)])
})
