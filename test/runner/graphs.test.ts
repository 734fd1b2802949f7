import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Json, type TestServer } from '../harness.ts'

/** Graphs, branching and loops, without a browser. */

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let count = 0
const runOf = async (definition: Json, inputs?: Json) => {
  const workflow = await server.save({ identifier: `graph_${++count}`, ...definition })
  return server.run(workflow.id, inputs)
}
const ended = async (definition: Json, inputs?: Json) => server.settled((await runOf(definition, inputs)).id)

const set = (identifier: string, value: unknown, rest: Json = {}): Json => ({ identifier, config: { type: 'TRANSFORM', value }, ...rest })
const from = (sourceIdentifier: string, targetIdentifier: string, rest: Json = {}): Json => ({ sourceIdentifier, targetIdentifier, ...rest })

const tiers = { gold: '.inputs.tier == "gold"', silver: '.inputs.tier == "silver"' }
const spellings: Record<string, { config: Json; connections: Json[] }> = {
  outlets: {
    config: { outlets: [{ identifier: 'g', expression: tiers.gold }, { identifier: 's', expression: tiers.silver }] },
    connections: [from('choose', 'gold', { sourceOutletIdentifier: 'g' }), from('choose', 'silver', { sourceOutletIdentifier: 's' }), from('choose', 'other', { fallback: true })],
  },
  options: {
    config: { options: [{ identifier: 'g', title: 'Gold', expression: tiers.gold }, { identifier: 's', expression: tiers.silver }] },
    connections: [from('choose', 'gold', { sourceOptionIdentifier: 'g' }), from('choose', 'silver', { sourceOptionIdentifier: 's' }), from('choose', 'other', { fallback: true })],
  },
  conditions: {
    config: {
      conditions: [{ title: 'Gold', expression: tiers.gold, connectionIdentifier: 'to_gold' }, { expression: tiers.silver, connectionIdentifier: 'to_silver' }],
      defaultConnectionIdentifier: 'to_other',
    },
    connections: [from('choose', 'gold', { identifier: 'to_gold' }), from('choose', 'silver', { identifier: 'to_silver' }), from('choose', 'other', { identifier: 'to_other' })],
  },
}

test.each(Object.entries(spellings))('a condition spelt with %s takes the first true outlet, else the fallback', async (_name, { config, connections }) => {
  const definition = {
    nodes: [{ identifier: 'choose', config: { type: 'CONDITION', ...config } }, set('gold', 'G'), set('silver', 'S'), set('other', 'O'), set('after', '{{ .outputs | keys }}')],
    connections: [...connections, from('gold', 'after'), from('silver', 'after'), from('other', 'after')],
  }
  for (const [tier, taken] of [['gold', 'gold'], ['silver', 'silver'], ['tin', 'other']] as const) {
    const { workflowRun, activityRuns } = await ended(definition, { tier })
    expect(workflowRun.state).toBe('COMPLETED')
    expect(activityRuns.map(({ stepId }) => stepId)).toEqual(['trigger', 'choose', taken, 'after'])
    expect(activityRuns[1]).toMatchObject({ kind: 'condition', status: 'completed' })
    expect(Object.keys(workflowRun.outputs)).not.toContain(taken === 'gold' ? 'silver' : 'gold')
  }
})

test('a condition that nothing matches and that has no fallback ends its path', async () => {
  const { workflowRun } = await ended({
    nodes: [{ identifier: 'choose', config: { type: 'CONDITION', outlets: [{ identifier: 'never', expression: 'false' }] } }, set('a', 1)],
    connections: [from('choose', 'a', { sourceOutletIdentifier: 'never' })],
  })
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { choose: { selected: null } } })
})

test('branches run side by side and join where they meet', async () => {
  const { workflowRun, activityRuns } = await ended({
    nodes: [set('start', 1), { identifier: 'slow', config: { type: 'DELAY', ms: 300 } }, { identifier: 'slower', config: { type: 'DELAY', ms: 350 } }, set('quick', 2), set('join', '{{ [.outputs | keys[]] | sort }}')],
    connections: [from('start', 'slow'), from('start', 'slower'), from('start', 'quick'), from('slow', 'join'), from('slower', 'join'), from('quick', 'join')],
  })
  expect(workflowRun.state).toBe('COMPLETED')
  expect(activityRuns.filter(({ stepId }) => stepId === 'join')).toHaveLength(1)
  expect(workflowRun.outputs.join).toEqual({ value: ['quick', 'slow', 'slower', 'start', 'trigger'] })
  const of = (id: string) => activityRuns.find(({ stepId }) => stepId === id)!
  expect(of('slower').startedAt! < of('slow').completedAt!).toBe(true)
})

