import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
let gate: Gate
beforeAll(async () => {
  house = await openHouse()
  gate = await startGate()
  gate.open('/elsewhere')
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const open = (path: string, rest: Json = {}) => step('open', { type: 'NAVIGATE', url: `${house.portal.url}${path}` }, rest)
const click = (identifier: string, target: string, rest: Json = {}) => step(identifier, { type: 'CLICK', target, ...rest })
const answer = step('answer', { type: 'EVALUATE', expression: 'document.querySelector("#answer").textContent' })
const logs = async (runId: string) => (await house.events(runId)).filter(({ type }) => type === 'log').map(({ data }) => data.message)

describe('dialogs', () => {
  test('that nobody announced are dismissed, each with a log line at the step that met it', async () => {
    const { workflowRun, activityRuns } = await house.finish([open('/dialogs'), click('delete', '#confirm'), answer])
    expect(workflowRun.outputs).toMatchObject({ answer: { value: 'kept' } })
    expect(activityRuns.find(({ stepId }) => stepId === 'delete')!.logs.map(({ message }) => message)).toEqual(['The page showed a confirm: "Really delete the record?". It was dismissed.'])
  })

  test('are answered as announced, once', async () => {
    const { workflowRun } = await house.finish([open('/dialogs'), step('yes', { type: 'DIALOG', action: 'accept' }), click('two', '#two'), answer])
    expect(workflowRun.outputs).toMatchObject({ answer: { value: 'true then false' } })
    expect(await logs(workflowRun.id)).toEqual(['The page showed a confirm: "Delete?". It was accepted.', 'The page showed a confirm: "Really?". It was dismissed.'])
  })

  test('that hold a page up before it can be used do not hold up the run', async () => {
    const { workflowRun } = await house.finish([open('/dialogs/at-once'), answer])
    expect(workflowRun.outputs).toMatchObject({ answer: { value: 'confirmed false' } })
  })

  test('that ask whether to leave are answered with yes', async () => {
    const { workflowRun } = await house.finish([open('/dialogs'), step('write', { type: 'TYPE', target: '#draft', value: 'x' }), click('leave', '#leave'), step('where', { type: 'WAIT_FOR', url: '**/dialogs/left' })])
    expect(workflowRun.error).toBeNull()
  })
})

describe('windows', () => {
  test('a window that a click opens becomes the page to work in; when it closes itself, the one before is', async () => {
    const { workflowRun } = await house.finish([
      open('/popup'),
      click('chooser', '#chooser', { expectNewPage: true }),
      click('choose', '#choose'),
      step('chosen', { type: 'ASSERT', target: '#chosen', text: 'Chosen: Ada Adler' }),
    ])
    expect(workflowRun.error).toBeNull()
    await house.quiet()
  })

  test('one that is gone before the click in it is done has been clicked all the same', async () => {
    const { workflowRun } = await house.finish([
      open('/popup'),
      click('chooser', '#chooser', { expectNewPage: true }),
      step('hurry', { type: 'EVALUATE', expression: `document.querySelector('#choose').addEventListener('mousedown', () => window.close())` }),
      click('choose', '#choose'),
      step('back', { type: 'EVALUATE', expression: `document.querySelector('#chooser') !== null` }),
    ])
    expect(workflowRun).toMatchObject({ error: null, outputs: { back: { value: true } } })
    await house.quiet()
  })

  test('one that nobody expected does not take the page away', async () => {
    const { workflowRun } = await house.finish([open('/popup'), click('late', '#late-window'), step('wait', { type: 'EVALUATE', expression: 'new Promise((resolve) => setTimeout(resolve, 400)).then(() => location.pathname)' })])
    expect(workflowRun.outputs).toMatchObject({ wait: { value: '/popup' } })
    await house.quiet()
  })
})

describe('allowedHosts', () => {
  const only = { definition: { settings: { allowedHosts: ['127.0.0.1'] } } }
  /** The same portal under a name that is not allowed. */
  const other = (path: string) => `${house.portal.url.replace('127.0.0.1', 'localhost')}${path}`
  const before = () => house.portal.requests()['GET /console'] ?? 0

  test('what is not named cannot be opened, and the step says so', async () => {
    const count = before()
    const { workflowRun } = await house.finish([step('open', { type: 'NAVIGATE', url: other('/console') })], only)
    expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: expect.stringContaining('ERR_BLOCKED_BY_CLIENT') })
    expect(before()).toBe(count)
  })

  test('nor asked for by a page', async () => {
    const count = before()
    const { workflowRun } = await house.finish([open('/storage'), step('ask', { type: 'EVALUATE', expression: `fetch(${JSON.stringify(other('/console'))}, { mode: 'no-cors' }).then(() => 'came', () => 'refused')` })], only)
    expect(workflowRun.outputs).toMatchObject({ ask: { value: 'refused' } })
    expect(before()).toBe(count)
  })

  test('nor reached in a window that the page opens', async () => {
    const count = before()
    await house.finish([open('/storage'), step('ask', { type: 'EVALUATE', expression: `void window.open(${JSON.stringify(other('/console'))})` }), step('rest', { type: 'DELAY', ms: 300 })], only)
    expect(before()).toBe(count)
  })

  test('what is named is reached', async () => {
    expect((await house.finish([open('/console')], only)).workflowRun.state).toBe('COMPLETED')
  })

  test('nor reached by a WebSocket', async () => {
    const url = other('/console').replace('http:', 'ws:')
    const { workflowRun } = await house.finish([open('/storage'), step('ask', { type: 'EVALUATE', expression: `new Promise((resolve) => { new WebSocket(${JSON.stringify(url)}).onerror = () => resolve('refused') })` })], only)
    expect(workflowRun.outputs).toMatchObject({ ask: { value: 'refused' } })
  })

  test('forms, cookies and downloads go as they do without', async () => {
    const { workflowRun } = await house.finish([
      step('login', { type: 'NAVIGATE', url: `${house.portal.url}/login` }),
      step('user', { type: 'FILL', target: '#user', value: 'demo' }),
      step('password', { type: 'FILL', target: '#password', value: 'demo-password' }),
      click('sign_in', 'button'),
      step('table', { type: 'EXTRACT', table: { target: 'table' } }),
    ], only)
    expect(workflowRun.error).toBeNull()
    expect((workflowRun.outputs as Json).table.rows.length).toBeGreaterThan(5)
  })

  test('nor reached by a redirect', async () => {
    const count = before()
    const { workflowRun } = await house.finish([open(`/hook/redirect?to=${encodeURIComponent(other('/console'))}`)], only)
    expect(before()).toBe(count)
    expect(workflowRun.state).toBe('FAILED')
  })
})
