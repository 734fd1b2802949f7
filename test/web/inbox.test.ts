import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, visit } from './visitor.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await sharedChromium()
  await server.save(
    linear(
      'approve',
      [
        {
          identifier: 'ask',
          title: 'Ask for approval',
          config: {
            type: 'USER_INPUT',
            title: 'May this invoice be paid?',
            description: 'Invoice 4711 of Acme.',
            userInputs: { properties: { amount: { type: 'number', title: 'Amount', minimum: 1 }, reason: { type: 'string', format: 'multi-line', title: 'Reason' } }, required: ['amount'] },
            buttons: [{ identifier: 'yes', label: 'Pay', variant: 'PRIMARY' }, { identifier: 'no', label: 'Refuse', variant: 'DANGER' }],
          },
        },
      ],
      { title: 'Pay invoices' },
    ),
  )
})
afterAll(() => server[Symbol.asyncDispose]())

test('an inbox without questions says what it is for', async () => {
  await using visitor = await visit(browser, `${server.url}/inbox`)
  await visitor.page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor()
  await visitor.expectAccessible()
  expect(visitor.faults).toEqual([])
})

test('a question comes while one looks; its answer moves the run on before one’s eyes', async () => {
  // An amount of nothing is refused by the server.
  await using visitor = await visit(browser, `${server.url}/inbox`, { expected: /400 .*submit/ })
  const { page } = visitor
  await page.getByText('Live').waitFor()
  const { id } = await server.run('approve')
  const question = page.getByRole('article', { name: /May this invoice be paid\?/ })
  await question.waitFor()
  await page.getByLabel('1 waiting').waitFor()
  await visitor.expectAccessible()

  await question.getByRole('textbox', { name: 'Amount' }).fill('0')
  await question.getByRole('button', { name: 'Refuse' }).click()
  await question.locator('.mantine-InputWrapper-error').waitFor()
  await question.getByRole('textbox', { name: 'Amount' }).fill('12.5')
  await question.getByRole('textbox', { name: 'Reason' }).fill('It was paid in May.')
  await question.getByRole('button', { name: 'Refuse' }).click()
  await question.getByText('Completed').waitFor()
  const { workflowRun } = await server.get(id)
  expect(workflowRun.outputs.ask).toMatchObject({ values: { amount: 12.5, reason: 'It was paid in May.' }, button: 'no' })
  expect(visitor.faults).toEqual([])
})
