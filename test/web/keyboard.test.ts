import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { buildDashboard, visit } from './visitor.ts'

/** Every page with the Tab key alone: nothing that can be done is out of reach, and one always sees where one is. */

let server: TestServer
let browser: Browser
let ids: { run: string; job: string; jobRun: string; webhook: string }

const made = async (method: string, path: string, body: unknown): Promise<Json> => (await server.call(method, path, body)).body

beforeAll(async () => {
  await buildDashboard()
  server = await startTestServer()
  browser = await sharedChromium()
  const ask = { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'Go on?', userInputs: { properties: { note: { type: 'string' } } } } }
  const each = { identifier: 'each', config: { type: 'FOR_EACH', items: [1, 2], nodes: [{ identifier: 'copy', config: { type: 'TRANSFORM', value: { is: '{{ .item }}' } } }], connections: [] } }
  await server.save(linear('walk', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { word: { type: 'string' }, password: { type: 'string', format: 'password' } } } } }, each, ask], { title: 'Walk' }))
  await server.call('PATCH', '/api/v1/workflows/walk', { description: 'There and back' })
  await made('PUT', '/api/v1/workflows/walk/schedule', { cron: '0 7 * * *', paused: true })
  await made('PUT', '/api/v1/secrets/word', { value: 'xyzzy' })
  await made('POST', '/api/v1/api-keys', { name: 'Walker', role: 'viewer' })
  const { webhook } = await made('POST', '/api/v1/webhooks', { url: 'http://127.0.0.1:9/', events: ['workflow_run.completed'], enabled: false })
  const job = await made('POST', '/api/v1/jobs', { name: 'Walks', jobConfigJson: { workflowExecutionOrder: ['walk'] } })
  const jobRun = await made('POST', '/api/v1/job-runs', { jobId: job.id, inputs: {} })
  const { id } = await server.run('walk', {})
  await server.until(id, (run) => run.awaiting !== null)
  ids = { run: id, job: job.id, jobRun: jobRun.id, webhook: webhook.id }
})
afterAll(() => server[Symbol.asyncDispose]())

type Walk = { stops: Element[]; /** Stops where nothing told of the focus. */ unseen: string[]; isOver: boolean }

/** Run in the page before the walk: what gets the focus inside of `within` is written down, until it leaves or comes round. */
const watch = (within: string): void => {
  const walk: Walk = { stops: [], unseen: [], isOver: false }
  Object.assign(window, { walk })
  const lookOf = (element: Element): string =>
    // A field may show it by its frame, a choice of several by its label, a row by what covers it, a line of a graph by its colour.
    [element, element.parentElement, element.parentElement?.parentElement, element.nextElementSibling, ...element.querySelectorAll('path')]
      .filter((one): one is Element => one instanceof Element)
      .flatMap((one) => [getComputedStyle(one), getComputedStyle(one, '::after')])
      .map((style) => [style.outline, style.boxShadow, style.borderColor, style.backgroundColor, style.stroke, style.top].join())
      .join()
  let last: { element: Element; look: string } | null = null
  document.addEventListener('focusin', ({ target }) => {
    if (last && lookOf(last.element) === last.look) walk.unseen.push(last.element.outerHTML.slice(0, 120))
    const element = target as Element
    walk.isOver ||= !element.closest(within) || walk.stops.includes(element)
    if (!walk.isOver) walk.stops.push(element)
    last = walk.isOver ? null : { element, look: lookOf(element) }
  })
}

/** What can be done with a mouse inside of `within`, and was no stop; and the stops where one did not see it. */
const foundBy = (within: string): { outOfReach: string[]; unseen: string[]; isOver: boolean } => {
  const { stops, unseen, isOver } = (window as unknown as { walk: Walk }).walk
  const isThere = (element: HTMLElement): boolean => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0 && !element.matches(':disabled')
  // Of choices that exclude each other one is a stop, and the arrow keys go on. Pills go away by Backspace.
  const isPart = (element: HTMLElement): boolean => element.matches('input[type=radio], .mantine-Pill-remove')
  const all = [...document.querySelectorAll<HTMLElement>(`${within} :is(a[href], button, input, select, textarea, [role=button])`)]
  return { outOfReach: all.filter((element) => isThere(element) && !isPart(element) && !stops.includes(element)).map((element) => element.outerHTML.slice(0, 120)), unseen, isOver }
}

