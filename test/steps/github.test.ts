import { expect, test } from 'vitest'
import github from '../../steps/integrations/github.ts'
import type { Memo, StepResult } from '../../steps/lib/step.ts'
import { startApiServer } from '../api-server.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

/** What it has in common with the other pipelines is tested with GITLAB. */

const ACTIONS = '/repos/acme/shop/actions'
const DISPATCH = `POST ${ACTIONS}/workflows/deploy.yml/dispatches`
const html_url = 'https://github.test/acme/shop/actions/runs/5'
const run = (status: string, conclusion: string | null = null) => ({ id: 5, html_url, status, conclusion })
const config = (baseUrl: string, rest: Record<string, unknown> = {}) => github.config.parse({ baseUrl, token: 'ghp', org: 'acme', repo: 'shop', workflow: 'deploy.yml', ...rest })
const context = () => fakeContext({ log: () => undefined })
const memoOf = (result: StepResult): Memo => (result as unknown as { wait: { memo: Memo } }).wait.memo

test('dispatches a workflow, its inputs as the texts that GitHub takes', async () => {
  await using server = await startApiServer({ [DISPATCH]: [{ status: 200, body: { workflow_run_id: 5, html_url } }] })
  expect(await github.run(context(), config(server.url, { ref: 'next', workflowInputs: { a: 'x', n: 3, o: { b: true } } }))).toEqual({ type: 'done', output: { runUrl: html_url, status: 'queued', conclusion: null } })
  expect(server.requests).toMatchObject([{ headers: { authorization: 'Bearer ghp', 'x-github-api-version': '2022-11-28' }, body: { ref: 'next', inputs: { a: 'x', n: '3', o: '{"b":true}' }, return_run_details: true } }])
})

test('follows the run that the server names', async () => {
  await using server = await startApiServer({ [DISPATCH]: [{ status: 200, body: { workflow_run_id: 5, html_url } }], [`GET ${ACTIONS}/runs/5`]: [{ status: 200, body: run('in_progress') }, { status: 200, body: run('completed', 'success') }] })
  const asked = config(server.url, { reportStatus: true })
  const first = await github.run(context(), asked)
  const second = await github.resume!(context(), asked, { type: 'timer', memo: memoOf(first) })
  expect(memoOf(second)).toMatchObject({ runId: 5, status: 'in_progress' })
  expect(await github.resume!(context(), asked, { type: 'timer', memo: memoOf(second) })).toEqual({ type: 'done', output: { runUrl: html_url, status: 'completed', conclusion: 'success' } })
})

test('a server that names no run is asked for the first one since then, until it lists it', async () => {
  const list = `GET ${ACTIONS}/workflows/deploy.yml/runs`
  await using server = await startApiServer({
    [DISPATCH]: [{ status: 422, body: { message: '"return_run_details" is not a permitted key.' } }, { status: 204 }],
    [list]: [{ status: 200, body: { workflow_runs: [] } }, { status: 200, body: { workflow_runs: [{ ...run('queued'), id: 6 }, run('queued')] } }],
    [`GET ${ACTIONS}/runs/5`]: [{ status: 200, body: run('completed', 'failure') }],
  })
  const asked = config(server.url, { reportStatus: true })
  const first = await github.run(context(), asked)
  expect(memoOf(first)).toMatchObject({ runId: null, runUrl: null, status: 'queued' })
  const second = await github.resume!(context(), asked, { type: 'timer', memo: memoOf(first) })
  const third = await github.resume!(context(), asked, { type: 'timer', memo: memoOf(second) })
  expect(memoOf(third)).toMatchObject({ runId: 5, runUrl: html_url })
  expect(await problemOf(() => github.resume!(context(), asked, { type: 'timer', memo: memoOf(third) }))).toMatchObject({ code: 'step_failed', message: 'deploy.yml of acme/shop ended as failure.' })
  expect(server.calls()[2]).toBe(`${list}?event=workflow_dispatch&branch=main&created=%3E%3D2026-01-02T03%3A04%3A05Z`)
})

test('what GitHub refuses, it refuses', async () => {
  await using server = await startApiServer({ [DISPATCH]: [{ status: 422, body: { message: 'No ref found.' } }] })
  expect(await problemOf(() => github.run(context(), config(server.url)))).toMatchObject({ code: 'step_failed', retryable: false })
})

test('refuses a workflow without a repository', () => {
  expect(faultsOf(github.config, { token: 't', org: 'a', workflow: 'w' })).toEqual([expect.stringMatching(/^repo: /)])
})
