import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkpoints } from '../../db/schema.ts'
import type { BrowserState } from '../../runner/browser-state.ts'
import { startGate } from '../gate.ts'
import { startTestServer, type Json, type TestServer } from '../harness.ts'
import { startPortal, type Portal } from '../portal/portal.ts'

/** Branches and rounds that go on side by side each have a tab of their own, in the run's one browser context. */

let server: TestServer
let portal: Portal
beforeAll(async () => {
  portal = await startPortal()
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await portal.close()
})

const open = (identifier: string, path: string): Json => ({ identifier, config: { type: 'NAVIGATE', url: `${portal.url}${path}` } })
const address = (identifier: string): Json => ({ identifier, config: { type: 'EVALUATE', expression: 'location.pathname + location.search' } })
const from = (sourceIdentifier: string, targetIdentifier: string): Json => ({ sourceIdentifier, targetIdentifier })

test('branches that part work in tabs of their own with the same login, and the first goes on where they meet', async () => {
  await server.save({
    identifier: 'branches',
    nodes: [
      open('login', '/login'),
      { identifier: 'user', config: { type: 'FILL', target: { label: 'User name' }, value: 'demo' } },
      { identifier: 'password', config: { type: 'FILL', target: { label: 'Password' }, value: 'demo-password' } },
      { identifier: 'sign_in', config: { type: 'CLICK', target: { role: 'button', name: 'Sign in' } } },
      open('left', '/employees?page=2'),
      open('right', '/employees?page=3'),
      address('left_at'),
      address('right_at'),
      address('join'),
    ],
    connections: [from('login', 'user'), from('user', 'password'), from('password', 'sign_in'), from('sign_in', 'left'), from('sign_in', 'right'), from('left', 'left_at'), from('right', 'right_at'), from('left_at', 'join'), from('right_at', 'join')],
  })
  const { workflowRun } = await server.settled((await server.run('branches')).id)
  expect(workflowRun.error).toBeNull()
  expect(workflowRun.outputs).toMatchObject({ left_at: { value: '/employees?page=2' }, right_at: { value: '/employees?page=3' }, join: { value: '/employees?page=2' } })
})

test('a node begins when the one before it is recorded, not while its page is still being read, also when another branch goes on', async () => {
  await using gate = await startGate()
  gate.open('/')
  // The page says nothing until the gate opens, so the checkpoint is waited for.
  const busy = `() => void setTimeout(() => { const request = new XMLHttpRequest(); request.open('GET', '/busy', false); request.send() })`
  await server.save({
    identifier: 'recorded',
    nodes: [{ identifier: 'start', config: { type: 'NAVIGATE', url: `${gate.url}/` } }, { identifier: 'a', config: { type: 'EVALUATE', expression: busy } }, address('b'), { identifier: 'beside', config: { type: 'WEBHOOK', url: `${gate.url}/beside` } }],
    connections: [from('start', 'a'), from('start', 'beside'), from('a', 'b')],
  })
  const { id } = await server.run('recorded')
  await Promise.all([gate.arrived('/busy'), gate.arrived('/beside')])
  gate.open('/beside')
  await server.until(id, (_run, all) => all.some(({ stepId, status }) => stepId === 'beside' && status === 'completed'))
  gate.open('/busy')
  const { workflowRun, activityRuns } = await server.settled(id)
  expect(workflowRun.error).toBeNull()
  const names = new Map(activityRuns.map((one) => [one.id, one.stepId]))
  const order = (await server.server.services.log.after(id, 0)).map(({ activityRunId, type }) => `${names.get(activityRunId ?? '')} ${type}`)
  // A page that is busy is not waited for for long: whether the other branch was recorded before that is a matter of time.
  const told = ['a activity.completed', 'b activity.started']
  expect(order.filter((line) => told.includes(line))).toEqual(told)
})

test('the rounds of a concurrent loop have a tab each, and none is left of them', async () => {
  await server.save({
    identifier: 'rounds',
    nodes: [
      open('first', '/tables'),
      { identifier: 'each', config: { type: 'FOR_EACH', items: ['a', 'b', 'c', 'd'], concurrency: 2, nodes: [open('go', '/slow?ms=100&of={{ .item }}'), address('at')] } },
      address('after'),
      { identifier: 'pages', config: { type: 'EVALUATE', expression: 'history.length' } },
    ],
  })
  const { workflowRun } = await server.settled((await server.run('rounds')).id)
  expect(workflowRun.error).toBeNull()
  const { items } = workflowRun.outputs.each as Json
  expect(items.map((round: Json) => round.at.value)).toEqual(['a', 'b', 'c', 'd'].map((item) => `/slow?ms=100&of=${item}`))
  expect(workflowRun.outputs.after).toEqual({ value: '/tables' })
  await expect.poll(() => server.server.services.browsers.count()).toEqual({ contexts: 0, pages: 0 })
})

