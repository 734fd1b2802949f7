/**
 * Makes the pictures of the dashboard in docs/: a server with runs of all kinds, and each page of it in light and dark, and as a phone shows it. Look at
 * them before you commit them: alignment, contrast, what is cut off, what is empty.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../test/chromium.ts'
import { startGate } from '../test/gate.ts'
import { linear, startTestServer, type Json, type TestServer } from '../test/harness.ts'
import { openHouse, type House } from '../test/house.ts'
import { portalPassword } from '../test/portal/login.ts'
import { as, CALLERS } from '../test/server/callers.ts'
import { fillLists } from './screenshots/lists.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(root, 'docs/dashboard')
const DESK = { width: 1360, height: 850 }
const PHONE = { width: 390, height: 844 }

const example = (name: string, { portal }: House): Json => {
  const definition = JSON.parse(readFileSync(join(root, 'examples', `${name}.json`), 'utf8')) as Json
  return { ...definition, envs: [{ name: 'PORTAL_URL', value: portal.url }] }
}

const INVOICES = linear(
  'pay_invoices',
  [
    { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { amount: { type: 'number', title: 'Amount', default: 1200 } } } } },
    { identifier: 'large', title: 'Is it a large one?', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', title: 'yes', expression: '.inputs.amount > 1000' }] } },
    {
      identifier: 'approve',
      title: 'Ask for approval',
      config: {
        type: 'USER_INPUT',
        title: 'May this invoice be paid?',
        description: 'Invoice 4711 of Acme Paper, over 1,200.00.',
        userInputs: { properties: { note: { type: 'string', title: 'Note', format: 'multi-line' } } },
        buttons: [{ identifier: 'pay', label: 'Pay it', variant: 'PRIMARY' }, { identifier: 'refuse', label: 'Refuse', variant: 'DANGER' }],
      },
    },
    { identifier: 'book', title: 'Book it', config: { type: 'TRANSFORM', value: { booked: true, amount: '{{ .inputs.amount }}' } } },
  ],
  {
    title: 'Pay invoices',
    connections: [
      { sourceIdentifier: 'start', targetIdentifier: 'large' },
      { sourceIdentifier: 'large', targetIdentifier: 'approve', sourceOutletIdentifier: 'yes' },
      { sourceIdentifier: 'large', targetIdentifier: 'book', fallback: true },
      { sourceIdentifier: 'approve', targetIdentifier: 'book' },
    ],
  },
)

const REMINDERS = linear(
  'send_reminders',
  [
    { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { invoices: { type: 'array', title: 'Invoices' } } } } },
    {
      identifier: 'each',
      title: 'For each open invoice',
      config: {
        type: 'FOR_EACH',
        items: '{{ .inputs.invoices }}',
        nodes: [
          { identifier: 'late', title: 'Is it late?', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', title: 'late', expression: '.item.days > 0' }] } },
          { identifier: 'remind', title: 'Write a reminder', config: { type: 'TRANSFORM', value: { to: '{{ .item.customer }}', text: 'It was due {{ .item.days }} days ago.' } } },
          { identifier: 'leave', title: 'Leave it for now', config: { type: 'TRANSFORM', value: { left: '{{ .item.customer }}' } } },
        ],
        connections: [
          { sourceIdentifier: 'late', targetIdentifier: 'remind', sourceOutletIdentifier: 'yes' },
          { sourceIdentifier: 'late', targetIdentifier: 'leave', fallback: true },
        ],
      },
    },
    { identifier: 'sum', title: 'Count the reminders', config: { type: 'TRANSFORM', value: { invoices: '{{ .outputs.each.count }}' } } },
  ],
  { title: 'Send reminders' },
)
const LATE = { invoices: [{ customer: 'Acme Paper', days: 12 }, { customer: 'Harbour Cleaning', days: 0 }, { customer: 'Kestrel Parts', days: 3 }] }

const LARGE = linear(
  'large_invoices',
  [
    { identifier: 'approve', title: 'Ask for approval', config: { type: 'USER_INPUT', title: 'May 48,200.00 be paid to Kestrel Parts?', description: 'Three people have to agree to invoices over 10,000.00.', responders: { required: 3 }, buttons: [{ identifier: 'pay', label: 'Pay it', variant: 'PRIMARY' }, { identifier: 'refuse', label: 'Refuse', variant: 'DANGER' }] } },
    { identifier: 'book', title: 'Book it', config: { type: 'TRANSFORM', value: { booked: true } } },
  ],
  { title: 'Large invoices' },
)

/** Two of three agree; the third is about to. @returns what the third is known by */
const approve = async (server: TestServer, runId: string): Promise<{ token: string }> => {
  const person = (sub: string) => as(server, { sub, org: 'default' })
  const answer = async (sub: string, comments?: string) => (await person(sub)).call('POST', `/api/v1/workflow-runs/${runId}/input`, { button: 'pay', ...(comments && { comments }) })
  await answer('ben.okafor', 'The goods are here, I have counted them.')
  await answer('mia.lindqvist')
  return { token: (await person('anna.weber')).authorization.replace('Bearer ', '') }
}

