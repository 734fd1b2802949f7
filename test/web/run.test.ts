import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { startGate } from '../gate.ts'
import type { Change } from '../../db/change.ts'
import { linear } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { portalPassword } from '../portal/login.ts'
import { buildDashboard, eventually, visit } from './visitor.ts'
import { startWire } from './wire.ts'

/** One run, watched in a browser while it works in another. */

// Two browsers at once, and axe over whole pages: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 150_000 })

let house: House
let browser: Browser
let url: string
beforeAll(async () => {
  await buildDashboard()
  house = await openHouse()
  url = house.server.url
  browser = await sharedChromium()
  const definition = JSON.parse(readFileSync(new URL('../../examples/export-employees.json', import.meta.url), 'utf8')) as { envs: { name: string; value: string }[] }
  await house.server.save({ ...definition, envs: [{ name: 'PORTAL_URL', value: house.portal.url }] })
})
afterAll(() => house[Symbol.asyncDispose]())

const state = (page: Page, text: string) => page.locator('.run-state').getByText(text).waitFor()
const step = (page: Page, title: string) => page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: title })
/** What the timeline and the facts of the run say, without what depends on the clock of who looks. */
const told = async (page: Page): Promise<string[]> => {
  const rows = await page.locator('.timeline-row').allInnerTexts()
  return [await page.locator('.run-state').innerText(), ...rows.map((row) => row.replace(/\s+/g, ' '))]
}

test('a run is started from the form of its workflow, asks for a code, and is watched to its end', async () => {
  // The wrong code is refused by the server.
  await using visitor = await visit(browser, `${url}/`, { expected: /400 .*submit/ })
  const { page } = visitor
  await page.getByRole('link', { name: 'Start a run' }).first().click()
  await page.getByRole('combobox', { name: 'Workflow' }).or(page.getByRole('textbox', { name: 'Workflow' })).first().click()
  await page.getByRole('option', { name: 'Export employees' }).click()
  await page.getByRole('textbox', { name: 'User name' }).fill('demo-2fa')
  await page.getByRole('textbox', { name: 'Password' }).fill(portalPassword)
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Start', exact: true }).click()

  // The live picture, the node at work, and then the question with what the portal shows.
  await page.getByRole('img', { name: 'The page that the run works in, live' }).waitFor()
  await state(page, 'Waits for a person')
  await page.getByRole('heading', { name: 'Security code' }).waitFor()
  await page.getByRole('img', { name: 'What the portal shows' }).first().waitFor()
  await page.getByText(/min .* left|h .* left/).waitFor()
  await visitor.expectAccessible()
  await page.getByRole('textbox', { name: 'Security code' }).fill('12')
  await page.getByRole('button', { name: 'Send the answer' }).click()
  await page.locator('.mantine-InputWrapper-error').waitFor()
  await page.getByRole('textbox', { name: 'Security code' }).fill('246810')
  await page.keyboard.press('Enter')
  await state(page, 'Completed')

  const live = await told(page)
  await step(page, 'Read page 1').click()
  await page.getByRole('region', { name: 'Table' }).first().getByRole('columnheader').first().waitFor()
  await page.getByRole('button', { name: /^Show .*\.csv/ }).first().click()
  await page.getByRole('dialog').getByRole('region', { name: 'Table' }).waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await eventually(() => page.locator('.graph-node[data-status=completed]').count()).toBe(live.length - 1)
  await visitor.expectAccessible()

  // A finished run looks as it did live.
  await page.reload()
  await state(page, 'Completed')
  expect(await told(page)).toEqual(live)
  expect(visitor.faults).toEqual([])
  expect(await page.content()).not.toContain(portalPassword)
})

