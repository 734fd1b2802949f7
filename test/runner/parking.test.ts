import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startGate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'

/** A run that waits keeps its browser for a short while; after that it frees it, and gets another when it goes on. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let quick: House
let slow: House
/** Runs that rest while the tests before theirs go on: more than five seconds, after which a run does not wait in memory any more. */
let resting: { until: string; ids: string[] }
beforeAll(async () => {
  quick = await openHouse({ PARK_MS: '60000', MAX_CONCURRENT_RUNS: '2' })
  slow = await openHouse({ PARK_MS: '0', MAX_CONCURRENT_RUNS: '2' })
  const until = new Date(Date.now() + 6_500).toISOString()
  resting = { until, ids: await Promise.all(Array.from({ length: 5 }, () => slow.begin([step('rest', { type: 'DELAY', until }), step('end', { type: 'TRANSFORM', value: 1 })]))) }
})
afterAll(async () => {
  await quick[Symbol.asyncDispose]()
  await slow[Symbol.asyncDispose]()
})

const open = (house: House, path: string) => step('open', { type: 'NAVIGATE', url: `${house.portal.url}${path}` })
const ask = step('ask', { type: 'USER_INPUT', title: 'Well?' })
const read = step('read', { type: 'EVALUATE', expression: '[location.pathname, document.querySelector("#note, #draft")?.value ?? null]' })
const asked = ({ state }: Json) => state === 'AWAITING_USER_INPUT'
const answer = (house: House, runId: string) => house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
const contexts = (house: House) => house.server.server.services.browsers.count().contexts

test('a quick answer finds the page as it was left: what was typed is still there', async () => {
  const runId = await quick.begin([open(quick, '/storage'), step('note', { type: 'FILL', target: '#note', value: 'half written' }), ask, read])
  await quick.server.until(runId, asked)
  expect(contexts(quick)).toBe(1)
  await answer(quick, runId)
  expect((await quick.server.settled(runId)).workflowRun.outputs).toMatchObject({ read: { value: ['/storage', 'half written'] } })
  expect(quick.portal.requests()['GET /storage']).toBe(1)
  await quick.quiet()
})

