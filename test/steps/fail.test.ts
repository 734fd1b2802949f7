import { expect, test } from 'vitest'
import fail from '../../steps/control/fail.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

test('ends the run as failed, with its message', async () => {
  expect(await fail.run(fakeContext(), fail.config.parse({ message: 'The invoice is not there.' }))).toEqual({
    type: 'end',
    how: 'failed',
    message: 'The invoice is not there.',
  })
})

test('refuses to fail without a message', () => {
  expect(faultsOf(fail.config, {})).toEqual([expect.stringMatching(/^message: /)])
})
