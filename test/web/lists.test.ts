import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, eventually, visit } from './visitor.ts'

/** What is kept in lists, each with its form. */

const PATIENT = { timeout: 20_000 }

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await sharedChromium()
  await server.save(linear('greet', [{ identifier: 'say', config: { type: 'TRANSFORM', value: { hello: 'world' } } }], { title: 'Greet' }))
  await server.save(linear('wave', [{ identifier: 'hand', config: { type: 'TRANSFORM', value: { hand: 'up' } } }], { title: 'Wave' }))
})
afterAll(() => server[Symbol.asyncDispose]())

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const choose = async (page: Page, label: string, option: string): Promise<void> => {
  await page.getByRole('combobox', { name: label }).click()
  await page.getByRole('option', { name: option }).click()
}

/** Nothing is wider than a phone. */
const expectPhone = async (page: Page): Promise<void> => {
  await page.setViewportSize({ width: 390, height: 800 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
}

/** Of many, those that fit what is typed are shown. */
const chooseZone = async (page: Page, zone: string): Promise<void> => {
  await page.getByRole('combobox', { name: 'Time zone' }).fill(zone)
  await page.getByRole('option', { name: zone }).click()
}

test('a schedule is set, paused and taken away', async () => {
  await using visitor = await visit(browser, `${server.url}/schedules`, { expected: /400/ })
  const { page } = visitor
  await page.getByRole('heading', { name: 'Nothing starts by itself yet' }).waitFor()
  await page.getByRole('button', { name: 'Set a schedule' }).click()
  await choose(page, 'What to start', 'Greet')
  // What is typed is checked as it is typed, and its next times are shown.
  await page.getByRole('textbox', { name: 'Pattern' }).fill('0 25 * *')
  await page.locator('.mantine-InputWrapper-error').first().waitFor()
  await chooseZone(page, 'Asia/Tokyo')
  await page.getByRole('textbox', { name: 'Pattern' }).fill('30 6 * * 1-5')
  const times = page.getByRole('region', { name: 'The next times' })
  await eventually(() => times.getByRole('listitem').allInnerTexts()).toEqual(Array.from({ length: 5 }, () => expect.stringMatching(/6:30/)))
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await row(page, 'greet').getByText('30 6 * * 1-5').waitFor()
  const schedule = async () => (await server.call('GET', '/api/v1/workflows/greet/schedule')).body
  expect(await schedule()).toMatchObject({ cron: '30 6 * * 1-5', timezone: 'Asia/Tokyo', paused: false })

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

test('a schedule that comes once starts with what its workflow asks for, given in a form or as JSON', async () => {
  const properties = { month: { type: 'string', title: 'Month' }, count: { type: 'integer', default: 3 }, password: { type: 'string', format: 'password', title: 'Password' } }
  await server.save(linear('asks', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties, required: ['month', 'password'] } } }, { identifier: 'end', config: { type: 'NO_ACTION' } }], { title: 'Asks' }))
  await using visitor = await visit(browser, `${server.url}/schedules`)
  const { page } = visitor
  const schedule = async () => (await server.call('GET', '/api/v1/workflows/asks/schedule')).body
  await page.getByRole('button', { name: 'Set a schedule' }).click()
  await choose(page, 'What to start', 'Asks')
  await page.getByText('Once', { exact: true }).click()
  await chooseZone(page, 'Asia/Tokyo')
  await page.getByLabel('At', { exact: true }).or(page.locator('input[type=datetime-local]')).first().fill('2031-03-01T09:00')
  await page.getByText('It starts at this time, in Asia/Tokyo:').waitFor()
  await page.getByRole('textbox', { name: 'Month' }).fill('May')
  await page.getByLabel('Password').first().fill('open sesame')
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await row(page, 'asks').waitFor()
  expect(await schedule()).toMatchObject({ cron: null, at: '2031-03-01T00:00:00.000Z', timezone: 'Asia/Tokyo', inputs: { month: 'May', password: '[redacted]' } })

  // Another policy alone leaves the secret where it is; other inputs ask for it again.
  await row(page, 'asks').getByRole('button', { name: 'Change the schedule of asks' }).click()
  await page.getByText('There is a secret for password').waitFor()
  expect(await page.locator('input[type=datetime-local]').inputValue()).toBe('2031-03-01T09:00')
  await choose(page, 'When the server is stopped at that time', 'Leave it out')
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await eventually(schedule).toMatchObject({ catchUp: 'none', inputs: { month: 'May', password: '[redacted]' } })
  await row(page, 'asks').getByRole('button', { name: 'Change the schedule of asks' }).click()
  await page.getByRole('textbox', { name: 'Month' }).fill('June')
  await page.getByText('To be typed again').waitFor()
  await page.getByLabel('Password').first().fill('open barley')
  await page.getByRole('radiogroup', { name: 'What it starts with: view' }).getByText('JSON').click()
  const json = page.getByRole('textbox', { name: 'What it starts with as JSON' })
  expect(JSON.parse(await json.inputValue())).toEqual({ month: 'June', password: 'open barley' })
  await json.fill('{"month": "June", "password": "open barley", "count": 7}')
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await eventually(schedule).toMatchObject({ inputs: { month: 'June', count: 7 } })
  expect(visitor.faults).toEqual([])
})