test.each([1, 2])('the tabs of branches within the rounds of a loop are closed with their round (side by side: %i)', async (concurrency) => {
  const { id: workflowId } = await server.save({
    identifier: `parting_rounds_${concurrency}`,
    nodes: [
      open('first', '/tables?first'),
      { identifier: 'each', config: { type: 'FOR_EACH', items: [1, 2, 3], concurrency, nodes: [open('left', '/tables?left={{ .item }}'), open('right', '/tables?right={{ .item }}'), address('at')], connections: [from('right', 'at')] } },
      { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Enough?' } },
    ],
  })
  const { id } = await server.run(workflowId)
  const { activityRuns } = await server.until(id, ({ state }) => state === 'AWAITING_USER_INPUT')
  expect(activityRuns.filter(({ stepId }) => stepId === 'at').map(({ outputs }) => String((outputs as Json).value)).toSorted()).toEqual([1, 2, 3].map((n) => `/tables?right=${n}`))
  await expect.poll(() => server.server.services.browsers.count()).toEqual({ contexts: 1, pages: 1 })
  const { db, seal } = server.server.services
  const loop = activityRuns.find(({ stepId }) => stepId === 'each')!
  const [kept] = await db.read(async (query) => query.select({ sealed: checkpoints.sealed }).from(checkpoints).where(eq(checkpoints.activityRunId, loop.id)))
  expect(Object.keys(seal.unseal<BrowserState>(kept!.sealed).urls)).toEqual(['main'])
  await server.call('POST', `/api/v1/workflow-runs/${id}/cancel`, {})
  await server.settled(id)
})

test.each([
  ['in the same browser', false],
  ['in another, after the server has stopped and started', true],
])('branches that waited go on in the tabs they had, %s', async (_where, restarts) => {
  const ask = (identifier: string): Json => ({ identifier, config: { type: 'USER_INPUT', title: identifier } })
  const workflow = await server.save({
    identifier: `waiting_branches_${restarts}`,
    nodes: [open('start', '/tables?left'), ask('left'), open('right', '/tables?right'), ask('right_asks'), address('left_at'), address('right_at')],
    connections: [from('start', 'left'), from('start', 'right'), from('left', 'left_at'), from('right', 'right_asks'), from('right_asks', 'right_at')],
  })
  const { id } = await server.run(workflow.id)
  await server.until(id, (run, activityRuns) => run.state === 'AWAITING_USER_INPUT' && activityRuns.filter(({ status }) => status === 'waiting').length === 2)
  if (restarts) {
    await server.server.stop()
    server = await startTestServer({}, { dataDir: server.dataDir })
  }
  for (const form of (await server.call('GET', `/api/v1/user-forms?workflowRunId=${id}`)).body.userForms as Json[])
    expect((await server.call('POST', `/api/v1/user-forms/${form.formId}/submit`, { values: {} })).status).toBe(200)
  const { workflowRun } = await server.settled(id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { left_at: { value: '/tables?left' }, right_at: { value: '/tables?right' } } })
})

test('a loop in one tab goes on from the round it was in after the server has stopped and started', async () => {
  const dataDir = server.dataDir
  await server.save({
    identifier: 'resumed',
    nodes: [
      { identifier: 'each', config: { type: 'FOR_EACH', items: [1, 2, 3], nodes: [open('go', '/status/200?round={{ .item }}'), { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Round {{ .item }}' } }, address('at')] } },
    ],
  })
  const { id } = await server.run('resumed')
  const answered = async (title: string) => {
    await server.until(id, ({ awaiting }) => awaiting?.title === title)
    await server.call('POST', `/api/v1/workflow-runs/${id}/input`, { values: {} })
  }
  await answered('Round 1')
  await server.until(id, ({ awaiting }) => awaiting?.title === 'Round 2')
  await server.server.stop()
  server = await startTestServer({}, { dataDir })
  await answered('Round 2')
  await answered('Round 3')
  const { workflowRun } = await server.settled(id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { each: { count: 3 } } })
  expect((workflowRun.outputs.each as Json).items.map((round: Json) => round.at.value)).toEqual([1, 2, 3].map((n) => `/status/200?round=${n}`))
  expect(portal.requests()['GET /status/200']).toBe(4)
})
