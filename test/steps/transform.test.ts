import { expect, test } from 'vitest'
import transform from '../../steps/control/transform.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

const outputs: [name: string, value: unknown, output: unknown][] = [
  ['an object is the output', { a: { b: [1] } }, { a: { b: [1] } }],
  ['a number is wrapped', 3, { value: 3 }],
  ['text is wrapped', 'x', { value: 'x' }],
  ['a list is wrapped', [1, 2], { value: [1, 2] }],
  ['null is wrapped', null, { value: null }],
  ['false is wrapped', false, { value: false }],
]
test.each(outputs)('%s', async (_name, value, output) => {
  expect(await transform.run(fakeContext(), transform.config.parse({ value }))).toEqual({ type: 'done', output })
})

test('refuses a config without a value', () => {
  expect(faultsOf(transform.config, {})).toEqual([expect.stringMatching(/^value: /)])
})