test('a branch that fails ends the run, and what goes on beside it is stopped', async () => {
  const { workflowRun, activityRuns } = await ended({
    nodes: [set('start', 1), { identifier: 'long', config: { type: 'DELAY', ms: 4000 } }, { identifier: 'bad', config: { type: 'FAIL', message: 'No.' } }],
    connections: [from('start', 'long'), from('start', 'bad')],
  })
  expect(workflowRun).toMatchObject({ state: 'FAILED', error: { stepId: 'bad', message: 'No.' } })
  expect(activityRuns.find(({ stepId }) => stepId === 'long')?.status).toBe('cancelled')
})

test('a loop runs its body for each item, in order, and gathers what each round puts out', async () => {
  const { workflowRun, activityRuns } = await ended({
    nodes: [
      set('base', 10),
      { identifier: 'each', config: { type: 'FOR_EACH', items: '{{ .inputs.list }}', nodes: [set('double', '{{ .item * 2 + .outputs.base.value }}'), set('label', 'n{{ .index }}={{ .outputs.double.value }}')] } },
      set('sum', '{{ [.outputs.each.items[].double.value] | add }}'),
    ],
  }, { list: [1, 2, 3] })
  expect(workflowRun.error).toBeNull()
  expect(workflowRun.outputs.each).toEqual({ count: 3, items: [1, 2, 3].map((n, i) => ({ double: { value: n * 2 + 10 }, label: { value: `n${i}=${n * 2 + 10}` } })) })
  expect(workflowRun.outputs.sum).toEqual({ value: 42 })
  expect(activityRuns.filter(({ stepId }) => stepId === 'double').map(({ iteration }) => iteration)).toEqual(['each[0]', 'each[1]', 'each[2]'])
})

test('an empty loop is done at once', async () => {
  const { workflowRun } = await ended({ nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items: [], nodes: [set('a', 1)] } }] })
  expect(workflowRun.outputs.each).toEqual({ count: 0, items: [] })
})

test('loops nest, and each round knows its own item', async () => {
  const { workflowRun } = await ended({
    nodes: [
      {
        identifier: 'outer',
        config: { type: 'FOR_EACH', items: ['a', 'b'], nodes: [set('name', '{{ .item }}'), { identifier: 'inner', config: { type: 'FOR_EACH', items: [1, 2], concurrency: 2, nodes: [set('cell', '{{ .outputs.name.value }}{{ .item }}')] } }] },
      },
    ],
  })
  const outer = workflowRun.outputs.outer as Json
  expect(outer.items.map((round: Json) => round.inner.items.map((cell: Json) => cell.cell.value))).toEqual([['a1', 'a2'], ['b1', 'b2']])
})

test('a loop with a question in it waits there, and goes on with the next round after the answer', async () => {
  const run = await runOf({ nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items: ['x', 'y'], nodes: [{ identifier: 'ask', config: { type: 'USER_INPUT', title: 'Ok with {{ .item }}?' } }] } }, set('end', 1)] })
  for (const title of ['Ok with x?', 'Ok with y?']) {
    const { workflowRun } = await server.until(run.id, ({ state, awaiting }) => state === 'AWAITING_USER_INPUT' && awaiting?.title === title)
    expect(workflowRun.awaiting?.title).toBe(title)
    expect((await server.call('POST', `/api/v1/workflow-runs/${run.id}/input`, { values: {} })).status).toBe(200)
  }
  const { workflowRun, activityRuns } = await server.settled(run.id)
  expect(workflowRun.state).toBe('COMPLETED')
  expect(activityRuns.filter(({ stepId }) => stepId === 'each')).toHaveLength(1)
})

