import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { openHouse, type House } from '../house.ts'
import { portalPassword } from '../portal/login.ts'
import { buildDashboard, visit } from './visitor.ts'

/** Somebody who has never seen the editor writes a workflow from nothing, and runs it. */

let house: House
let browser: Browser
beforeAll(async () => {
  await buildDashboard()
  house = await openHouse()
  browser = await sharedChromium()
})
afterAll(() => house[Symbol.asyncDispose]())

const form = (page: Page) => page.getByRole('region', { name: 'Form' })
const field = (page: Page, name: string) => form(page).getByRole('textbox', { name, exact: true })

/** By the keyboard alone, from the button on; ends in the form of the new step. */
const add = async (page: Page, type: string, title: string): Promise<void> => {
  await page.getByRole('button', { name: 'Add a step' }).press('Enter')
  await page.getByRole('searchbox', { name: 'Search for a kind of step' }).fill(type)
  await page.keyboard.press('Enter')
  await page.locator('#node-title:focus').fill(title)
}
const insert = async (page: Page, name: string, path: string): Promise<void> => {
  await page.getByRole('button', { name: `${name}: insert a value` }).press('Enter')
  await page.getByRole('menuitem', { name: path }).first().press('Enter')
}
const ask = async (page: Page, index: number, name: string, kind: string): Promise<void> => {
  await page.getByRole('button', { name: 'Ask for something' }).press('Enter')
  await page.getByRole('group', { name: `Input input_${index}` }).getByRole('textbox', { name: 'Name' }).fill(name)
  await page.keyboard.press('Enter')
  const row = page.getByRole('group', { name: `Input ${name}` })
  await row.getByRole('combobox', { name: 'Kind' }).selectOption(kind)
  await row.getByRole('checkbox', { name: 'Required' }).press('Space')
}

test('logs in, reads a table, goes through its rows, decides, asks and downloads: put together by forms and menus, saved and run', { timeout: 180_000 }, async () => {
  const { server, portal } = house
  await using visitor = await visit(browser, `${server.url}/workflows/new`)
  const { page } = visitor
  await page.getByText('No faults').waitFor()
  await page.locator('.react-flow__node').filter({ hasText: 'Start' }).press('Enter')
  await ask(page, 1, 'user', 'Text')
  await ask(page, 2, 'password', 'Password')
  await page.locator('.react-flow__node').filter({ hasText: 'Open a page' }).press('Enter')
  await field(page, 'Url').fill(`${portal.url}/login`)
  for (const [title, label, input] of [['Type the user', 'User name', '.inputs.user'], ['Type the password', 'Password', '.inputs.password']] as const) {
    await add(page, 'fill', title)
    await field(page, 'Label').fill(label)
    await insert(page, 'Value', input)
  }
  await add(page, 'click', 'Sign in')
  await field(page, 'Name').fill('Sign in')
  await add(page, 'extract', 'Read the table')
  // The loop finds the rows that were read before it.
  await add(page, 'for each', 'Each of them')
  expect(await field(page, 'Items').inputValue()).toBe('{{ .outputs.extract.rows }}')
  await form(page).getByRole('button', { name: 'Edit the step inside' }).press('Enter')
  await add(page, 'condition', 'Is it somebody?')
  await field(page, 'Expression').fill(' != null')
  await field(page, 'Expression').press('Home')
  await insert(page, 'Expression', '.item')
  expect(await field(page, 'Expression').inputValue()).toBe('.item != null')
  await add(page, 'transform', 'Note it')
  await field(page, 'Value').fill('seen')
  await page.getByText('No faults').waitFor()
  await visitor.expectAccessible()
  await page.getByRole('button', { name: 'Workflow', exact: true }).press('Enter')
  // Out of the loop: its steps, and its button that adds one, make way for those of the workflow.
  await page.getByRole('button', { name: 'Workflow', exact: true }).waitFor({ state: 'detached' })
  await add(page, 'user input', 'Ask')
  await field(page, 'Title').nth(1).fill('Shall the list be kept?')
  await add(page, 'download', 'Keep the list')
  await field(page, 'Name').fill('Download CSV')
  await page.getByText('No faults').waitFor()
  await page.getByRole('button', { name: 'More', exact: true }).press('Enter')
  await page.getByRole('menuitem', { name: 'Save and run' }).press('Enter')

  await page.getByRole('textbox', { name: 'user' }).fill('demo')
  await page.getByLabel('password').first().fill(portalPassword)
  await page.getByRole('button', { name: 'Start' }).press('Enter')
  await page.waitForURL(/\/runs\//)
  // A login, a table and a loop: on a busy machine that takes a while.
  await page.getByText('Shall the list be kept?').first().waitFor({ timeout: 90_000 })
  await page.getByRole('button', { name: 'Send the answer' }).press('Enter')
  await page.locator('.run-state').getByText('Completed').waitFor()
  await page.getByRole('region', { name: 'Files' }).getByText(/\.csv$/).first().waitFor()
  const [run] = (await server.call('GET', '/api/v1/workflow-runs')).body.workflowRuns
  const rounds = run.outputs.for_each.items
  expect(run.outputs.extract.rows.length).toBe(rounds.length)
  expect(rounds[0].transform).toEqual({ value: 'seen' })
  expect(visitor.faults).toEqual([])
})