test('a failed step shows why, and what the page showed; from there it can be run again', async () => {
  const { workflowRun } = await house.finish([
    { identifier: 'open', title: 'Open', config: { type: 'NAVIGATE', url: `${house.portal.url}/login` } },
    { identifier: 'press', title: 'Press what is not there', config: { type: 'CLICK', target: { role: 'button', name: 'Nothing like it' } }, timeoutMs: 300 },
  ])
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.identifier}`)
  const { page } = visitor
  await page.getByText('Press what is not there failed').waitFor()
  const picture = page.getByRole('img', { name: 'What the page showed at the failure' }).first()
  await picture.waitFor()
  await eventually(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100)
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Run again from here' }).first().click()
  await page.waitForURL((at) => !at.href.includes(workflowRun.identifier))
  await state(page, 'Failed')
  await step(page, 'Open').getByText('kept', { exact: true }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a workflow that was repaired goes on from where its run failed', async () => {
  const say = (identifier: string) => ({ identifier, title: `Say ${identifier}`, config: { type: 'TRANSFORM', value: { said: identifier } } })
  const { server } = house
  await server.save(linear('mended', [say('one'), { identifier: 'two', title: 'Say two', config: { type: 'FAIL', message: 'Not yet.' } }]))
  const { workflowRun } = await server.settled((await server.run('mended')).id)
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`)
  const { page } = visitor
  await page.getByText('Say two failed').waitFor()
  await server.call('PATCH', '/api/v1/workflows/mended', { nodes: [say('one'), say('two')] })
  await page.getByRole('link', { name: 'Edit this step' }).click()
  await page.getByRole('region', { name: 'Form' }).getByRole('heading', { name: 'Say two' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: 'Go on from here with version 2' }).click()
  await page.waitForURL((at) => !at.href.includes(workflowRun.id))
  await state(page, 'Completed')
  await step(page, 'Say one').getByText('kept', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'mended' }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a completed run is run again from a step of its timeline', async () => {
  const say = (identifier: string) => ({ identifier, title: `Say ${identifier}`, config: { type: 'TRANSFORM', value: { said: identifier } }, links: ['https://portal.example/{{ .response.said }}', 'javascript:alert(1)'] })
  const { workflowRun } = await house.finish([say('one'), say('two'), say('three')])
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`)
  const { page } = visitor
  await step(page, 'Say two').click()
  await page.getByText('javascript:alert(1)').waitFor()
  const links = page.getByRole('link').filter({ hasText: /portal\.example|javascript/ })
  expect(await links.evaluateAll((found) => found.map((link) => link.getAttribute('href')))).toEqual(['https://portal.example/two'])
  await page.getByRole('button', { name: 'Run again from here' }).click()
  await page.waitForURL((at) => !at.href.includes(workflowRun.id))
  await state(page, 'Completed')
  await step(page, 'Say one').getByText('kept', { exact: true }).waitFor()
  expect(await step(page, 'Say two').getByText('kept', { exact: true }).count()).toBe(0)
  await page.getByRole('link', { name: workflowRun.id.replaceAll('-', '').slice(-8) }).click()
  await page.waitForURL((at) => at.href.includes(workflowRun.id))
})

test('a run is cancelled while it works', async () => {
  await using gate = await startGate()
  const runId = await house.begin([{ identifier: 'open', title: 'Open', config: { type: 'NAVIGATE', url: `${gate.url}/held` } }])
  await gate.arrived('/held')
  await using visitor = await visit(browser, `${url}/runs/${runId}`)
  const { page } = visitor
  await state(page, 'Running')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await state(page, 'Cancelled')
  await page.getByRole('button', { name: 'Run again', exact: true }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a lost connection is taken up again where it broke off, and nothing comes twice', async () => {
  await using wire = await startWire(url, '/below')
  const ask = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Go on?' } }
  const runId = await house.begin([ask, { identifier: 'say', title: 'Say', config: { type: 'TRANSFORM', value: { said: true } } }])
  await house.server.until(runId, (run) => run.awaiting !== null)
  await using visitor = await visit(browser, `${wire.url}runs/${runId}`, { expected: /ERR_|Failed to load resource/ })
  const { page } = visitor
  await page.getByText('Live').waitFor()
  // Whatever has not been fetched yet is missed, too: the graph.
  wire.cut()
  await page.getByText('Reconnecting …').waitFor()
  await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
  await house.server.settled(runId)
  wire.mend()
  await state(page, 'Completed')
  await eventually(async () => (await told(page)).length).toBe(1 + 3)
  await page.locator('.graph-node').first().waitFor()
  expect(visitor.faults).toEqual([])
})

test('where streams are not possible, it asks every few seconds', async () => {
  const runId = await house.begin([{ identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Go on?' } }])
  await house.server.until(runId, (run) => run.awaiting !== null)
  await using visitor = await visit(browser, `${url}/inbox`, { expected: /ERR_FAILED/ })
  const { page } = visitor
  await page.route(/\/(?:stream|screen)$/, (route) => route.abort())
  await page.getByRole('article', { name: /Go on/ }).getByRole('link').click()
  await page.getByText('Reconnecting …').waitFor()
  await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
  await state(page, 'Completed')
  expect(visitor.faults).toEqual([])
})

test('the graph is worked with by the keyboard: a node opens what it did', async () => {
  const { workflowRun } = await house.finish([{ identifier: 'say', title: 'Say hello', config: { type: 'TRANSFORM', value: { said: 'hello' } } }])
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`)
  const { page } = visitor
  await page.getByRole('region', { name: 'Graph' }).getByRole('button', { name: 'Say hello' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Timeline' }).getByText('said').waitFor()
  expect(visitor.faults).toEqual([])
})

