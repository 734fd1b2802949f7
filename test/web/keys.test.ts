import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { startTestServer, type TestServer } from '../harness.ts'
import { buildDashboard, visit } from './visitor.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await sharedChromium()
})
afterAll(() => server[Symbol.asyncDispose]())

test('a key is made, shown once, works, is revoked, and the audit log says so', async () => {
  await using visitor = await visit(browser, `${server.url}/keys`)
  const { page } = visitor
  await page.getByRole('heading', { name: 'There is no API key' }).waitFor()
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Nightly export')
  await page.getByRole('textbox', { name: 'Whom it is for' }).fill('anna.weber')
  await visitor.expectAccessible()
  await page.keyboard.press('Enter')
  const key = await page.getByRole('textbox', { name: 'The new API key' }).innerText()
  expect(key).toMatch(/^er_/)
  const call = () => server.call('GET', '/api/v1/workflows', undefined, { authorization: `Bearer ${key}` })
  expect((await call()).status).toBe(200)
  // By plain HTTP and another name than localhost, browsers have no clipboard that scripts may write to.
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Make a key' }).and(page.locator(':focus')).waitFor()
  const row = page.getByRole('row').filter({ hasText: 'Nightly export' })
  await row.getByText('member').waitFor()
  await row.getByText('for anna.weber').waitFor()
  expect(await page.getByText(key).count()).toBe(0)
  await visitor.expectAccessible()

  await row.getByRole('button', { name: 'Revoke Nightly export' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await row.getByText(/^Revoked/).waitFor()
  expect((await call()).status).toBe(401)

  await page.goto(`${server.url}/audit`)
  await page.getByText('DELETE /api/v1/api-keys/:keyId').waitFor()
  await visitor.expectAccessible()
  await page.getByRole('searchbox').fill('post')
  await expect.poll(() => page.getByText('DELETE /api/v1/api-keys/:keyId').count(), { timeout: 20_000 }).toBe(0)
  await page.getByText('POST /api/v1/api-keys').waitFor()
  expect(visitor.faults).toEqual([])
})