test('a schedule starts with a file that a run was given', async () => {
  const properties = { doc: { type: 'string', format: 'file', title: 'Document' } }
  await server.save(linear('reads', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties, required: ['doc'] } } }, { identifier: 'end', config: { type: 'NO_ACTION' } }], { title: 'Reads' }))
  await using visitor = await visit(browser, `${server.url}/schedules`)
  const { page } = visitor
  const open = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Set a schedule' }).click()
    await choose(page, 'What to start', 'Reads')
  }
  await open()
  await page.getByText('There is no file to choose yet').waitFor()
  const form = new FormData()
  form.set('workflowId', 'reads')
  form.set('inputs[doc]', new Blob(['one, two']), 'list.csv')
  expect((await fetch(`${server.url}/api/v1/workflow-runs`, { method: 'POST', body: form })).status).toBe(202)
  await page.reload()
  await open()
  await page.getByRole('combobox', { name: 'Document' }).click()
  await page.getByRole('option', { name: /^list\.csv · 8 B/ }).click()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Set the schedule' }).click()
  await row(page, 'Reads').waitFor()
  expect((await server.call('GET', '/api/v1/workflows/reads/schedule')).body.inputs).toEqual({ doc: { artifactId: expect.any(String), name: 'list.csv', mimeType: expect.any(String), sizeBytes: 8, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } })
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
  let isBroken = false
  const receiver = createServer((request, response) => {
    calls.push(String(request.headers['webhook-id']))
    response.writeHead(isBroken ? 500 : 200).end('thanks')
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

  // One of them, by the keyboard: what was sent, what was answered, each attempt.
  await page.getByRole('button', { name: 'webhook.ping', exact: true }).focus()
  await page.keyboard.press('Enter')
  const detail = page.getByRole('dialog', { name: 'webhook.ping' })
  await detail.getByText('The bookkeeping').or(detail.getByText('13 fields')).first().waitFor()
  await detail.getByText('thanks').waitFor()
  await visitor.expectAccessible()
  await page.keyboard.press('Escape')

  // The receiver is broken for a while, and then there again.
  isBroken = true
  await page.getByRole('button', { name: 'Send a ping' }).click()
  await row(page, 'webhook.ping').getByText('Failed').waitFor()
  isBroken = false
  await page.getByRole('radiogroup', { name: 'Status' }).getByText('Failed').click()
  await eventually(() => page.getByRole('row').count()).toBe(2)
  expect(new URL(page.url()).search).toBe('?status=failed')
  await page.getByRole('button', { name: /Send failed ones again/ }).click()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Send them again' }).click()
  await page.getByText('One is sent again.').waitFor()
  await page.getByRole('heading', { name: 'None is like that' }).waitFor()
  expect(calls).toHaveLength(4)
  await page.getByRole('radiogroup', { name: 'Status' }).getByText('All').click()
  await row(page, 'webhook.ping').first().waitFor()
  await expectPhone(page)
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
  await page.getByRole('status').getByText('Completed').waitFor()
  const steps = page.getByRole('region', { name: 'Workflows' }).getByRole('listitem')
  expect(await steps.getByRole('link').allInnerTexts()).toEqual(['Greet', 'Wave'])
  await visitor.expectAccessible()
  await page.getByRole('link', { name: 'Morning' }).click()
  const run = row(page, '2 of 2')
  await run.waitFor()
  expect(await run.getByRole('link').allInnerTexts()).toEqual([expect.stringContaining('Completed'), expect.stringContaining('Greet'), expect.stringContaining('Wave')])
  await expectPhone(page)
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('a job run shows each of its workflows as it comes, asks what they ask, and goes on where it stopped', async () => {
  const ask = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Is it all there?', userInputs: { properties: {} }, buttons: [{ identifier: 'yes', label: 'All of it' }] } }
  const start = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string', title: 'Month' } }, required: ['month'] } } }
  const order = ['first', 'second', 'third'].map((name) => linear(name, [start, name === 'second' ? ask : { identifier: 'note', config: { type: 'TRANSFORM', value: '{{ .inputs.month }}' } }], { title: `The ${name}` }))
  for (const definition of order) await server.save(definition)
  await server.call('PATCH', '/api/v1/workflows/third', { nodes: [start, { identifier: 'stop', config: { type: 'FAIL', message: 'The books are closed.' } }] })
  const job = (await server.call('POST', '/api/v1/jobs', { name: 'Month end', jobConfigJson: { workflowExecutionOrder: ['first', 'second', 'third'] } })).body
  await using visitor = await visit(browser, `${server.url}/jobs/${job.id}`, { expected: /400/ })
  const { page } = visitor
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('textbox', { name: 'Month' }).fill('May')
  await visitor.expectAccessible()
  await page.keyboard.press('Enter')
  const steps = page.getByRole('region', { name: 'Workflows' }).getByRole('listitem')
  await steps.nth(1).getByText('Waits for a person').waitFor()
  await steps.nth(0).getByText('Completed').waitFor()
  await steps.nth(2).getByText('To come').waitFor()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'All of it' }).click()
  await steps.nth(2).getByText('The books are closed.').waitFor()
  await page.getByRole('status').getByText('Failed').waitFor()
  await expectPhone(page)
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Go on from there' }).click()
  await steps.nth(0).getByText('Done before').waitFor()
  await steps.nth(2).getByText('The books are closed.').waitFor()
  const { body } = await server.call('GET', `/api/v1/job-runs?jobId=${job.id}`)
  expect(body.jobRuns.map(({ fromIndex, inputs }: { fromIndex: number; inputs: unknown }) => ({ fromIndex, inputs }))).toEqual([{ fromIndex: 2, inputs: { month: 'May' } }, { fromIndex: 0, inputs: { month: 'May' } }])
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
