import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { chromiumRoots, hasProc } from '../processes.ts'
import { step } from '../restarts.ts'

/** What a LOGIN workflow leaves for others, and what a wizard that cannot be opened in the middle goes back to. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
let gate: Gate
beforeAll(async () => {
  house = await openHouse({ PARK_MS: '0' }, { ownChromium: 'full' })
  gate = await startGate()
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const open = (identifier: string, path: string): Json => step(identifier, { type: 'NAVIGATE', url: `${house.portal.url}${path}` })
const login = () => [open('login', '/login'), step('user', { type: 'FILL', target: '#user', value: 'demo' }), step('password', { type: 'FILL', target: '#password', value: 'demo-password' }), step('sign_in', { type: 'CLICK', target: 'button' })]
const isIn = async (session: string): Promise<boolean> => {
  const { workflowRun } = await house.finish([open('employees', '/employees')], { definition: { settings: { session } } })
  return (workflowRun.outputs as Json).employees.url.endsWith('/employees')
}

test('a LOGIN workflow saves its session when it completes, and later runs begin with a copy of it', async () => {
  expect(await isIn('portal')).toBe(false)
  expect((await house.finish(login(), { definition: { type: 'LOGIN', settings: { session: 'portal' } } })).workflowRun.state).toBe('COMPLETED')
  expect(await isIn('portal')).toBe(true)
  expect(await isIn('another')).toBe(false)
})

test('one that fails saves none', async () => {
  await house.finish([...login(), step('fail', { type: 'FAIL', message: 'No.' })], { definition: { type: 'LOGIN', settings: { session: 'failed' } } })
  expect((await house.server.call('GET', '/api/v1/sessions/failed')).body.session).toMatchObject({ status: 'empty', savedAt: null, failure: { message: 'No.' } })
})

test.skipIf(!hasProc)('one that loses its browser after its last page still saves what it had', async () => {
  const runId = await house.begin([...login(), step('hold', { type: 'WEBHOOK', url: `${gate.url}/hold`, method: 'GET' })], { definition: { type: 'LOGIN', settings: { session: 'lost' } } })
  await gate.arrived('/hold')
  for (const { pid } of chromiumRoots(process.pid)) process.kill(pid, 'SIGKILL')
  gate.open('/hold')
  expect((await house.server.settled(runId)).workflowRun.error).toBeNull()
  expect(await isIn('lost')).toBe(true)
})

test('a question inside of a wizard that cannot be opened in the middle: the late answer counts, and the wizard is gone through again', async () => {
  const inside = { checkpoint: false }
  const runId = await house.begin([
    open('wizard', '/one-way-wizard/1'),
    step('company', { type: 'FILL', target: '#company', value: 'Acme' }, inside),
    step('next', { type: 'CLICK', target: { role: 'button', name: 'Continue' } }, inside),
    step('ask', { type: 'USER_INPUT', title: 'How many?', userInputs: { properties: { seats: { type: 'number' } }, required: ['seats'] } }, inside),
    step('seats', { type: 'FILL', target: '#seats', value: '{{ .outputs.ask.values.seats }}' }, inside),
    step('next2', { type: 'CLICK', target: { role: 'button', name: 'Continue' } }, inside),
    step('place', { type: 'CLICK', target: { role: 'button', name: 'Place the order' } }),
    step('placed', { type: 'EXTRACT', fields: { text: { target: '#placed' } } }),
  ])
  await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
  await house.quiet()
  await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { seats: 12 } })
  const { workflowRun, activityRuns } = await house.server.settled(runId)
  expect(workflowRun).toMatchObject({ error: null, outputs: { placed: { text: '12 seats on the basic plan for Acme.' } } })
  const completed = (id: string) => activityRuns.filter(({ stepId, status }) => stepId === id && status === 'completed').length
  expect(['wizard', 'company', 'next', 'ask', 'seats', 'place'].map(completed)).toEqual([1, 2, 2, 1, 1, 1])
})

test('two such questions: the first is asked again, and the answer that was given to the second is kept for it', async () => {
  const inside = { checkpoint: false }
  const ask = (identifier: string) => step(identifier, { type: 'USER_INPUT', title: identifier }, inside)
  const runId = await house.begin([open('wizard', '/one-way-wizard/1'), step('company', { type: 'FILL', target: '#company', value: 'Acme' }, inside), ask('first'), ask('second'), step('where', { type: 'EVALUATE', expression: 'document.querySelector("#company").value' })])
  const answer = (title: string) => house.server.until(runId, ({ awaiting }) => awaiting?.title === title).then(({ workflowRun }) => house.server.call('POST', `/api/v1/user-forms/${workflowRun.awaiting!.formId}/submit`, { values: {} }))
  await answer('first')
  await answer('second')
  // Each pause freed the browser, so the way to the second question is gone again, the first one included.
  expect((await answer('first')).status).toBe(200)
  const { workflowRun, activityRuns } = await house.server.settled(runId)
  expect(workflowRun).toMatchObject({ error: null, outputs: { where: { value: 'Acme' } } })
  expect(activityRuns.filter(({ stepId, status }) => stepId === 'second' && status === 'completed')).toHaveLength(1)
})

describe('a question that is asked again because the browser is gone', () => {
  const inside = { checkpoint: false }
  /** Waits until the run waits with its first question asked a second time. @returns that question's form */
  const again = async (runId: string): Promise<string> => {
    await house.server.until(runId, ({ state }, all) => state === 'AWAITING_USER_INPUT' && all.filter(({ stepId }) => stepId === 'first').length === 2)
    const { userForms } = (await house.server.call('GET', `/api/v1/user-forms?workflowRunId=${runId}&status=pending`)).body
    return (userForms as Json[]).find(({ title }) => title === 'first')!.formId as string
  }
  const answer = (formId: string) => house.server.call('POST', `/api/v1/user-forms/${formId}/submit`, { values: {} })
  const asked = async (runId: string, title: string) => (await house.server.until(runId, ({ awaiting }) => awaiting?.title === title)).workflowRun.awaiting!.formId
  const first = step('first', { type: 'USER_INPUT', title: 'first' }, inside)

  test('is waited for in peace, whatever has come for the round of a loop after it', async () => {
    const runId = await house.begin([first, step('each', { type: 'FOR_EACH', items: [1], nodes: [step('second', { type: 'USER_INPUT', title: 'second' }, inside)] }, inside), step('end', { type: 'NO_ACTION', reason: 'done' })])
    await answer(await asked(runId, 'first'))
    await answer(await asked(runId, 'second'))
    await answer(await again(runId))
    expect((await house.server.settled(runId)).workflowRun.error).toBeNull()
  })

  test('is waited for in peace when the time of one after it is over', async () => {
    const runId = await house.begin([first, step('second', { type: 'USER_INPUT', title: 'second', timeoutMs: 300 }, inside)])
    await answer(await asked(runId, 'first'))
    const formId = await again(runId)
    // Woken for it again and again, it would be so once in each of these calls.
    for (let call = 0; call < 20; call++) await house.server.get(runId)
    expect((await house.events(runId)).filter(({ type }) => type === 'run.woken').length).toBeLessThan(4)
    await answer(formId)
    expect((await house.server.settled(runId)).workflowRun.error).toMatchObject({ stepId: 'second' })
  })
})
