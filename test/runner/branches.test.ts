import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import { startTestServer, type Json, type TestServer } from '../harness.ts'
import { startReceiver, type Receiver } from '../receiver.ts'

/** What one branch of a run waits for comes while another is still at work: it goes on at once, beside it. */

let server: TestServer
let gate: Gate
let receiver: Receiver
beforeAll(async () => {
  ;[server, gate, receiver] = await Promise.all([startTestServer(), startGate(), startReceiver()])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const node = (identifier: string, config: Json): Json => ({ identifier, config })
const ASK = { type: 'USER_INPUT', title: 'The code?', userInputs: { properties: { code: { type: 'string' } } } }
const AGENT = { type: 'WEBHOOK', url: 'https://agent.test', agent: true }
const after = (of: string): Json => node(`after_${of}`, { type: 'TRANSFORM', value: `{{ .outputs.${of} }}` })

let count = 0
/** Starts a run of these nodes, each followed by one that shows what it has put out, beside a branch that is held until the gate opens. */
const beside = async (...nodes: Json[]) => {
  const path = `/held-${++count}`
  const connect = (sourceIdentifier: string, targetIdentifier: string): Json => ({ sourceIdentifier, targetIdentifier })
  const { id: workflowId } = await server.save({
    identifier: `beside_${count}`,
    nodes: [node('start', { type: 'SELF_SERVE_TRIGGER' }), node('held', { type: 'WEBHOOK', url: `${gate.url}${path}`, method: 'GET' }), ...nodes, ...nodes.map(({ identifier }) => after(identifier as string))],
    connections: [connect('start', 'held'), ...nodes.flatMap(({ identifier }) => [connect('start', identifier as string), connect(identifier as string, `after_${identifier as string}`)])],
  })
  const { body } = await server.call('POST', '/api/v1/workflow-runs', { workflowId, callbackUrl: `${receiver.url}${path}` })
  await gate.arrived(path)
  const runId = body.id as string
  const done = (stepId: string) => server.until(runId, (_run, all) => all.some((one) => one.stepId === stepId && one.status === 'completed'))
  return {
    runId,
    path,
    answer: (values: Json) => server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values }),
    report: async (stepId: string, output: Json) => {
      const { activityRuns } = await server.until(runId, (_run, all) => all.some((one) => one.stepId === stepId && one.status === 'waiting'))
      return server.call('PATCH', `/v1/workflows/nodes/runs/${activityRuns.find((one) => one.stepId === stepId)!.identifier}`, { status: 'COMPLETED', result: 'SUCCESS', output })
    },
    /** The run when a node is done, which must be before the other branch is. */
    done: async (stepId: string) => {
      const { workflowRun, activityRuns } = await done(stepId)
      expect(activityRuns.find((one) => one.stepId === 'held')?.status).toBe('running')
      return workflowRun
    },
    end: async () => {
      gate.open(path)
      return (await server.settled(runId)).workflowRun
    },
  }
}

test('a question is shown and told of at once, and its answer is used at once', async () => {
  const run = await beside(node('ask', ASK))
  const { workflowRun } = await server.until(run.runId, ({ awaiting }) => awaiting !== null)
  expect(workflowRun).toMatchObject({ state: 'IN_PROGRESS', status: 'running', awaiting: { title: 'The code?', status: 'pending' } })
  const [told] = await receiver.until(run.path, 1, ({ body }) => body.type === 'workflow_run.awaiting_user_input')
  expect(told!.body.data.object).toMatchObject({ state: 'IN_PROGRESS', awaiting: { formId: workflowRun.awaiting!.formId } })
  expect((await run.answer({ code: '123456' })).status).toBe(200)
  const went = await run.done('after_ask')
  expect(went).toMatchObject({ state: 'IN_PROGRESS', awaiting: null, outputs: { after_ask: { values: { code: '123456' } } } })
  expect((await run.end()).state).toBe('COMPLETED')
})

test('each of several questions is told of once, also when the run pauses for them later', async () => {
  const run = await beside(node('one', { ...ASK, title: 'One?' }), node('two', { ...ASK, title: 'Two?' }))
  await receiver.until(run.path, 2, ({ body }) => body.type === 'workflow_run.awaiting_user_input')
  gate.open(run.path)
  await server.until(run.runId, ({ state }) => state === 'AWAITING_USER_INPUT')
  for (const code of ['1', '2']) {
    await run.answer({ code })
    await server.until(run.runId, (_now, all) => all.filter(({ type, status }) => type === 'USER_INPUT' && status === 'completed').length === Number(code))
  }
  await server.settled(run.runId)
  await receiver.until(run.path, 1, ({ body }) => body.type === 'workflow_run.completed')
  const titles = receiver.at(run.path).flatMap(({ body }) => (body.type === 'workflow_run.awaiting_user_input' ? [body.data.object.awaiting.title as string] : []))
  expect(titles.toSorted()).toEqual(['One?', 'Two?'])
})