test('a loop shows what is inside of it, one round at a time; that which failed first', async () => {
  const inner = { identifier: 'inner', title: 'Twice', config: { type: 'FOR_EACH', items: '{{ [1, 2] }}', nodes: [{ identifier: 'say', title: 'Say it', config: { type: 'TRANSFORM', value: { said: '{{ .item }}' } } }] } }
  const check = { identifier: 'check', title: 'Check it', config: { type: 'TRANSFORM', value: '{{ if .item == "c" then error("no c") else .item end }}' } }
  const { workflowRun } = await house.finish([{ identifier: 'each', title: 'For each letter', config: { type: 'FOR_EACH', items: '{{ ["a", "b", "c", "d"] }}', nodes: [inner, check] } }])
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`)
  const { page } = visitor
  const graph = page.getByRole('region', { name: 'Graph' })
  const node = (title: string) => graph.locator('.graph-node').filter({ hasText: title })
  const rounds = graph.getByRole('group', { name: 'Rounds of For each letter' })
  await rounds.getByText('3 of 3').waitFor()
  expect(await node('Check it').getAttribute('data-status')).toBe('failed')
  expect(await node('Say it').getAttribute('data-status')).toBe('completed')
  await visitor.expectAccessible()
  await rounds.getByRole('button', { name: 'The round before' }).press('Enter')
  await rounds.getByText('2 of 3').waitFor()
  expect(await node('Check it').getAttribute('data-status')).toBe('completed')
  await graph.getByRole('group', { name: 'Rounds of Twice' }).getByRole('button', { name: 'The round before' }).press('Space')
  await graph.getByRole('button', { name: 'Say it' }).press('Enter')
  await page.getByRole('button', { name: /Say it.*round 2\.1/, expanded: true }).waitFor()
  // The other way round: what is opened in the timeline is the round that the graph shows.
  await page.getByRole('button', { name: /Check it.*round 1$/ }).or(page.getByRole('button', { name: /Check it.*round 1 / })).first().click()
  await rounds.getByText('1 of 3').waitFor()
  expect(await node('Check it').getAttribute('data-opened')).toBe('true')
  await graph.getByRole('button', { name: /^For each letter/ }).press('Enter')
  await page.getByRole('button', { name: /For each letter/, expanded: true }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a question of one branch is asked and answered while another works', async () => {
  await using gate = await startGate()
  const held = { identifier: 'held', config: { type: 'WEBHOOK', url: `${gate.url}/held`, method: 'GET' } }
  const connections = ['held', 'ask'].map((targetIdentifier) => ({ sourceIdentifier: 'start', targetIdentifier }))
  const runId = await house.begin([{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, held, { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Go on?' } }], { definition: { connections } })
  await house.server.until(runId, (run) => run.awaiting !== null)
  await using visitor = await visit(browser, `${url}/runs/${runId}`)
  const { page } = visitor
  const question = page.getByRole('heading', { name: 'Go on?' })
  await question.waitFor()
  await state(page, 'Running')
  await page.getByRole('button', { name: 'Send the answer' }).click()
  await question.waitFor({ state: 'detached' })
  await state(page, 'Running')
  gate.open('/held')
  await state(page, 'Completed')
  expect(visitor.faults).toEqual([])
})

test('a question is answered with a file', async () => {
  const properties = { contract: { type: 'string', format: 'file', title: 'Contract' }, pages: { type: 'array', items: { type: 'string', format: 'file' }, title: 'Pages' } }
  const ask = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Where is the contract?', userInputs: { properties, required: ['contract'] } } }
  const runId = await house.begin([ask, { identifier: 'say', config: { type: 'TRANSFORM', value: { name: '{{ .outputs.ask.values.contract.name }}', pages: '{{ .outputs.ask.values.pages | length }}' } } }])
  await house.server.until(runId, (run) => run.awaiting !== null)
  await using visitor = await visit(browser, `${url}/runs/${runId}`)
  const { page } = visitor
  const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) })
  await page.locator('input[type=file]').first().setInputFiles(file('contract.txt'))
  await page.locator('input[type=file]').last().setInputFiles([file('only.txt')])
  await page.getByRole('button', { name: 'Send the answer' }).click()
  await state(page, 'Completed')
  expect((await house.server.get(runId)).workflowRun.outputs.say).toEqual({ name: 'contract.txt', pages: 1 })
  await page.getByRole('region', { name: 'Files' }).getByText('contract.txt').waitFor()
  expect(visitor.faults).toEqual([])
})

test('a run is repeated with other inputs: the form holds those of then, but no secret', async () => {
  const properties = { name: { type: 'string', title: 'Name' }, count: { type: 'integer', title: 'Count' }, pin: { type: 'string', format: 'password', title: 'PIN' }, doc: { type: 'string', format: 'file', title: 'Document' } }
  const start = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties, required: ['pin', 'doc'] } } }
  await house.server.save(linear('repeated', [start, { identifier: 'say', config: { type: 'TRANSFORM', value: { name: '{{ .inputs.name }}', count: '{{ .inputs.count }}', doc: '{{ .inputs.doc.name }}' } } }], { title: 'Repeated' }))
  const body = new FormData()
  body.append('workflowId', 'repeated')
  body.append('inputs', JSON.stringify({ name: 'Ms Brown', count: 2, pin: 'secret-1234' }))
  body.append('inputs[doc]', new Blob(['x']), 'first.txt')
  const { id } = (await (await fetch(`${url}/api/v1/workflow-runs`, { method: 'POST', body })).json()) as { id: string }
  await house.server.settled(id)
  await using visitor = await visit(browser, `${url}/runs/${id}`)
  const { page } = visitor
  await page.getByRole('button', { name: 'Other ways to run again' }).press('Enter')
  await page.getByRole('menuitem', { name: 'With other inputs …' }).click()
  await page.getByRole('heading', { name: 'Run again with other inputs' }).waitFor()
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Ms Brown')
  expect(await page.getByRole('textbox', { name: 'PIN' }).inputValue()).toBe('')
  await page.getByText('first.txt, as before').waitFor()
  await visitor.expectAccessible()
  await page.getByRole('textbox', { name: 'Count' }).fill('3')
  await page.getByRole('textbox', { name: 'PIN' }).fill('secret-5678')
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await state(page, 'Completed')
  const again = (await house.server.get(new URL(page.url()).pathname.split('/').at(-1)!)).workflowRun
  expect(again).toMatchObject({ rerunOf: id, outputs: { say: { name: 'Ms Brown', count: 3, doc: 'first.txt' } } })
  expect(visitor.faults).toEqual([])
})

test('a run of a thousand activity runs draws only what can be seen, and scrolls to its end', async () => {
  const runId = await house.begin([{ identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Go on?' } }])
  await house.server.until(runId, (run) => run.awaiting !== null)
  await using visitor = await visit(browser, `${url}/runs/${runId}`)
  const { page } = visitor
  await page.getByText('Live').waitFor()
  const { clock, log } = house.server.server.services
  const round = (index: number): Change[] => {
    const activity = { id: clock.newId(), nodeId: 'say', title: `Say ${index}`, kind: 'step' as const, type: 'TRANSFORM', attempt: 1, iteration: `each[${index}]` }
    return [{ event: { type: 'activity.started', activity, stateName: 'say' } }, { event: { type: 'activity.completed', activityId: activity.id, outputs: { index } } }]
  }
  await log.record(runId, Array.from({ length: 1000 }, (_, index) => round(index)).flat(), { fence: null, at: clock.now() })
  await page.getByText('1002 activity runs').waitFor()
  expect(await page.locator('.timeline-row').count()).toBeLessThan(80)
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  await page.getByRole('button', { name: /Say 999/ }).waitFor()
  expect(await page.locator('.timeline-row').count()).toBeLessThan(80)
  await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
  await state(page, 'Completed')
  expect(visitor.faults).toEqual([])
})

test('files of all kinds can be looked into, and the trace opens in its viewer', async () => {
  const { workflowRun } = await house.finish(
    [
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${house.portal.url}/login` } },
      { identifier: 'print', config: { type: 'PDF', name: 'printed' } },
      { identifier: 'shot', config: { type: 'SCREENSHOT', name: 'shot' } },
      { identifier: 'read', config: { type: 'EXTRACT', fields: { title: { target: 'h1' } }, saveAs: 'json' } },
    ],
    { definition: { settings: { trace: 'on' } } },
  )
  expect(workflowRun.error).toBeNull()
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`)
  const { page } = visitor
  const files = page.getByRole('region', { name: 'Files' })
  await files.getByRole('button', { name: /^Show printed/ }).click()
  expect(await page.getByRole('dialog').locator('iframe').getAttribute('src')).toMatch(/^blob:/)
  await page.keyboard.press('Escape')
  await files.getByRole('button', { name: /^Show .*json/ }).click()
  await page.getByRole('dialog').getByText('Welcome back').waitFor()
  await page.keyboard.press('Escape')
  await files.getByRole('button', { name: /^Show shot/ }).click()
  await page.getByRole('dialog').getByRole('img', { name: 'shot' }).waitFor()
  await page.keyboard.press('Escape')
  const [viewer] = await Promise.all([page.context().waitForEvent('page'), files.getByRole('link', { name: /^Open the trace/ }).click()])
  expect(viewer.url()).toContain('/trace-viewer/?trace=http')
  await viewer.getByText('Navigate').or(viewer.getByText('/login')).first().waitFor()
})

test('a file is given in the form and arrives', async () => {
  await house.server.save(
    linear('takes_file', [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { report: { type: 'string', format: 'file', title: 'Report' }, count: { type: 'integer' }, kind: { type: 'string', enum: ['a', 'b'] }, loud: { type: 'boolean' } }, required: ['report'] } } },
      { identifier: 'say', config: { type: 'TRANSFORM', value: { name: '{{ .inputs.report.name }}', count: '{{ .inputs.count }}', loud: '{{ .inputs.loud }}' } } },
    ]),
  )
  await using visitor = await visit(browser, `${url}/start/takes_file`)
  const { page } = visitor
  await page.locator('input[type=file]').setInputFiles({ name: 'report.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') })
  await page.getByRole('textbox', { name: 'count' }).fill('3')
  await page.getByRole('checkbox', { name: 'loud' }).check()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await state(page, 'Completed')
  const runId = new URL(page.url()).pathname.split('/').at(-1)!
  expect((await house.server.get(runId)).workflowRun.outputs.say).toEqual({ name: 'report.csv', count: 3, loud: true })
})

test('on a phone a run can be read and acted on', async () => {
  const { workflowRun } = await house.finish([{ identifier: 'say', title: 'Say', config: { type: 'TRANSFORM', value: { said: 'a'.repeat(200) } } }])
  await using visitor = await visit(browser, `${url}/runs/${workflowRun.id}`, { viewport: { width: 375, height: 720 } })
  const { page } = visitor
  await step(page, 'Say').click()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375)
  await visitor.expectAccessible()
})
