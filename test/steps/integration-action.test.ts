import { expect, test } from 'vitest'
import integrationAction from '../../steps/integrations/integration-action.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

const config = (rest: Record<string, unknown> = {}) =>
  integrationAction.config.parse({ installationId: 'gh-main', integrationProvider: 'github-ocean', integrationInvocationType: 'dispatch_workflow', integrationActionExecutionProperties: { org: 'o', repo: 'r' }, ...rest })

test('waits for the worker of its installation, and never for ever', async () => {
  expect(await integrationAction.run(fakeContext(), config())).toEqual({ type: 'wait', wait: { type: 'external', timeoutMs: 86_400_000, installationId: 'gh-main' } })
  expect(await integrationAction.run(fakeContext(), config({ timeoutMs: 60_000 }))).toMatchObject({ wait: { timeoutMs: 60_000 } })
})

test('puts out what the worker reports', async () => {
  expect(await integrationAction.resume!(fakeContext(), config(), { type: 'external', result: 'SUCCESS', output: { url: 'u' }, message: null })).toEqual({ type: 'done', output: { url: 'u' } })
})

test('fails with what the worker says', async () => {
  expect(await problemOf(() => integrationAction.resume!(fakeContext(), config(), { type: 'external', result: 'FAILED', output: null, message: null }))).toMatchObject({ code: 'step_failed', message: 'The integration gh-main reported that it failed.' })
})

test('a worker that never reports fails the node, or not', async () => {
  expect(await problemOf(() => integrationAction.resume!(fakeContext(), config(), { type: 'expired' }))).toMatchObject({ code: 'external_timeout' })
  expect(await integrationAction.resume!(fakeContext(), config({ onTimeout: 'continue' }), { type: 'expired' })).toEqual({ type: 'done', output: { timeout: true } })
})

test.each([
  [{}, 'installationId'],
  [{ installationId: 'a', integrationActionExecutionProperties: [] }, 'integrationActionExecutionProperties'],
  [{ installationId: 'a', timeoutMs: 0 }, 'timeoutMs'],
])('refuses %j', (given, field) => {
  expect(faultsOf(integrationAction.config, given)).toEqual([expect.stringMatching(new RegExp(`^${field}: `))])
})