test('a late answer finds the address again, and what was only typed is gone', async () => {
  const runId = await slow.begin([open(slow, '/storage'), step('note', { type: 'FILL', target: '#note', value: 'half written' }), ask, read])
  await slow.server.until(runId, asked)
  await slow.quiet()
  expect((await slow.server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  await answer(slow, runId)
  expect((await slow.server.settled(runId)).workflowRun.outputs).toMatchObject({ read: { value: ['/storage', ''] } })
  const told = (await slow.events(runId)).filter(({ type }) => type === 'log').map(({ data }) => data.message)
  expect(told).toEqual([`Went on in a new browser: cookies and storage put back, ${slow.portal.url}/storage opened again.`])
  await slow.quiet()
})

test('an address that cannot be opened again is told of, and the run goes on as far as it can', async () => {
  const gate = await startGate()
  gate.open('/page')
  const runId = await slow.begin([step('open', { type: 'NAVIGATE', url: `${gate.url}/page` }), ask, step('elsewhere', { type: 'NAVIGATE', url: `${slow.portal.url}/storage` })])
  await slow.server.until(runId, asked)
  await slow.quiet()
  await gate[Symbol.asyncDispose]()
  await answer(slow, runId)
  expect((await slow.server.settled(runId)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { elsewhere: { url: `${slow.portal.url}/storage` } } })
  const told = (await slow.events(runId)).filter(({ type }) => type === 'log').map(({ data }) => `${data.level} ${data.message}`)
  expect(told).toEqual([`WARN Went on in a new browser: cookies and storage put back, but ${gate.url}/page could not be opened again.`])
})

test('what the page says while it waits, and afterwards, still reaches the log', async () => {
  const runId = await quick.begin([
    open(quick, '/dialogs'),
    step('later', { type: 'EVALUATE', expression: 'void setTimeout(() => alert("while it waits"), 100)' }),
    ask,
    step('alert', { type: 'CLICK', target: '#alert' }),
  ])
  await quick.server.until(runId, asked)
  const { log } = quick.server.server.services
  for await (const page of log.follow(runId, 0, new AbortController().signal)) if (page.some(({ type }) => type === 'log')) break
  await answer(quick, runId)
  await quick.server.settled(runId)
  const told = (await quick.events(runId)).filter(({ type }) => type === 'log').map(({ data }) => data.message)
  expect(told).toEqual(['The page showed an alert: "while it waits". It was dismissed.', 'The page showed an alert: "The list was saved.". It was dismissed.'])
})

test('runs that wait leave their places to others, and those that have waited longest also their browsers', async () => {
  const waiting: string[] = []
  for (let n = 0; n < 4; n++) {
    waiting.push(await quick.begin([open(quick, '/storage'), step('note', { type: 'FILL', target: '#note', value: 'half written' }), ask, read]))
    await quick.server.until(waiting[n]!, asked)
  }
  // All four have paused, though only two may execute at once; and no more than two of them keep their browsers, those that came last.
  expect(quick.server.server.services.load().queued).toBe(0)
  await expect.poll(() => contexts(quick)).toBe(2)
  for (const id of waiting) await answer(quick, id)
  const ended = await Promise.all(waiting.map((id) => quick.server.settled(id)))
  expect(ended.map(({ workflowRun }) => (workflowRun.outputs.read as Json).value[1])).toEqual(['', '', 'half written', 'half written'])
  await quick.quiet()
})

test('the timers of runs that wait go off, many at the same moment', async () => {
  for (const id of resting.ids) {
    const { workflowRun, activityRuns } = await slow.server.settled(id)
    expect(workflowRun.state).toBe('COMPLETED')
    expect(activityRuns.find(({ stepId }) => stepId === 'rest')!.completedAt! >= resting.until).toBe(true)
  }
})

test('a question that nobody answers in time ends as it says: the run fails, or goes on', async () => {
  const unanswered = (onTimeout: string) => step('ask', { type: 'USER_INPUT', title: 'Well?', timeoutMs: 300, onTimeout })
  const [fails, goes] = await Promise.all([quick.finish([unanswered('fail')]), quick.finish([unanswered('continue'), step('end', { type: 'TRANSFORM', value: '{{ .outputs.ask.timeout }}' })])])
  expect(fails.workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'input_expired', stepId: 'ask' } })
  expect(goes.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { end: { value: true } } })
  expect((await answer(quick, fails.workflowRun.id)).status).toBe(410)
})

test('what is asked again because the browser was gone counts as it is answered then, also when that is quick', async () => {
  const inside = { checkpoint: false }
  const question = (title: string) => step(title, { type: 'USER_INPUT', title, userInputs: { properties: { code: { type: 'string' } } } }, inside)
  const note = step('note', { type: 'FILL', target: '#note', value: 'half written' }, inside)
  const runId = await quick.begin([open(quick, '/storage'), note, question('first'), question('second'), step('used', { type: 'TRANSFORM', value: '{{ .outputs.first.values.code }}' })])
  const submit = async (title: string, code: string, times: number): Promise<void> => {
    const { workflowRun } = await quick.server.until(runId, ({ awaiting }, all) => awaiting?.title === title && all.filter(({ stepId }) => stepId === title).length === times)
    await quick.server.call('POST', `/api/v1/user-forms/${workflowRun.awaiting!.formId}/submit`, { values: { code } })
  }
  await submit('first', 'old', 1)
  await quick.server.until(runId, ({ awaiting }) => awaiting?.title === 'second')
  // Others take its place among the browsers that are kept.
  const others = await Promise.all([1, 2].map(() => quick.begin([open(quick, '/storage'), ask])))
  for (const other of others) await quick.server.until(other, asked)
  await expect.poll(() => contexts(quick)).toBe(2)
  await submit('second', 'approved', 1)
  await submit('first', 'new', 2)
  expect((await quick.server.settled(runId)).workflowRun).toMatchObject({ error: null, outputs: { used: { value: 'new' } } })
  for (const other of others) await answer(quick, other)
  await quick.quiet()
})