test('of the rounds of a loop no more wait at a time than may go on side by side', async () => {
  const { id } = await runOf({ nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items: ['a', 'b', 'c', 'd', 'e'], concurrency: 2, nodes: [set('before', '{{ .item }}'), { identifier: 'ask', config: { type: 'USER_INPUT', title: '{{ .item }}?' } }] } }] })
  const asked = async (...titles: string[]) => {
    await server.until(id, ({ state }, activityRuns) => state === 'AWAITING_USER_INPUT' && activityRuns.filter(({ stepId, status }) => stepId === 'ask' && status === 'waiting').length === titles.length)
    const { userForms } = (await server.call('GET', `/api/v1/user-forms?workflowRunId=${id}&status=pending&sortOrder=asc`)).body
    expect(userForms.map(({ title }: Json) => title)).toEqual(titles)
    return (index: number) => server.call('POST', `/api/v1/user-forms/${userForms[index].formId}/submit`, { values: {} })
  }
  const begun = async () => (await server.get(id)).activityRuns.filter(({ stepId }) => stepId === 'before').length
  await (await asked('a?', 'b?'))(1)
  await (await asked('a?', 'c?'))(0)
  expect(await begun()).toBe(3)
  await (await asked('c?', 'd?'))(0)
  await (await asked('d?', 'e?'))(1)
  await (await asked('d?'))(0)
  const { workflowRun } = await server.settled(id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { each: { count: 5 } } })
  expect((workflowRun.outputs.each as Json).items.map((round: Json) => round.before.value)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('the rounds of a loop that wait for other runs start each of them once, however often the run goes on', async () => {
  const { id: child } = await server.save({ identifier: 'once', nodes: [set('a', 1)] })
  const items = Array.from({ length: 40 }, (_none, index) => index)
  const { workflowRun, activityRuns } = await ended({ nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items, concurrency: 20, nodes: [{ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow: 'once' } }] } }] })
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { each: { count: 40 } } })
  expect(activityRuns.filter(({ stepId }) => stepId === 'call').map(({ attempt }) => attempt)).toEqual(items.map(() => 1))
  expect((await server.call('GET', `/api/v1/workflow-runs?workflowId=${child}`)).body.pagination.total).toBe(40)
})

test('a while loop goes on as long as its condition holds, and no longer than it may', async () => {
  const body = [set('n', '{{ (.outputs.n.value // 0) + 1 }}')]
  const { workflowRun } = await ended({ nodes: [{ identifier: 'loop', config: { type: 'WHILE', condition: '(.outputs.n.value // 0) < 4', maxIterations: 10, nodes: body } }] })
  expect(workflowRun.outputs.loop).toMatchObject({ count: 4 })
  const { workflowRun: endless } = await ended({ nodes: [{ identifier: 'loop', config: { type: 'WHILE', condition: 'true', maxIterations: 3, nodes: [set('n', 1)] } }] })
  expect(endless).toMatchObject({ state: 'FAILED', error: { stepId: 'loop', message: 'The condition still held after 3 rounds.' } })
})

test('a while loop ends no round that has begun, also when its condition does not hold any more at a pause', async () => {
  const ask = (identifier: string): Json => ({ identifier, config: { type: 'USER_INPUT', title: identifier } })
  const { id } = await runOf({
    nodes: [set('start', 1), ask('enough'), { identifier: 'loop', config: { type: 'WHILE', condition: '.outputs.enough == null', maxIterations: 9, nodes: [ask('more'), set('n', '{{ .index }}')] } }],
    connections: [from('start', 'enough'), from('start', 'loop')],
  })
  const answer = async (step: string, left: number) => {
    const { activityRuns } = await server.until(id, ({ state }, all) => state === 'AWAITING_USER_INPUT' && all.filter(({ stepId, status }) => stepId !== 'loop' && status === 'waiting').length === left)
    const asked = activityRuns.find(({ stepId, status }) => stepId === step && status === 'waiting')!
    const { userForms } = (await server.call('GET', `/api/v1/user-forms?workflowRunId=${id}&status=pending`)).body
    await server.call('POST', `/api/v1/user-forms/${userForms.find(({ activityRunId }: Json) => activityRunId === asked.id).formId}/submit`, { values: {} })
  }
  await answer('more', 2)
  await answer('enough', 2)
  await answer('more', 1)
  const { workflowRun, activityRuns } = await server.settled(id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { loop: { count: 2, items: [{ n: { value: 0 } }, { n: { value: 1 } }] } } })
  expect(activityRuns.filter(({ status }) => status !== 'completed')).toEqual([])
})

test('a condition of a loop that fails on a secret shows none of it', async () => {
  const password = 'not-a-number-0815'
  const trigger = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } } } } }
  const { workflowRun, activityRuns } = await ended({ nodes: [trigger, { identifier: 'loop', config: { type: 'WHILE', condition: '.inputs.password | tonumber < 5', maxIterations: 3, nodes: [set('n', 1)] } }] }, { password })
  expect(workflowRun.error).toMatchObject({ code: 'template_error', stepId: 'loop', message: expect.stringContaining('[redacted]') })
  const events = await server.server.services.log.after(workflowRun.id, 0)
  expect(events.map(({ type }) => type)).toContain('activity.failed')
  for (const shown of [workflowRun, activityRuns, events]) expect(JSON.stringify(shown)).not.toContain('not-')
})

test('a node that fails may let the run go on with its error as its output', async () => {
  const { workflowRun, activityRuns } = await ended({ nodes: [set('bad', '{{ error("nope") }}', { onFailure: 'continue' }), set('after', '{{ .outputs.bad.error.code }}')] })
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { after: { value: 'template_error' } } })
  expect(activityRuns.find(({ stepId }) => stepId === 'bad')?.status).toBe('failed')
})

