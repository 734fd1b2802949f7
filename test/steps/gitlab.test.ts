import { once } from 'node:events'
import { expect, test } from 'vitest'
import gitlab from '../../steps/integrations/gitlab.ts'
import type { Memo, StepContext, StepResult } from '../../steps/lib/step.ts'
import { startApiServer } from '../api-server.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

const PROJECT = '/api/v4/projects/acme%2Fshop'
const pipeline = (status: string) => ({ status: 200, body: { id: 7, status, web_url: 'https://gitlab.test/acme/shop/-/pipelines/7' } })
const config = (baseUrl: string, rest: Record<string, unknown> = {}) => gitlab.config.parse({ baseUrl: `${baseUrl}/`, token: 'glpat-secret', project: 'acme/shop', ...rest })
const context = (over: Partial<StepContext> = {}) => {
  const logs: string[] = []
  return { ...fakeContext({ log: (level, message) => void logs.push(`${level} ${message}`), ...over }), logs }
}
const memoOf = (result: StepResult): Memo => {
  if (result.type !== 'wait' || result.wait.type !== 'timer' || !result.wait.memo) throw new Error(`It does not wait: ${JSON.stringify(result)}`)
  return result.wait.memo
}
const runUrl = 'https://gitlab.test/acme/shop/-/pipelines/7'

test('starts a pipeline with its variables, and is done when it is accepted', async () => {
  await using server = await startApiServer({ [`POST ${PROJECT}/pipeline`]: [{ ...pipeline('created'), status: 201 }] })
  expect(await gitlab.run(context(), config(server.url, { ref: 'next', pipelineVariables: { A: 'x', N: 3, B: true } }))).toEqual({ type: 'done', output: { runUrl, status: 'created', conclusion: null } })
  expect(server.requests).toMatchObject([
    { path: `${PROJECT}/pipeline`, headers: { 'private-token': 'glpat-secret' }, body: { ref: 'next', variables: [{ key: 'A', value: 'x' }, { key: 'N', value: '3' }, { key: 'B', value: 'true' }] } },
  ])
})

test('looks how it goes until it has ended, where asked to', async () => {
  await using server = await startApiServer({ [`POST ${PROJECT}/pipeline`]: [pipeline('created')], [`GET ${PROJECT}/pipelines/7`]: [pipeline('running'), { status: 503 }, pipeline('success')] })
  const asked = config(server.url, { reportStatus: true, pollMs: 20_000 })
  const it = context()
  const first = await gitlab.run(it, asked)
  expect(first).toMatchObject({ wait: { type: 'timer', until: new Date('2026-01-02T03:04:25.000Z'), memo: { pipelineId: 7, runUrl, status: 'created', conclusion: null } } })
  const second = await gitlab.resume!(it, asked, { type: 'timer', memo: memoOf(first) })
  expect(memoOf(second).status).toBe('running')
  const third = await gitlab.resume!(it, asked, { type: 'timer', memo: memoOf(second) })
  expect(memoOf(third).status).toBe('running')
  expect(it.logs.at(-1)).toMatch(/^WARN The pipeline of acme\/shop could not be looked at: GET .* answered 503\.$/)
  expect(await gitlab.resume!(it, asked, { type: 'timer', memo: memoOf(third) })).toEqual({ type: 'done', output: { runUrl, status: 'success', conclusion: 'success' } })
  expect(server.calls().filter((call) => call.startsWith('POST'))).toHaveLength(1)
})

test.each(['failed', 'canceled', 'skipped'])('a pipeline that ended as %s fails the node, once and for all', async (status) => {
  await using server = await startApiServer({ [`GET ${PROJECT}/pipelines/7`]: [pipeline(status)] })
  const found = await problemOf(() => gitlab.resume!(context(), config(server.url, { reportStatus: true }), { type: 'timer', memo: { pipelineId: 7, startedAt: 0 } }))
  expect(found).toMatchObject({ code: 'step_failed', message: `The pipeline of acme/shop ended as ${status}.`, retryable: false, details: { runUrl, conclusion: status } })
})

test('one that does not end within its bound fails the node, or not', async () => {
  await using server = await startApiServer({ [`GET ${PROJECT}/pipelines/7`]: [pipeline('running')] })
  const late = { type: 'timer' as const, memo: { pipelineId: 7, startedAt: Date.parse('2026-01-02T03:04:00.000Z') } }
  expect(await problemOf(() => gitlab.resume!(context(), config(server.url, { reportStatus: true, timeoutMs: 5000 }), late))).toMatchObject({ code: 'external_timeout' })
  expect(await gitlab.resume!(context(), config(server.url, { reportStatus: true, timeoutMs: 5000, onTimeout: 'continue' }), late)).toEqual({ type: 'done', output: { timeout: true } })
  expect(await gitlab.resume!(context(), config(server.url, { reportStatus: true, timeoutMs: 6000 }), late)).toMatchObject({ type: 'wait' })
})

test.each([
  [401, false],
  [404, false],
  [302, false],
  [429, true],
  [500, true],
])('an answer of %i fails the node; tried again: %s; the token is not shown', async (status, retryable) => {
  await using server = await startApiServer({ [`POST ${PROJECT}/pipeline`]: [{ status, body: { message: 'no, glpat-secret' } }] })
  const found = await problemOf(() => gitlab.run(context(), config(server.url)))
  expect(found).toMatchObject({ code: 'step_failed', retryable })
  expect(JSON.stringify([found.message, found.details])).not.toContain('glpat')
})

test('a server that does not answer in time fails the node', async () => {
  const silent: StepContext['fetch'] = async (_url, init) => {
    await once(init!.signal!, 'abort')
    throw new Error('aborted')
  }
  expect(await problemOf(() => gitlab.run(context({ fetch: silent, remainingMs: () => 1 }), config('http://127.0.0.1:1')))).toMatchObject({ code: 'step_timeout' })
})

test.each([
  [{ project: 'a', token: 't', baseUrl: 'gitlab.test' }, 'baseUrl'],
  [{ project: 'a', token: 't', baseUrl: 'https://gitlab.test/?x=1' }, 'baseUrl'],
  [{ project: '', token: 't' }, 'project'],
  [{ project: 'a' }, 'token'],
  [{ project: 'a', token: 't', pollMs: 1 }, 'pollMs'],
])('refuses %j', (given, field) => {
  expect(faultsOf(gitlab.config, given)).toEqual([expect.stringMatching(new RegExp(`^${field}: `))])
})
