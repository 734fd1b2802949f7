import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, eventually, visit } from './visitor.ts'
import { startWire } from './wire.ts'

/** The list of runs, in a browser. Most of these runs open no browser of their own: they are there quickly. */

const HOST = 'errand.test'
const ask = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Go on?', userInputs: { properties: {} } } }

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer({ ALLOWED_HOSTS: `127.0.0.1,${HOST}` })
  browser = await sharedChromium()
})
afterAll(() => server[Symbol.asyncDispose]())

const waiting = async (workflow: string): Promise<string> => (await server.until((await server.run(workflow)).id, (run) => run.awaiting !== null)).workflowRun.id

test('an empty server says what to do first', async () => {
  await using visitor = await visit(browser, `${server.url}/`)
  await visitor.page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor()
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('who is not known is asked for a key, and gets in with it', async () => {
  await using closed = await startTestServer({ TRUSTED_NETWORKS: '', JWT_SECRET: 'a secret that only these tests know, and long enough' })
  const { SignJWT } = await import('jose')
  const key = new TextEncoder().encode('a secret that only these tests know, and long enough')
  const token = await new SignJWT({ org: 'acme', role: 'member' }).setProtectedHeader({ alg: 'HS256' }).setSubject('anna').setExpirationTime('1h').sign(key)
  await using visitor = await visit(browser, `${closed.url}/inbox`, { expected: /401/ })
  const { page } = visitor
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await visitor.expectAccessible()
  await page.getByLabel('API key or token').first().fill('er_not-a-key')
  await page.keyboard.press('Enter')
  await page.getByText(/key/i, { exact: false }).and(page.locator('.mantine-InputWrapper-error')).waitFor()
  await page.getByLabel('API key or token').first().fill(token)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('the list shows each run as it stands, changes while one looks, and loads little', async () => {
  await server.save(linear('greet', [{ identifier: 'say', config: { type: 'TRANSFORM', value: { hello: 'world' } } }], { title: 'Greet' }))
  await server.save(linear('break', [{ identifier: 'fail', config: { type: 'FAIL', message: 'The portal is closed.' } }], { title: 'Break' }))
  await server.save(linear('ask', [ask], { title: 'Ask someone' }))
  await server.settled((await server.run('greet')).id)
  await server.settled((await server.run('break')).id)
  const open = await waiting('ask')

  await using visitor = await visit(browser, `${server.url.replace('127.0.0.1', HOST)}/`)
  const { page } = visitor
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  await row('Greet').getByText('Completed').waitFor()
  await row('Break').getByText('Failed').waitFor()
  await row('Break').getByText('The portal is closed.').waitFor()
  await row('Ask someone').getByText('Waits for a person').waitFor()
  expect(await page.getByRole('button', { name: /^Waiting/ }).innerText()).toContain('1')
  await page.getByText('Live').waitFor()

  await server.call('POST', `/api/v1/workflow-runs/${open}/input`, { values: {} })
  await row('Ask someone').getByText('Completed').waitFor()
  await page.getByRole('button', { name: /^Completed 2/ }).waitFor()
  await server.settled((await server.run('greet')).id)
  await eventually(() => row('Greet').count()).toBe(2)
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])

  const loaded = await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).map((entry) => (entry as PerformanceResourceTiming).encodedBodySize))
  expect(loaded.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000)
})

test('rows stay where they are while somebody works with them, and new ones wait to be asked for', async () => {
  await using visitor = await visit(browser, `${server.url}/`)
  const { page } = visitor
  await page.getByRole('row').nth(1).getByRole('checkbox').focus()
  const first = await page.getByRole('row').nth(1).innerText()
  await page.getByText('Live').waitFor()
  await server.settled((await server.run('greet')).id)
  const news = page.getByRole('button', { name: '1 new run · show' })
  await news.waitFor()
  expect(await page.getByRole('row').nth(1).innerText()).toBe(first)
  await news.click()
  await eventually(() => news.count()).toBe(0)
})

test('filters are in the address, which can be sent to others', async () => {
  await using visitor = await visit(browser, `${server.url}/`)
  const { page } = visitor
  await page.getByRole('button', { name: /^Failed/ }).click()
  await eventually(() => new URL(page.url()).search).toBe('?status=failed')
  await eventually(() => page.getByRole('row').filter({ hasText: 'Greet' }).count()).toBe(0)
  await page.getByRole('searchbox').fill('gree')
  await page.getByRole('heading', { name: 'No run is like that' }).waitFor()
  await page.goBack()
  await page.getByRole('button', { name: /^All/, pressed: true }).waitFor()
  await page.goto(`${server.url}/?workflow=break&status=failed`)
  await page.getByRole('row').filter({ hasText: 'Break' }).waitFor()
  expect(await page.getByRole('row').count()).toBe(2)
  expect(await page.getByRole('combobox', { name: 'Workflow' }).or(page.getByRole('textbox', { name: 'Workflow' })).first().inputValue()).toBe('Break')
})

