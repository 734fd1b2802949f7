import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type TestServer } from '../harness.ts'
import { as, CALLERS } from '../server/callers.ts'
import { buildDashboard, eventually, visit } from './visitor.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer(CALLERS)
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

test('an approval that several must give says who has given it; who has is not asked again', async () => {
  const buttons = [{ identifier: 'yes', label: 'Pay', variant: 'PRIMARY' }, { identifier: 'no', label: 'Refuse', variant: 'DANGER' }]
  await server.save(linear('several', [{ identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'May the large one be paid?', responders: { required: 3 }, buttons } }], { title: 'Large invoices' }))
  const { id } = await server.run('several')
  const formId = (await server.until(id, (run) => run.awaiting !== null)).workflowRun.awaiting!.formId
  const person = (sub: string) => as(server, { sub, org: 'default' })
  const answer = async (sub: string, comments: string) => expect((await (await person(sub)).call('POST', `/api/v1/user-forms/${formId}/submit`, { button: 'yes', comments })).status).toBe(200)
  await answer('ben', 'I have seen the order.')

  await using visitor = await visit(browser, `${server.url}/inbox`)
  const { page } = visitor
  const question = page.getByRole('article', { name: /May the large one be paid\?/ })
  // Whoever comes from a trusted network may be anybody.
  await question.getByText(/an account or a key of your own/).waitFor()
  await page.evaluate((token) => sessionStorage.setItem('errand.token', token), (await person('anna')).authorization.replace('Bearer ', ''))
  await page.reload()
  const soFar = question.getByRole('group', { name: 'Answers so far' })
  await soFar.getByText('1 of 3 chose “Pay” · 2 more people needed').waitFor()
  await soFar.getByText('I have seen the order.').waitFor()
  await eventually(() => page.title()).toBe('(1) Inbox · Errand')
  await visitor.expectAccessible()
  await question.getByRole('textbox', { name: 'Comment' }).fill('So have I.')
  await question.getByRole('button', { name: 'Pay' }).click()
  await question.getByText('You have answered. The run goes on when enough others have, too.').waitFor()
  await soFar.getByText('anna').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Waits for others' }).waitFor()
  await question.getByText('You have answered.').waitFor()
  expect(await question.getByRole('button', { name: 'Pay' }).count()).toBe(0)
  await eventually(() => page.title()).toBe('Inbox · Errand')
  await visitor.expectAccessible()
  await answer('carla', '')
  await question.getByText('Completed').waitFor()
  expect(visitor.faults).toEqual([])
})
