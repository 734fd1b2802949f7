import { expect, test } from 'vitest'
import noAction from '../../steps/control/no-action.ts'
import { fakeContext } from '../fake-context.ts'

test.each([
  [{ reason: 'No new invoices.' }, 'No new invoices.'],
  [{}, 'There was nothing to do.'],
])('%j ends the run as one with nothing to do', async (config, message) => {
  expect(await noAction.run(fakeContext(), noAction.config.parse(config))).toEqual({ type: 'end', how: 'no_action', message })
})