test('several runs are cancelled and run again at once, with the keyboard alone', async () => {
  await Promise.all([waiting('ask'), waiting('ask')])
  await using visitor = await visit(browser, `${server.url}/?workflow=ask&status=waiting`)
  const { page } = visitor
  await eventually(() => page.getByRole('row').count()).toBe(3)
  await page.getByRole('checkbox', { name: 'Select all runs of this page' }).focus()
  await page.keyboard.press('Space')
  await page.getByText('2 runs selected').waitFor()
  await page.getByRole('button', { name: 'Cancel 2' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('2 runs cancelled').waitFor()
  await page.getByRole('heading', { name: 'No run is like that' }).waitFor()
  await page.getByRole('button', { name: /^Cancelled/ }).click()
  await page.getByRole('checkbox', { name: 'Select all runs of this page' }).click()
  await page.getByRole('button', { name: /^Run again/ }).click()
  await page.getByText('2 runs started again').waitFor()
  await page.getByRole('button', { name: /^Waiting 2/ }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('what a filter finds on all pages is selected with one more click, and a run is found by its id', async () => {
  const ids = await Promise.all(Array.from({ length: 27 }, async () => (await server.run('break')).id))
  await Promise.all(ids.map((id) => server.settled(id)))
  await using visitor = await visit(browser, `${server.url}/?workflow=break&status=failed`)
  const { page } = visitor
  await page.getByRole('checkbox', { name: 'Select all runs of this page' }).press('Space')
  await page.getByText('25 runs selected').waitFor()
  await page.getByRole('button', { name: /^Select all/ }).press('Enter')
  const total = (await server.call('GET', '/api/v1/workflow-runs?workflowId=break&limit=1')).body.pagination.total as number
  await page.getByText(`${total} runs selected`).waitFor()
  await page.getByRole('row').nth(1).getByRole('checkbox').click()
  await page.getByText(`${total - 1} runs selected`).waitFor()
  await page.getByRole('button', { name: 'Older runs' }).click()
  await eventually(() => page.getByRole('toolbar', { name: 'Selected runs' }).count()).toBe(0)
  // Rows that are pointed at stay where they are, but not when others are asked for.
  await page.getByRole('row').nth(1).hover()
  await page.getByRole('searchbox').fill(ids[0]!.slice(-8))
  await eventually(() => page.getByRole('row').count()).toBe(2)
  // Held up, as among very many runs: what was there stays, and the page says that it goes on.
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.route(/search=portal/, async (route) => {
    await held
    await route.continue()
  })
  await page.getByRole('searchbox').fill('portal is closed')
  await page.getByText('Still looking through the inputs and errors').waitFor()
  expect(await page.getByRole('region', { name: 'List of runs' }).getAttribute('aria-busy')).toBe('true')
  letGo()
  await eventually(() => page.getByRole('row').count()).toBe(26)
  expect(visitor.faults).toEqual([])
})

test('it works below a path of a proxy, from any of its pages', async () => {
  await using wire = await startWire(server.url, '/below/errand')
  await using visitor = await visit(browser, wire.url)
  const { page } = visitor
  await page.getByRole('row').filter({ hasText: 'Break' }).first().getByRole('link').click()
  await page.getByText('The portal is closed.').first().waitFor()
  expect(page.url()).toMatch(/\/below\/errand\/runs\/wfr_/)
  await page.reload()
  await page.getByText('The portal is closed.').first().waitFor()
  await page.getByRole('link', { name: 'Inbox' }).click()
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  expect(page.url()).toBe(`${wire.url}inbox`)
  expect(visitor.faults).toEqual([])
})

test('on a phone nothing is cut off, and the navigation is at hand', async () => {
  await using visitor = await visit(browser, `${server.url}/`, { viewport: { width: 375, height: 720 }, hasTouch: true })
  const { page } = visitor
  await page.getByRole('link', { name: 'Break' }).first().waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375)
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Open the navigation' }).click()
  await page.getByRole('link', { name: 'Inbox' }).click()
  await page.getByRole('heading', { name: 'Inbox', level: 1 }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('an address that leads nowhere says so; what is not asked for as a page stays an error of the API', async () => {
  await using visitor = await visit(browser, `${server.url}/nowhere/at/all`)
  await visitor.page.getByRole('heading', { name: 'There is no such page' }).waitFor()
  expect(visitor.faults).toEqual([])
  expect((await server.call('GET', '/nowhere')).status).toBe(404)
  expect((await server.call('GET', '/api/v1/nowhere', undefined, { accept: 'text/html' })).status).toBe(404)
})

test('WEB=off serves the documentation of the API in its place', async () => {
  await using off = await startTestServer({ WEB: 'off' })
  const response = await fetch(`${off.url}/`, { redirect: 'manual', headers: { accept: 'text/html' } })
  expect([response.status, response.headers.get('location')]).toEqual([302, 'docs'])
})
