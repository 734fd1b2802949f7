import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, visit } from './visitor.ts'

/** Workflows: found, looked at, written as graph, form and JSON, saved, compared and run. */

/** A busy machine takes its time. */
const PATIENT = { timeout: 20_000 }

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await sharedChromium()
  await server.save(linear('greet', [{ identifier: 'say', title: 'Say hello', config: { type: 'TRANSFORM', value: { hello: 'world' } } }], { title: 'Greet' }))
  await server.save(linear('other', [{ identifier: 'say', config: { type: 'TRANSFORM', value: 1 } }]))
})
afterAll(() => server[Symbol.asyncDispose]())

const node = (page: Page, name: string | RegExp) => page.locator('.react-flow__node').filter({ hasText: name })
const code = (page: Page) => page.getByRole('textbox', { name: 'Definition as JSON' })
const field = (page: Page, name: string) => page.getByRole('region', { name: 'Form' }).getByRole('textbox', { name, exact: true })

test('who has nothing yet takes a tour: a workflow is saved and runs before their eyes', async () => {
  await using fresh = await startTestServer()
  await using visitor = await visit(browser, `${fresh.url}/workflows`)
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Take the tour' }).click()
  await page.getByText('4 invoices, 2168 in all.').waitFor()
  await page.getByRole('button', { name: 'Pay them' }).click()
  await page.locator('.run-state').getByText('Completed').waitFor()
  const { body } = await fresh.call('GET', '/api/v1/workflow-runs')
  expect(body.workflowRuns[0].outputs.sum).toEqual({ total: 2168, count: 4 })
  expect(visitor.faults).toEqual([])
})

test('what a first visit loads is small; editor, graph and code come when they are opened', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const sizes: Promise<number>[] = []
  page.on('requestfinished', (request) => void (new URL(request.url()).pathname.endsWith('.js') && sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize))))
  const loaded = async (): Promise<number> => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  await page.goto(server.url)
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor()
  await page.getByText('Live').waitFor()
  const first = await loaded()
  expect(first).toBeGreaterThan(50_000)
  expect(first).toBeLessThan(250_000)
  await page.goto(`${server.url}/workflows/greet/edit`)
  await page.getByText('No faults').waitFor()
  expect((await loaded()) - first).toBeGreaterThan(100_000)
  await context.close()
})

test('a list of workflows, searched by what they are called', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows`)
  const { page } = visitor
  await page.getByRole('link', { name: 'Greet', exact: true }).waitFor()
  await page.getByRole('searchbox').fill('oth')
  await expect.poll(() => page.getByRole('row').count(), PATIENT).toBe(2)
  expect(new URL(page.url()).search).toBe('?search=oth')
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('a workflow says how it has fared, and shows the next run as it comes', async () => {
  await server.settled((await server.run('greet')).id)
  await using visitor = await visit(browser, `${server.url}/workflows/greet`)
  const { page } = visitor
  await node(page, 'Say hello').waitFor()
  await page.getByRole('img', { name: 'Success rate, day by day: 100 % in 30 days' }).waitFor()
  await page.getByText('Live').waitFor()
  await server.settled((await server.run('greet')).id)
  await page.getByRole('link', { name: 'All 2' }).waitFor()
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('a workflow is written: a step is added, its fault is shown at its node, its field and its line, mended, saved, compared and run', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows/greet/edit`)
  const { page } = visitor
  await page.getByText('No faults').waitFor()
  await node(page, 'Say hello').click()
  await page.getByRole('button', { name: 'Add a step' }).click()
  await page.getByRole('searchbox', { name: 'Search for a kind of step' }).fill('fail')
  await page.keyboard.press('Enter')
  await node(page, /1 fault/).waitFor()
  await page.getByRole('button', { name: /^1 fault/ }).click()
  await page.getByRole('button', { name: /nodes\[1\]\.config/ }).click()
  await page.getByRole('alert').first().waitFor()
  await visitor.expectAccessible()

  await field(page, 'Message').fill('Enough.')
  await page.getByText('No faults').waitFor()
  expect(await code(page).innerText()).toContain('"message": "Enough."')
  await field(page, 'Identifier').fill('stop')
  await page.keyboard.press('Enter')
  await node(page, 'stop').waitFor()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved as version 2.').waitFor()
  expect((await server.call('GET', '/api/v1/workflows/greet')).body.workflow.nodes.map(({ identifier }: { identifier: string }) => identifier)).toEqual(['say', 'stop'])

  await page.goto(`${server.url}/workflows/greet/versions`)
  await page.locator('.cm-merge-b').getByText('Enough.').waitFor()
  await visitor.expectAccessible()
  await page.goto(`${server.url}/start/greet`)
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('.run-state').getByText('Failed').waitFor()
  expect(visitor.faults).toEqual([])
})