test('a report is used at once, and what reports in time has not timed out', async () => {
  const run = await beside(node('agent', { ...AGENT, timeoutMs: 60_000 }))
  expect((await run.report('agent', { rows: 7 })).status).toBe(200)
  expect((await run.done('after_agent')).outputs).toMatchObject({ after_agent: { rows: 7 } })
  expect((await run.end()).state).toBe('COMPLETED')
})

test.each([
  ['a question', node('late', { ...ASK, timeoutMs: 20, onTimeout: 'continue' })],
  ['a node of another system', node('late', { ...AGENT, timeoutMs: 20, onTimeout: 'continue' })],
])('the time of %s is over when it is over', async (_what, late) => {
  const run = await beside(late)
  await run.done('after_late')
  expect(await run.end()).toMatchObject({ state: 'COMPLETED', awaiting: null })
})

test('a loop that waits hears as well, goes on with its next round, and does nothing twice', async () => {
  const called = `/called-${count}`
  const body = [node('call', { type: 'WEBHOOK', url: `${receiver.url}${called}`, body: { item: '{{ .item }}' } }), node('ask', ASK)]
  const run = await beside(node('each', { type: 'FOR_EACH', items: [1, 2], nodes: body }))
  for (const code of ['1', '2']) {
    await server.until(run.runId, ({ awaiting }, all) => awaiting !== null && all.filter(({ stepId, status }) => stepId === 'ask' && status === 'completed').length === Number(code) - 1)
    expect((await run.answer({ code })).status).toBe(200)
  }
  expect((await run.done('after_each')).outputs.after_each).toMatchObject({ items: [{ ask: { values: { code: '1' } } }, { ask: { values: { code: '2' } } }] })
  expect(receiver.at(called).map(({ body: sent }) => sent.item as number)).toEqual([1, 2])
  expect((await run.end()).state).toBe('COMPLETED')
})

test('a timer in a loop goes off when it is due', async () => {
  const run = await beside(node('each', { type: 'FOR_EACH', items: [1], nodes: [node('agent', { ...AGENT, timeoutMs: 20, onTimeout: 'continue' }), node('ask', { ...ASK, timeoutMs: 20, onTimeout: 'continue' })] }))
  await run.done('after_each')
  expect((await run.end()).state).toBe('COMPLETED')
})

test('a round that waits goes on beside the others of its loop', async () => {
  const path = `/round-${++count}`
  const nodes = [node('held', { type: 'WEBHOOK', url: `${gate.url}${path}/{{ .item }}`, method: 'GET' }), node('ask', { ...ASK, title: 'Round {{ .item }}?' }), after('ask')]
  gate.open(`${path}/1`)
  const { id } = await server.save({ identifier: `rounds_${count}`, nodes: [node('each', { type: 'FOR_EACH', items: [1, 2], concurrency: 2, nodes })] })
  const run = await server.run(id)
  const answer = () => server.call('POST', `/api/v1/workflow-runs/${run.id}/input`, { values: { code: '7' } })
  const { workflowRun } = await server.until(run.id, ({ awaiting }) => awaiting !== null)
  expect(workflowRun).toMatchObject({ state: 'IN_PROGRESS', awaiting: { title: 'Round 1?' } })
  await answer()
  const { activityRuns } = await server.until(run.id, (_run, all) => all.some(({ stepId, status }) => stepId === 'after_ask' && status === 'completed'))
  expect(activityRuns.filter(({ stepId }) => stepId === 'held').map(({ iteration, status }) => [iteration, status])).toEqual([['each[0]', 'completed'], ['each[1]', 'running']])
  gate.open(`${path}/2`)
  await server.until(run.id, ({ awaiting }) => awaiting?.title === 'Round 2?')
  await answer()
  const ended = await server.settled(run.id)
  expect(ended.workflowRun.state).toBe('COMPLETED')
  expect(ended.activityRuns.filter(({ stepId }) => stepId === 'held')).toHaveLength(2)
})
