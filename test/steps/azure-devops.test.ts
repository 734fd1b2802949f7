import { expect, test } from 'vitest'
import azureDevops from '../../steps/integrations/azure-devops.ts'
import { startApiServer } from '../api-server.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

/** What it has in common with the other pipelines is tested with GITLAB. */

const RUNS = '/acme/my%20shop/_apis/pipelines/12/runs'
const runUrl = 'https://dev.azure.test/acme/run/9'
const run = (state: string, result?: string) => ({ status: 200, body: { id: 9, state, ...(result && { result }), _links: { web: { href: runUrl } } } })
const config = (baseUrl: string, rest: Record<string, unknown> = {}) => azureDevops.config.parse({ baseUrl, organization: 'acme', project: 'my shop', pipelineId: '12', token: 'pat', ...rest })
const context = () => fakeContext({ log: () => undefined })

test('starts a run on a branch with its parameters and variables', async () => {
  await using server = await startApiServer({ [`POST ${RUNS}`]: [run('inProgress')] })
  expect(await azureDevops.run(context(), config(server.url, { branch: 'next', templateParameters: { size: 2 }, variables: { A: 1 } }))).toEqual({ type: 'done', output: { runUrl, status: 'inProgress', conclusion: null } })
  expect(server.requests).toMatchObject([
    {
      path: `${RUNS}?api-version=7.1`,
      headers: { authorization: `Basic ${Buffer.from(':pat').toString('base64')}` },
      body: { resources: { repositories: { self: { refName: 'refs/heads/next' } } }, templateParameters: { size: 2 }, variables: { A: { value: '1' } } },
    },
  ])
})

test.each([
  ['refs/tags/v1', { repositories: { self: { refName: 'refs/tags/v1' } } }],
  [undefined, undefined],
])('the branch %s', async (branch, resources) => {
  await using server = await startApiServer({ [`POST ${RUNS}`]: [run('inProgress')] })
  await azureDevops.run(context(), config(server.url, { branch }))
  expect((server.requests[0]!.body as { resources?: unknown }).resources).toEqual(resources)
})

test('waits for its end where asked to', async () => {
  await using server = await startApiServer({ [`POST ${RUNS}`]: [run('inProgress')], [`GET ${RUNS}/9`]: [run('inProgress'), run('completed', 'succeeded')] })
  const asked = config(server.url, { reportStatus: true })
  expect(await azureDevops.run(context(), asked)).toMatchObject({ wait: { type: 'timer', memo: { runId: 9 } } })
  const wake = { type: 'timer' as const, memo: { runId: 9, startedAt: Date.parse('2026-01-02T03:04:00.000Z') } }
  expect(await azureDevops.resume!(context(), asked, wake)).toMatchObject({ type: 'wait' })
  expect(await azureDevops.resume!(context(), asked, wake)).toEqual({ type: 'done', output: { runUrl, status: 'completed', conclusion: 'succeeded' } })
})

test.each(['failed', 'canceled'])('a run that ended as %s fails the node', async (result) => {
  await using server = await startApiServer({ [`GET ${RUNS}/9`]: [run('completed', result)] })
  expect(await problemOf(() => azureDevops.resume!(context(), config(server.url), { type: 'timer', memo: { runId: 9, startedAt: 0 } }))).toMatchObject({ code: 'step_failed', message: `Pipeline 12 of my shop ended as ${result}.` })
})

test.each([
  [{ organization: 'a', project: 'b', token: 't', pipelineId: 'x' }, 'pipelineId'],
  [{ organization: '', project: 'b', token: 't', pipelineId: 1 }, 'organization'],
])('refuses %j', (given, field) => {
  expect(faultsOf(azureDevops.config, given)).toEqual([expect.stringMatching(new RegExp(`^${field}: `))])
})