/** Goes through all of `within`, from its beginning. */
const expectWalk = async (page: Page, within: string): Promise<void> => {
  await page.evaluate(watch, within)
  // Where the Tab key indents, one looks at each step where one is.
  const code = page.locator('.cm-content[contenteditable=true]')
  const atOnce = (await code.count()) > 0 ? 1 : 8
  for (let pressed = 0; pressed < 150 && !(await page.evaluate(() => (window as unknown as { walk: Walk }).walk.isOver)); pressed += atOnce) {
    for (let count = 0; count < atOnce; count++) await page.keyboard.press('Tab')
    if (atOnce > 1 || !(await code.evaluate((element) => element === document.activeElement))) continue
    await page.getByText('Esc, then Tab, leaves it').waitFor()
    await page.keyboard.press('Escape')
  }
  const { isOver, ...found } = await page.evaluate(foundBy, within)
  expect(found).toEqual({ outOfReach: [], unseen: [] })
  expect(isOver).toBe(true)
}

const PAGES: [name: string, path: () => string, there: string][] = [
  ['runs', () => '/', 'Walk'],
  ['a run', () => `/runs/${ids.run}`, 'Go on?'],
  ['the inbox', () => '/inbox', 'Go on?'],
  ['workflows', () => '/workflows', 'Walk'],
  ['a workflow', () => '/workflows/walk', 'Success rate'],
  ['the editor', () => '/workflows/walk/edit', 'No faults'],
  ['versions', () => '/workflows/walk/versions', 'There and back'],
  ['start', () => '/start/walk', 'There and back'],
  ['jobs', () => '/jobs', 'Walks'],
  ['a job', () => `/jobs/${ids.job}`, '1 of 1'],
  ['a job run', () => `/job-runs/${ids.jobRun}`, 'Go on?'],
  ['schedules', () => '/schedules', 'Every day at 7:00'],
  ['webhooks', () => '/webhooks', 'http://127.0.0.1:9/'],
  ['a webhook', () => `/webhooks/${ids.webhook}`, 'Send failed ones again'],
  ['secrets', () => '/secrets', 'word'],
  ['sessions', () => '/sessions', 'There is no session'],
  ['keys', () => '/keys', 'Walker'],
  ['audit', () => '/audit', 'PUT /api/v1/secrets/:name'],
]

describe('by the keyboard alone', () => {
  test.each(PAGES)('%s', async (_name, path, there) => {
    await using visitor = await visit(browser, server.url + path())
    const { page } = visitor
    await page.locator('#content').getByText(there).first().waitFor()
    if (/^\/(?:runs\/|workflows\/walk)/.test(path()) && !path().endsWith('/versions')) await page.locator('.react-flow__node').first().waitFor()
    const within = path() === '/' ? '#root' : '#content'
    if (within === '#content') await page.locator(within).focus()
    await expectWalk(page, within)
  })

  const DIALOGS: [path: string, button: string][] = [
    ['/schedules', 'Set a schedule'],
    ['/schedules', 'Delete the schedule of Walk'],
    ['/jobs', 'New job'],
    ['/webhooks', 'Add a webhook'],
    ['/secrets', 'Store a secret'],
    ['/keys', 'Make a key'],
  ]
  test.each(DIALOGS)('%s: a dialog keeps the focus, and gives it back: %s', async (path, button) => {
    await using visitor = await visit(browser, server.url + path)
    const { page } = visitor
    const opener = page.getByRole('button', { name: button, exact: true })
    await opener.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.locator(':focus').waitFor({ state: 'attached' })
    await expectWalk(page, '[role=dialog]')
    expect(await dialog.locator(':focus').count()).toBe(1)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => opener.evaluate((element) => element === document.activeElement)).toBe(true)
  })

  test('a dialog that a menu opens gives the focus back to the button of the menu', async () => {
    await using visitor = await visit(browser, `${server.url}/workflows/walk`)
    const { page } = visitor
    const menu = page.getByRole('button', { name: 'More', exact: true })
    await menu.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator(':focus').innerText()).toBe('Versions')
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => page.locator(':focus').innerText()).toMatch(/^Delete/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').locator(':focus').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => menu.evaluate((element) => element === document.activeElement)).toBe(true)
  })
})
