import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, visit } from './visitor.ts'

/** What is kept in lists, each with its form. */

const PATIENT = { timeout: 20_000 }

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await launchChromium()
  await server.save(linear('greet', [{ identifier: 'say', config: { type: 'TRANSFORM', value: { hello: 'world' } } }], { title: 'Greet' }))
  await server.save(linear('wave', [{ identifier: 'hand', config: { type: 'TRANSFORM', value: { hand: 'up' } } }], { title: 'Wave' }))
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const choose = async (page: Page, label: string, option: string): Promise<void> => {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

test('a schedule is set, paused and taken away', async () => {
  await using visitor = await visit(browser, `${server.url}/schedules`, { expected: /400/ })
  const { page } = visitor
  await page.getByRole('heading', { name: 'Nothing starts by itself yet' }).waitFor()
  await page.getByRole('button', { name: 'Set a schedule' }).click()
  await choose(page, 'What to start', 'Greet')
  await page.getByRole('textbox', { name: 'Pattern' }).fill('0 25 * *')
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await page.locator('.mantine-InputWrapper-error').first().waitFor()
  await page.getByRole('textbox', { name: 'Pattern' }).fill('30 6 * * 1-5')
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await row(page, 'greet').getByText('30 6 * * 1-5').waitFor()
  const schedule = async () => (await server.call('GET', '/api/v1/workflows/greet/schedule')).body
  expect(await schedule()).toMatchObject({ cron: '30 6 * * 1-5', paused: false })

  await page.getByText('The schedule is set.').waitFor()
  await row(page, 'greet').getByRole('switch').click({ force: true })
  await row(page, 'greet').getByText('Paused').waitFor()
  expect(await schedule()).toMatchObject({ cron: '30 6 * * 1-5', paused: true })
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Delete the schedule of greet' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('heading', { name: 'Nothing starts by itself yet' }).waitFor()
  expect(visitor.faults).toEqual([])
})

test('a secret is stored, and its value is never seen again', async () => {
  await using visitor = await visit(browser, `${server.url}/secrets`)
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no secret' }).waitFor()
  await page.getByRole('button', { name: 'Store a secret' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('portal_password')
  await page.getByLabel('Value').first().fill('correct horse battery staple')
  await visitor.expectAccessible()
  await page.keyboard.press('Enter')
  await row(page, 'portal_password').waitFor()
  await server.save(linear('whisper', [{ identifier: 'length', config: { type: 'TRANSFORM', value: { letters: '{{ .secrets.portal_password | length }}' } } }]))
  expect((await server.settled((await server.run('whisper')).id)).workflowRun.outputs.length).toMatchObject({ letters: 28 })
  expect(await page.content()).not.toContain('correct horse')
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('a webhook is added, pinged and told again, and shows what was answered', async () => {
  const calls: string[] = []
  const receiver = createServer((request, response) => {
    calls.push(String(request.headers['webhook-id']))
    response.end('thanks')
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/errand`
  await using visitor = await visit(browser, `${server.url}/webhooks`)
  const { page } = visitor
  await page.getByRole('heading', { name: 'Nobody is told of anything yet' }).waitFor()
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  await page.getByRole('textbox', { name: 'Address' }).fill(address)
  await page.getByRole('textbox', { name: 'What it is for' }).fill('The bookkeeping')
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  expect(await page.getByRole('textbox', { name: 'The secret of the webhook' }).innerText()).toMatch(/^whsec_/)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('link', { name: address }).click()
  await page.getByRole('button', { name: 'Send a ping' }).click()
  await row(page, 'webhook.ping').getByText('Delivered').waitFor()
  await row(page, 'webhook.ping').getByText('thanks').waitFor()
  await row(page, 'webhook.ping').getByRole('button', { name: 'Send again' }).click()
  await expect.poll(() => calls.length, PATIENT).toBe(2)
  expect(new Set(calls).size).toBe(1)
  await row(page, 'webhook.ping').getByText('Delivered').waitFor()
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
  receiver.close()
})

test('a job is put together and runs its workflows one after the other', async () => {
  await using visitor = await visit(browser, `${server.url}/jobs`)
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no job yet' }).waitFor()
  await page.getByRole('button', { name: 'New job' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Morning')
  await choose(page, 'Add a workflow', 'Wave')
  await choose(page, 'Add a workflow', 'Greet')
  await page.getByRole('button', { name: 'Greet: earlier' }).click()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('link', { name: 'Morning', exact: true }).click()
  await page.getByRole('heading', { name: 'It has not run yet' }).waitFor()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const run = row(page, '2 of 2')
  await run.getByText('Completed').first().waitFor()
  expect(await run.getByRole('link').allInnerTexts()).toEqual([expect.stringContaining('Greet'), expect.stringContaining('Wave')])
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('sessions say what they are for; a phone shows every list without a scroll to the side', async () => {
  await using visitor = await visit(browser, `${server.url}/sessions`, { viewport: { width: 390, height: 800 } })
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no session' }).waitFor()
  await visitor.expectAccessible()
  for (const path of ['/jobs', '/schedules', '/webhooks', '/secrets', '/sessions']) {
    await page.goto(`${server.url}${path}`)
    await page.getByRole('region', { name: /^List of/ }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  }
  expect(visitor.faults).toEqual([])
})