/** Runs of every kind, oldest first. @returns those that have a picture of their own */
const fill = async (house: House, gate: string) => {
  const { server, portal } = house
  await server.save(example('export-employees', house))
  await server.save(INVOICES)
  await server.save(REMINDERS)
  await server.save(LARGE)
  await server.save(linear('check_portal', [{ identifier: 'open', title: 'Open the portal', config: { type: 'NAVIGATE', url: `${portal.url}/login` } }, { identifier: 'button', title: 'Press “Continue”', config: { type: 'CLICK', target: { role: 'button', name: 'Continue' } }, timeoutMs: 500, retry: { maxAttempts: 2, backoffMs: 100 } }], { title: 'Check the portal' }))
  await server.save(linear('nightly_list', [{ identifier: 'list', title: 'Make the list', config: { type: 'TRANSFORM', value: { made: true } } }], { title: 'Nightly list' }))
  await server.save(linear('slow_report', [{ identifier: 'open', title: 'Open the report', stateName: 'opening_report', config: { type: 'NAVIGATE', url: `${gate}/report` } }], { title: 'Monthly report' }))
  const login = { user: 'demo-2fa', password: portalPassword }
  for (let count = 0; count < 6; count++) await server.settled((await server.run('nightly_list')).id)
  const failed = (await server.settled((await server.run('check_portal')).id)).workflowRun
  for (let count = 0; count < 3; count++) await server.settled((await server.run('pay_invoices', { amount: 80 + count })).id)
  const stopped = await server.run('slow_report')
  await server.call('POST', `/api/v1/workflow-runs/${stopped.id}/cancel`, { reason: 'The report is not out yet.' })
  const exported = await server.run('export_employees', login)
  await server.until(exported.id, (run) => run.awaiting !== null)
  await server.call('POST', `/api/v1/workflow-runs/${exported.id}/input`, { values: { code: '246810' } })
  await server.settled(exported.id)
  const reminded = await server.run('send_reminders', LATE)
  await server.settled(reminded.id)
  await server.run('slow_report')
  const approval = await server.run('pay_invoices')
  const asking = await server.run('export_employees', login)
  const large = await server.run('large_invoices')
  for (const { id } of [approval, asking, large]) await server.until(id, (run) => run.awaiting !== null)
  return { failed: failed.identifier, reminded: reminded.identifier, exported: exported.identifier, asking: asking.identifier, approval: approval.identifier, large: large.identifier, ...(await approve(server, large.id)) }
}

type Picture = { name: string; path: string; /** Who looks at it. */ token?: string; ready: string; open?: (page: Page) => Promise<void>; server?: TestServer; phone?: boolean }

const take = async (browser: Browser, { server: { url } }: House, { name, path, ready, open, server, token, phone = false }: Picture): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: phone ? PHONE : DESK, isMobile: phone, colorScheme, reducedMotion: 'reduce' })
    const page = await context.newPage()
    if (token) await page.addInitScript((known) => sessionStorage.setItem('errand.token', known), token)
    await page.goto(`${server?.url ?? url}${path}`)
    await page.getByText(ready).first().waitFor()
    await open?.(page)
    await page.waitForLoadState('load')
    await page.evaluate(() => Promise.all([document.fonts.ready, ...[...document.images].map((image) => image.decode().catch(() => undefined))]))
    await page.mouse.move(0, 0)
    await page.evaluate(() => window.scrollTo(0, 0))
    await page.screenshot({ path: join(OUT, `${name}-${colorScheme}.png`) })
    await context.close()
  }
}