test('the three views are of one text: what is typed is drawn, what is drawn is written, and all is undone alike', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows/other/edit`)
  const { page } = visitor
  await page.getByText('No faults').waitFor()
  const before = (await server.call('GET', '/api/v1/workflows/other')).body.workflow.nodes
  await node(page, 'say').click()
  await field(page, 'Title').fill('Say it')
  await node(page, 'Say it').waitFor()
  await page.getByRole('button', { name: 'Delete this step' }).click()
  await expect.poll(() => node(page, 'Say it').count(), PATIENT).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await node(page, 'Say it').waitFor()
  // A text that is no JSON for the moment takes nothing away.
  await code(page).click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('x')
  await page.getByText('The JSON cannot be read at the moment.').waitFor()
  await node(page, 'Say it').waitFor()
  await page.keyboard.press('Backspace')
  await page.getByText('No faults').waitFor()

  // Not saved, and there after a reload, too.
  await page.reload()
  await page.getByText('This is what you had not saved').waitFor()
  await node(page, 'Say it').waitFor()
  await page.getByRole('button', { name: 'Discard it' }).click()
  await expect.poll(() => node(page, 'Say it').count(), PATIENT).toBe(0)
  await page.reload()
  await page.getByText('No faults').waitFor()
  expect(await page.getByText('This is what you had not saved').count()).toBe(0)
  expect((await server.call('GET', '/api/v1/workflows/other')).body.workflow.nodes).toEqual(before)
  expect(visitor.faults).toEqual([])
})

test('what is not published says so where it would be started; of several starts one is chosen', async () => {
  const echo = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }
  const start = (identifier: string, config = {}) => ({ identifier, config: { type: 'SELF_SERVE_TRIGGER', ...config } })
  await server.save(linear('draft', [start('start', { published: false }), echo], { title: 'Draft' }))
  const asks = (name: string) => ({ userInputs: { properties: { [name]: { type: 'string', title: name } } } })
  await server.save({ identifier: 'two_ways', nodes: [start('one', asks('First')), start('two', asks('Second')), echo], connections: ['one', 'two'].map((sourceIdentifier) => ({ sourceIdentifier, targetIdentifier: 'echo' })) })
  await using visitor = await visit(browser, `${server.url}/workflows/draft`)
  const { page } = visitor
  await page.getByRole('button', { name: 'Run' }).waitFor()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Run' }).focus()
  await page.getByRole('tooltip').getByText('Draft is not published').waitFor()
  await page.goto(`${server.url}/start/draft`)
  await page.getByText('This workflow is not published').waitFor()

  await page.goto(`${server.url}/start/two_ways`)
  await page.getByRole('textbox', { name: 'First' }).waitFor()
  await page.getByRole('combobox', { name: 'Started by' }).click()
  await page.getByRole('option', { name: 'two' }).click()
  await page.getByRole('textbox', { name: 'Second' }).fill('hello')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.locator('.run-state').getByText('Completed').waitFor()
  expect((await server.call('GET', '/api/v1/workflow-runs?workflowId=two_ways')).body.workflowRuns[0].outputs).toMatchObject({ echo: { Second: 'hello' } })
  expect(visitor.faults).toEqual([])
})

test('an address that starts it is made, shown once, changed and taken away', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows/other`)
  const { page } = visitor
  const made = async (): Promise<string> => {
    const address = await page.getByRole('textbox', { name: /^The address that starts/ }).innerText()
    await visitor.expectAccessible()
    await page.getByRole('button', { name: 'Done' }).click()
    return address
  }
  const start = async (address: string): Promise<number> => (await fetch(address, { method: 'POST' })).status
  await page.getByRole('button', { name: 'Make an address' }).click()
  const first = await made()
  expect(await start(first)).toBe(202)
  await page.getByRole('button', { name: 'Another address' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make another' }).click()
  const second = await made()
  expect([await start(first), await start(second)]).toEqual([404, 202])
  await page.getByRole('button', { name: 'Take it away' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click()
  await page.getByRole('button', { name: 'Make an address' }).waitFor()
  expect(await start(second)).toBe(404)
  expect(visitor.faults).toEqual([])
})

test('nodes are joined with the keyboard alone, and who is overtaken is told what would be changed', async () => {
  await server.save(
    linear('joined', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, { identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }, { identifier: 'b', config: { type: 'TRANSFORM', value: 2 } }], {
      connections: [{ sourceIdentifier: 'start', targetIdentifier: 'a' }, { sourceIdentifier: 'start', targetIdentifier: 'b' }],
    }),
  )
  await using visitor = await visit(browser, `${server.url}/workflows/joined/edit`, { expected: /412/ })
  const { page } = visitor
  await page.getByText('No faults').waitFor()
  await node(page, 'a').first().focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('combobox', { name: 'Also lead to' }).waitFor()
  const isA = (await field(page, 'Identifier').inputValue()) === 'a'
  await page.getByRole('combobox', { name: 'Also lead to' }).selectOption(isA ? 'b' : 'a')
  await page.getByText('No faults').waitFor()
  await server.call('PATCH', '/api/v1/workflows/joined', { description: 'Somebody was faster.' })
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'It has been changed meanwhile' })
  await dialog.locator('.cm-merge-a').getByText('Somebody was faster.').waitFor()
  await visitor.expectAccessible()
  // And faster again: nothing is saved over what nobody has seen.
  await server.call('PATCH', '/api/v1/workflows/joined', { description: 'And once more.' })
  await dialog.getByRole('button', { name: 'Save mine as version 3' }).click()
  await dialog.locator('.cm-merge-a').getByText('And once more.').waitFor()
  await dialog.getByRole('button', { name: 'Save mine as version 4' }).click()
  await page.getByText('Saved as version 4.').waitFor()
  expect((await server.call('GET', '/api/v1/workflows/joined')).body.workflow.connections).toHaveLength(3)

  // Who has changed nothing is told, and goes on with what is there now.
  await server.call('PATCH', '/api/v1/workflows/joined', { title: 'Joined by somebody' })
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await page.getByRole('button', { name: 'Take version 5' }).click()
  await page.getByRole('heading', { level: 1, name: 'Joined by somebody' }).waitFor()
  await page.getByText('Version 5', { exact: true }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a new workflow is written from a beginning that is there', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows/new`)
  const { page } = visitor
  await page.getByText('No faults').waitFor()
  await field(page, 'Identifier').fill('brand_new')
  await page.getByText('No faults').waitFor()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved as version 1.').waitFor()
  await expect.poll(() => new URL(page.url()).pathname, PATIENT).toBe('/workflows/brand_new/edit')
  expect((await server.call('GET', '/api/v1/workflows/brand_new')).status).toBe(200)
  expect(visitor.faults).toEqual([])
})

test('a phone shows one view at a time, and nothing is wider than it is', async () => {
  await using visitor = await visit(browser, `${server.url}/workflows/greet/edit`, { viewport: { width: 390, height: 800 } })
  const { page } = visitor
  for (const view of ['JSON', 'Form', 'Graph']) {
    await page.getByRole('radiogroup', { name: 'View' }).getByText(view, { exact: true }).click()
    await page.getByRole('region', { name: view, exact: true }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  }
  await visitor.expectAccessible()
  for (const path of ['/workflows', '/workflows/greet', '/workflows/greet/versions', '/keys', '/audit']) {
    await page.goto(`${server.url}${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  }
  expect(visitor.faults).toEqual([])
})