test('a workflow runs another and gets what it puts out; its failure is its own', async () => {
  await server.save({ identifier: 'child', nodes: [set('twice', '{{ .inputs.n * 2 }}')] })
  await server.save({ identifier: 'bad_child', nodes: [{ identifier: 'no', config: { type: 'FAIL', message: 'Broken child.' } }] })
  const { workflowRun } = await ended({ nodes: [{ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow: 'child', inputs: { n: 21 } } }, set('out', '{{ .outputs.call.outputs.twice.value }}')] })
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { out: { value: 42 } } })
  const { workflowRun: failed } = await ended({ nodes: [{ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow: 'bad_child' } }] })
  expect(failed).toMatchObject({ state: 'FAILED', error: { stepId: 'call', message: 'Broken child.' } })
  const { workflowRun: loose } = await ended({ nodes: [{ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow: 'child', inputs: { n: 1 }, wait: false } }] })
  expect((await server.settled((loose.outputs.call as Json).runId)).workflowRun.state).toBe('COMPLETED')
})

test.each([true, false])('a workflow that cannot be run fails the node that runs it (wait: %s), at once, with the reason', async (wait) => {
  await server.call('POST', '/api/v1/workflows', { identifier: 'asks_month', nodes: [{ identifier: 's', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string' } }, required: ['month'] } } }, set('a', 1)] })
  const call = (config: Json, rest: Json = {}) => ({ identifier: 'call', config: { type: 'RUN_WORKFLOW', wait, ...config }, retry: { maxAttempts: 3, backoffMs: 1 }, ...rest })
  const { workflowRun, activityRuns } = await ended({ nodes: [call({ workflow: 'nobody' })] })
  expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', stepId: 'call', message: 'There is no workflow "nobody" that can be started.' } })
  expect(activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)).toEqual(['trigger completed', 'call failed'])
  const asked = await ended({ nodes: [call({ workflow: 'asks_month', inputs: { year: 1 } }, { onFailure: 'continue' }), set('out', '{{ .outputs.call.error.message }}')] })
  expect(asked.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { out: { value: expect.stringMatching(/^"asks_month" does not take these inputs: .*month.*year|^"asks_month" does not take these inputs: .*year.*month/) } } })
})

test('a workflow that runs itself does not go on for ever', async () => {
  const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }
  const { id: workflowId } = await server.save({ identifier: 'itself', nodes: [ASK, { identifier: 'again', config: { type: 'RUN_WORKFLOW', workflow: 'itself' } }] })
  const asks = async (id: string) => {
    await server.until(id, ({ state }) => state === 'AWAITING_USER_INPUT')
    return () => server.call('POST', `/api/v1/workflow-runs/${id}/input`, {})
  }
  const first = await server.run(workflowId)
  const answer = await asks(first.id)
  // As if 99 others stood above it.
  await server.server.services.db.write(async (tx) => tx.run(sql`UPDATE runs SET depth = 99 WHERE id = ${first.id}`))
  await answer()
  await server.until(first.id, ({ state }) => state === 'AWAITING_EXTERNAL')
  const [second] = (await server.call('GET', `/api/v1/workflow-runs?workflowId=${workflowId}`)).body.workflowRuns as Json[]
  await (await asks(second!.id as string))()
  const message = '"itself" is not started: 100 runs stand above this one already, each started by the one before.'
  expect((await server.settled(first.id)).workflowRun).toMatchObject({ state: 'FAILED', error: { stepId: 'again', message } })
  expect((await server.call('GET', `/api/v1/workflow-runs?workflowId=${workflowId}`)).body.pagination.total).toBe(2)
})

test('faults inside of loops and in jq programs are told on save, with their paths', async () => {
  const { body } = await server.call('POST', '/api/v1/workflows/validate', {
    identifier: 'faults',
    nodes: [
      { identifier: 'each', config: { type: 'FOR_EACH', items: [], nodes: [{ identifier: 'a', config: { type: 'TRANSFROM', value: 1 } }, set('b', '{{ .a | }}')] } },
      { identifier: 'b', config: { type: 'CONDITION', outlets: [{ identifier: 'x', expression: '.a ==' }] } },
    ],
  })
  expect(body.valid).toBe(false)
  expect(body.faults.map(({ path, code }: Json) => `${path} ${code}`).sort()).toEqual([
    'nodes[0].config.nodes[0].config.type unknown_type',
    'nodes[0].config.nodes[1].config.value template_error',
    'nodes[0].config.nodes[1].identifier duplicate',
    'nodes[1].config.outlets[0].expression template_error',
  ])
})