await using gate = await startGate()
// A Chromium of its own: that which tests share ends with their worker, and this never would.
await using house = await openHouse({ MAX_CONCURRENT_RUNS: '4', ...CALLERS }, { ownChromium: 'full' })
await using empty = await startTestServer()
await using closed = await startTestServer({ TRUSTED_NETWORKS: '' })
const lists = await fillLists(house)
const runs = await fill(house, gate.url)
const browser = await launchChromium()
mkdirSync(OUT, { recursive: true })
const graph = async (page: Page): Promise<void> => {
  await page.locator('.react-flow__node').first().waitFor()
  // The graph moves to the node at work.
  await page.waitForTimeout(500)
}
const openStep = (title: string) => async (page: Page): Promise<void> => {
  await page.locator('.timeline-row').filter({ hasText: title }).last().click()
  await graph(page)
}
const choose = (title: string) => async (page: Page): Promise<void> => {
  await graph(page)
  await page.locator('.react-flow__node').filter({ hasText: title }).click()
}
const pictures: Picture[] = [
  { name: 'runs', path: '/', ready: 'Monthly report' },
  { name: 'runs-empty', path: '/', ready: 'There is no workflow yet', server: empty },
  { name: 'run-completed', path: `/runs/${runs.exported}`, ready: 'Timeline', open: openStep('Read page 1') },
  { name: 'run-failed', path: `/runs/${runs.failed}`, ready: 'Timeline', open: openStep('Press') },
  { name: 'run-asking', path: `/runs/${runs.asking}`, ready: 'Send the answer', open: graph },
  { name: 'run-condition', path: `/runs/${runs.approval}`, ready: 'Pay it', open: graph },
  { name: 'run-loop', path: `/runs/${runs.reminded}`, ready: 'Timeline', open: openStep('Write a reminder') },
  { name: 'start-again', path: `/start/send_reminders?again=${runs.reminded}`, ready: 'Run again with other inputs' },
  { name: 'run-approval', path: `/runs/${runs.large}`, ready: 'Refuse', open: graph, token: runs.token },
  { name: 'start', path: '/start/export_employees', ready: 'User name' },
  { name: 'inbox', path: '/inbox', ready: 'May this invoice be paid?' },
  { name: 'inbox-empty', path: '/inbox', ready: 'Nothing waits for you', server: empty },
  { name: 'sign-in', path: '/', ready: 'API key or token', server: closed },
  { name: 'phone-runs', path: '/', ready: 'Monthly report', phone: true },
  { name: 'phone-run', path: `/runs/${runs.exported}`, ready: 'Timeline', phone: true, open: graph },
  { name: 'workflows', path: '/workflows', ready: 'Post orders' },
  { name: 'workflow', path: '/workflows/post_orders', ready: 'Success rate', open: graph },
  { name: 'edit', path: '/workflows/errand_tour/edit', ready: 'No faults', open: choose('Read the table') },
  {
    name: 'edit-faults',
    path: '/workflows/errand_tour/edit',
    ready: 'No faults',
    open: async (page) => {
      await choose('Ask for approval')(page)
      await page.getByRole('textbox', { name: 'Title', exact: true }).nth(1).fill('')
      await page.getByRole('button', { name: /^\d+ faults?/ }).click()
    },
  },
  {
    name: 'edit-values',
    path: '/workflows/errand_tour/edit',
    ready: 'No faults',
    open: async (page) => {
      await choose('Ask for approval')(page)
      await page.getByRole('button', { name: 'Description: insert a value' }).first().click()
      await page.getByRole('menuitem').first().waitFor()
    },
  },
  {
    name: 'edit-steps',
    path: '/workflows/errand_tour/edit',
    ready: 'No faults',
    open: async (page) => {
      await page.getByRole('button', { name: 'Add a step' }).click()
      await page.getByText('In the portal').waitFor()
    },
  },
  { name: 'versions', path: '/workflows/errand_tour/versions', ready: 'From', open: (page) => page.locator('.cm-content').first().waitFor() },
  { name: 'jobs', path: '/jobs', ready: 'Close the month' },
  { name: 'job', path: `/jobs/${lists.job}`, ready: '1 of 2' },
  { name: 'job-run', path: `/job-runs/${lists.jobRun}`, ready: 'Pay them' },
  { name: 'schedules', path: '/schedules', ready: '30 6 * * 1-5' },
  {
    name: 'schedule',
    path: '/schedules',
    ready: '30 6 * * 1-5',
    open: async (page) => {
      await page.getByRole('button', { name: 'Set a schedule' }).click()
      await page.getByRole('combobox', { name: 'What to start' }).click()
      await page.getByRole('option', { name: 'Export employees' }).click()
      await page.getByRole('textbox', { name: 'User name' }).fill('demo')
      await page.getByText('It starts next').waitFor()
    },
  },
  { name: 'schedules-empty', path: '/schedules', ready: 'Nothing starts by itself yet', server: empty },
  { name: 'webhooks', path: '/webhooks', ready: 'The bookkeeping' },
  { name: 'webhook', path: `/webhooks/${lists.webhook}`, ready: 'Delivered' },
  {
    name: 'delivery',
    path: `/webhooks/${lists.webhook}`,
    ready: 'Delivered',
    open: async (page) => {
      await page.getByRole('button', { name: 'workflow_run.failed', exact: true }).last().click()
      await page.getByText('error_message', { exact: true }).waitFor()
    },
  },
  { name: 'secrets', path: '/secrets', ready: 'portal_password' },
  { name: 'sessions', path: '/sessions', ready: 'carrier_portal' },
  { name: 'sessions-empty', path: '/sessions', ready: 'There is no session', server: empty },
  { name: 'keys', path: '/keys', ready: 'Nightly export' },
  { name: 'audit', path: '/audit', ready: 'POST /api/v1' },
  { name: 'phone-workflow', path: '/workflows/post_orders', ready: 'Success rate', phone: true, open: graph },
  { name: 'phone-edit', path: '/workflows/errand_tour/edit', ready: 'Add a step', phone: true, open: graph },
  { name: 'phone-schedules', path: '/schedules', ready: 'Post orders', phone: true },
  { name: 'phone-webhook', path: `/webhooks/${lists.webhook}`, ready: 'Delivered', phone: true },
  { name: 'phone-job-run', path: `/job-runs/${lists.jobRun}`, ready: 'Pay them', phone: true },
  { name: 'phone-inbox', path: '/inbox', ready: 'May this invoice be paid?', phone: true },
]
const only = process.argv.slice(2)
for (const picture of pictures) if (only.length === 0 || only.includes(picture.name)) await take(browser, house, picture)
await browser.close()
process.stdout.write(`${pictures.length} pages, light and dark, in docs/dashboard\n`)
