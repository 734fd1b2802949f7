import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { TOTP } from 'otpauth'
import type { Browser, Download, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { sharedChromium } from './chromium.ts'
import { employees, employeesCsv } from './portal/employee-data.ts'
import { portalFiles } from './portal/files.ts'
import { portalPassword, totpSeed } from './portal/login.ts'
import { startPortal, type Portal } from './portal/portal.ts'

let browser: Browser
let portal: Portal

beforeAll(async () => {
  browser = await sharedChromium()
  portal = await startPortal()
})
afterAll(() => portal?.close())
beforeEach(() => portal.reset())

async function visit(path: string, by = browser): Promise<Page> {
  const context = await by.newContext({ baseURL: portal.url, acceptDownloads: true })
  onTestFinished(() => context.close())
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  await page.goto(path)
  return page
}

async function signIn(page: Page, user: string, password = portalPassword): Promise<void> {
  await page.getByLabel('User name').fill(user)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function contentOf(download: Download): Promise<string> {
  return await readFile(await download.path(), 'utf8')
}

async function downloadBy(page: Page, selector: string): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(selector).click()])
  return download
}

/** Waits until `locator` shows `text`, and gives back all it shows. */
async function shows(locator: Locator, text: string): Promise<string> {
  return await locator.filter({ hasText: text }).first().innerText()
}

test('the right password lets demo in, is remembered by cookie, and leaves marks in local storage', async () => {
  const page = await visit('/employees?page=2')
  expect(new URL(page.url()).pathname).toBe('/login')
  await signIn(page, 'demo')
  await page.locator('table#employees[data-page="2"]').waitFor()
  expect(await page.context().cookies()).toMatchObject([{ name: 'portal_session', httpOnly: true }])
  expect(await page.evaluate(() => Object.fromEntries(Object.entries(localStorage)))).toEqual({ 'portal.theme': 'light', lastVisit: '/employees?page=2' })
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto('/employees')
  expect(page.url()).toContain('/login')
})

test('a wrong password and a wrong code are said on the page, and asked for again', async () => {
  const page = await visit('/login')
  await signIn(page, 'demo-2fa', 'wrong')
  await shows(page.getByRole('alert'), 'The user name or the password is wrong.')
  await signIn(page, 'demo-2fa')
  await page.getByLabel('Security code').fill('000000')
  await page.getByRole('button', { name: 'Verify' }).click()
  await shows(page.getByRole('alert'), 'That code is not right.')
  expect((await page.request.get('/employees', { maxRedirects: 0 })).status()).toBe(303)
  await page.getByLabel('Security code').fill('246810')
  await page.getByRole('button', { name: 'Verify' }).click()
  await page.locator('table#employees').waitFor()
})

test('six boxes take a code that is typed through, and demo-totp takes the code of the moment', async () => {
  const page = await visit('/login')
  await signIn(page, 'demo-boxes')
  await page.getByLabel('Digit 1').click()
  await page.keyboard.type('246810')
  await page.getByRole('button', { name: 'Verify' }).click()
  await page.locator('#user').waitFor()

  await page.goto('/login')
  await signIn(page, 'demo-totp')
  await page.getByLabel('Security code').fill(new TOTP({ secret: totpSeed }).generate())
  await page.getByRole('button', { name: 'Verify' }).click()
  expect(await shows(page.locator('#user'), 'demo')).toBe('demo-totp')
})

test('a login sends nobody to another site', async () => {
  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example/']) {
    const body = new URLSearchParams({ user: 'demo', password: portalPassword, next })
    const response = await fetch(`${portal.url}/login`, { method: 'POST', body, redirect: 'manual' })
    expect(response.headers.get('location')).toBe('/employees')
  }
})

type ExampleNode = { identifier: string; config: Record<string, unknown> & { type: string } }

test('every target of the example workflow finds its element, and 100 rows and the CSV come out', async () => {
  const { nodes }: { nodes: ExampleNode[] } = JSON.parse(await readFile(new URL('../examples/export-employees.json', import.meta.url), 'utf8'))
  const values: Record<string, string> = { user: 'demo-2fa', password: portalPassword, code: '246810' }
  const page = await visit('/')
  let rows = 0
  let download: Download | undefined
  const find = (target: unknown): Locator => {
    if (typeof target === 'string') return page.locator(target)
    const { role, name, label } = target as { role?: 'button' | 'link'; name?: string; label?: string }
    return role === undefined ? page.getByLabel(label ?? '') : page.getByRole(role, { name })
  }
  for (const { identifier, config } of nodes) {
    if (config.type === 'NAVIGATE') await page.goto('/login')
    if (config.type === 'FILL') await find(config.target).fill(values[identifier] ?? '')
    if (config.type === 'CLICK') await find(config.target).click()
    if (config.type === 'WAIT_FOR') await find(config.target).waitFor()
    if (config.type === 'EXTRACT') rows += await find((config.table as { target: string }).target).locator('tbody tr').count()
    if (config.type === 'DOWNLOAD') {
      const coming = page.waitForEvent('download')
      await find(config.target).click()
      download = await coming
    }
  }
  expect(download?.suggestedFilename()).toBe('employees-2026-01.csv')
  expect(download && (await contentOf(download))).toBe(employeesCsv)
  expect(rows).toBe(100)
  expect(new Set(employees.map(({ email }) => email)).size).toBe(150)
  expect(portal.requests()).toMatchObject({ 'POST /login': 1, 'POST /login/code': 1, 'GET /api/employees': 2, 'GET /employees.csv': 1 })
})

test('the last page of employees has no next one, and there is no fourth', async () => {
  const page = await visit('/login?next=/employees%3Fpage%3D3')
  await signIn(page, 'demo')
  await shows(page.locator('#employees tbody tr').last(), 'E-1150')
  expect(await page.locator('[rel=next]').count()).toBe(0)
  expect((await page.goto('/employees?page=4'))?.status()).toBe(404)
})

test('files arrive whole, under the name that the server or the script gave', async () => {
  const page = await visit('/downloads')
  const names: [selector: string, suggested: string, content: keyof typeof portalFiles][] = [
    ['#attachment', 'Übersicht „Mai“ 2026.csv', 'Übersicht „Mai“ 2026.csv'],
    ['#quoted', 'monthly _final_ report.csv', 'monthly "final" report.csv'],
    ['#traversal', '_.._etc_passwd', '../../etc/passwd'],
    // Its tab closes at once, and the page that opened the tab reports the download.
    ['#attachment-new-tab', 'opened-elsewhere.csv', 'opened-elsewhere.csv'],
    ['#slow', 'slow.txt', 'slow.txt'],
    ['#empty', 'empty.txt', 'empty.txt'],
    ['#statement', 'statement-2026-01.csv', 'statement-2026-01.csv'],
    ['#blob', 'blob-export.csv', 'blob-export.csv'],
    ['#xhr', 'xhr-export.csv', 'xhr-export.csv'],
    ['#data-url', 'data-url.txt', 'data-url.txt'],
  ]
  for (const [selector, suggested, content] of names) {
    const download = await downloadBy(page, selector)
    expect.soft(download.suggestedFilename()).toBe(suggested)
    expect.soft(await contentOf(download)).toBe(String(portalFiles[content]))
  }
})

test('the broken file fails half-way', async () => {
  const page = await visit('/downloads')
  const download = await downloadBy(page, '#broken')
  expect(await download.failure()).toEqual(expect.any(String))
})

test('PDFs open in this tab, in a new tab, and out of a blob, and are valid', async () => {
  const page = await visit('/downloads', await sharedChromium('full'))
  for (const [selector, address] of [['#new-tab-pdf', /contract-0007\.pdf$/], ['#blob-new-tab', /^blob:/], ['#blob-text-new-tab', /^blob:/]] as const) {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator(selector).click()])
    await popup.waitForURL(address)
    await popup.close()
  }
  await page.locator('#inline-pdf').click()
  await page.waitForURL('**/invoice-0042.pdf')
  const file = await (await page.request.get('/files/invoice-0042.pdf')).text()
  const startOfTable = Number(/startxref\n(\d+)/.exec(file)?.[1])
  expect(file.slice(startOfTable, startOfTable + 4)).toBe('xref')
})

test('a form of all kinds of fields echoes what was put in', async () => {
  const page = await visit('/forms')
  const filled: Record<string, string> = {
    'Full name': 'Zoë <b>', 'Email address': 'z@acme.example', 'Secret word': 'hush', 'Number of guests': '4', Phone: '+47 1', Website: 'https://acme.example/',
    'Search term': 'pens', Birthday: '1990-02-03', Alarm: '07:30', Appointment: '2026-01-02T09:15', 'Billing month': '2026-01', 'Holiday week': '2026-W07',
    'Favourite colour': '#ff8800', Volume: '8', Notes: 'one\ntwo', Biography: 'Born and grown',
  }
  for (const [label, value] of Object.entries(filled)) await page.getByLabel(label).fill(value)
  await page.getByLabel('Country').selectOption({ label: 'Norway' })
  await page.getByLabel('Languages').selectOption(['fr', 'tu'])
  await shows(page.locator('#last-change'), 'languages=fr+tu')
  await page.getByLabel('Large').check()
  await page.getByLabel('Newsletter').check()
  await page.getByLabel('Reminders').uncheck()
  expect(await page.getByLabel('Discount code').isDisabled()).toBe(true)
  expect(await page.getByLabel('Customer number').isEditable()).toBe(false)
  await page.getByRole('button', { name: 'Send the form' }).click()
  const answers: { name: string; value: string }[] = JSON.parse(await page.locator('#answer').innerText())
  const values = answers.map(({ value }) => value)
  for (const value of Object.values(filled)) expect(values).toContain(value.replace('\n', '\r\n'))
  const choices = answers.filter(({ name }) => ['country', 'languages', 'shirt', 'newsletter', 'reminders', 'discount'].includes(name))
  expect(choices.map(({ name, value }) => `${name}=${value}`)).toEqual(['country=no', 'languages=fr', 'languages=tu', 'shirt=large', 'newsletter=yes'])
  await shows(page.locator('#answers'), 'Zoë <b>')
})

test('uploads come back with name, size and hash', async () => {
  const page = await visit('/forms')
  const buffer = Buffer.from([0, 255, 13, 10, 45, 45])
  await page.getByLabel('Attachments').setInputFiles(['ä.bin', 'two.txt'].map((name) => ({ name, mimeType: 'application/x-test', buffer })))
  await page.getByRole('button', { name: 'Upload the files' }).click()
  const sha256 = createHash('sha256').update(buffer).digest('hex')
  const file = (name: string) => ({ name: 'attachments', file: name, type: 'application/x-test', sizeBytes: 6, sha256 })
  expect(JSON.parse(await page.locator('#answer').innerText())).toEqual([file('ä.bin'), file('two.txt')])
})

test('clicks, hovering, dragging and keys are noticed', async () => {
  const page = await visit('/forms')
  await page.locator('#counter').dblclick()
  expect([await page.locator('#clicks').innerText(), await page.locator('#double-clicks').innerText()]).toEqual(['2', '1'])
  await page.locator('#pad').click({ button: 'right', modifiers: ['Shift'] })
  await shows(page.locator('#last-click'), 'auxclick right 1 shift')
  await page.locator('#late').click()
  await shows(page.locator('#clicked'), 'late')
  await page.locator('#covered').click({ force: true })
  expect(await page.locator('#clicked').innerText()).toBe('late')
  // With room below it: a page that scrolls takes the menu from under the pointer.
  await page.locator('#menu').evaluate((menu) => menu.scrollIntoView({ block: 'center' }))
  await page.getByRole('button', { name: 'Reports', exact: true }).hover()
  await page.getByRole('button', { name: 'Monthly report' }).click()
  await shows(page.locator('#chosen'), 'Monthly report')
  await page.getByText('Call bank').dragTo(page.locator('#done'))
  await shows(page.locator('#dropped'), 'Call bank → done')
  expect(await page.locator('#done li').allInnerTexts()).toEqual(['Call bank'])
  await page.keyboard.press('Control+Shift+K')
  await shows(page.locator('#last-key'), 'ctrl+shift+K')
})

test('the endless list loads more as its end comes into view', async () => {
  const page = await visit('/scroll')
  await page.locator('.item').first().waitFor()
  expect(await page.locator('.item').count()).toBeLessThan(100)
  while (!(await page.getByText('That was all.').isVisible())) await page.locator('#end').scrollIntoViewIfNeeded()
  expect(await page.locator('.item').allInnerTexts()).toEqual(Array.from({ length: 100 }, (_, index) => `Message ${index + 1}`))
})

test('forms work in a frame, in a frame within a frame, and in a frame of another site', async () => {
  const page = await visit('/frames')
  const frames = { single: page.frameLocator('#form-frame'), nested: page.frameLocator('#outer-frame').frameLocator('#inner-frame'), foreign: page.frameLocator('#foreign-frame') }
  for (const [name, frame] of Object.entries(frames)) {
    await frame.getByLabel('Nickname').fill('Bo')
    await frame.getByRole('button', { name: 'Save' }).click()
    expect(await shows(frame.locator('#saved'), 'Saved')).toBe(`Saved: Bo (${name})`)
  }
})

test('a form in nested shadow roots works', async () => {
  const page = await visit('/shadow')
  await page.getByLabel('Town').fill('Oslo')
  await page.getByLabel('Nickname').fill('Bo')
  await page.getByRole('button', { name: 'Save' }).click()
  expect(await shows(page.locator('#inside'), 'Saved')).toBe('Saved: Bo of Oslo')
})

test('dialogs write the answer on the page, and a written draft asks before leaving', async () => {
  const page = await visit('/dialogs')
  const messages: string[] = []
  page.on('dialog', (dialog) => {
    messages.push(`${dialog.type()} ${dialog.message()}`)
    void dialog.accept(dialog.type() === 'prompt' ? 'Record 2' : undefined)
  })
  for (const [id, answer] of [['alert', 'alert closed'], ['confirm', 'deleted'], ['prompt', 'renamed to Record 2'], ['two', 'true then true']] as const) {
    await page.locator(`#${id}`).click()
    await shows(page.locator('#answer'), answer)
  }
  await page.locator('#draft').fill('unsaved')
  await page.locator('#leave').click()
  await page.waitForURL('**/dialogs/left')
  expect(messages).toHaveLength(6)
  expect(messages.at(-1)).toMatch(/^beforeunload/)
  await page.goto('/dialogs/at-once')
  await shows(page.locator('#answer'), 'confirmed true')
})

test('tables of every shape are there, and the grid is made of roles', async () => {
  const page = await visit('/tables')
  const ids = await page.locator('table[id]').evaluateAll((tables) => tables.map(({ id }) => id))
  expect(ids).toEqual(['spans', 'grouped', 'repeated', 'blanks', 'ragged', 'headless', 'sideways', 'nested', 'lines', 'captioned', 'rich', 'no-rows'])
  expect(await page.getByRole('grid', { name: 'Stock' }).getByRole('gridcell').allInnerTexts()).toEqual(['Pen', 'Oslo', '10', 'Ink', 'Bergen', '2'])
})

test('windows open at once, late, and give back a choice', async () => {
  const page = await visit('/popup')
  for (const [id, n] of [['new-tab', '1'], ['window', '2'], ['late-window', '3']] as const) {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator(`#${id}`).click()])
    expect(await shows(popup.locator('#child'), 'Window')).toBe(`Window ${n}`)
    // A page behind another one is drawn rarely, and clicking in it takes long.
    await popup.close()
  }
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.locator('#chooser').click()])
  await popup.locator('#choose').click()
  await shows(page.locator('#chosen'), 'Chosen: Ada Adler')
})

test('the one-page app changes its address without the server, and its views come late', async () => {
  const page = await visit('/spa')
  await page.getByRole('link', { name: 'Orders' }).click()
  await shows(page.locator('.order').last(), 'Order 3')
  expect(new URL(page.url()).pathname).toBe('/spa/orders')
  await page.goBack()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  expect(portal.requests()).toEqual({ 'GET /spa': 1 })
})

test('a note is kept in all four stores of the browser', async () => {
  const page = await visit('/storage')
  await page.getByLabel('Note').fill('kept')
  await page.getByRole('button', { name: 'Remember' }).click()
  await shows(page.locator('#indexed'), 'kept')
  await page.reload()
  await shows(page.locator('#indexed'), 'kept')
  expect(await page.locator('#stores td:nth-child(2)').allInnerTexts()).toEqual(['kept', 'kept', 'kept', 'kept'])
})

test('the console page talks on every level, and the strict page runs no script', async () => {
  const page = await visit('/')
  const heard: string[] = []
  page.on('console', (message) => heard.push(message.type()))
  const uncaught = page.waitForEvent('pageerror')
  await page.goto('/console')
  expect((await uncaught).message).toBe('Nobody caught this promise')
  expect(heard).toEqual(expect.arrayContaining(['log', 'info', 'warning', 'error']))
  await page.goto('/strict')
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined()
})

test('the wizard goes through three steps; in a new session its middle does not open', async () => {
  for (const base of ['/wizard', '/one-way-wizard']) {
    const page = await visit(`${base}/1`)
    await page.getByLabel('Company name').fill('Acme')
    await page.getByRole('button', { name: 'Continue' }).click()
    await shows(page.locator('#for-company'), 'Acme')
    const again = await page.request.get(`${base}/2`)
    expect(again.status()).toBe(base === '/wizard' ? 200 : 409)
    await page.getByLabel('Number of seats').fill('5')
    await page.getByLabel('Plus').check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Place the order' }).click()
    await shows(page.locator('#placed'), '5 seats on the plus plan for Acme.')
    expect((await fetch(`${portal.url}${base}/2`)).status).toBe(409)
  }
})

test('bad days are as bad as asked for', async () => {
  const status = async (path: string) => (await fetch(portal.url + path)).status
  expect([await status('/flaky?key=a&fails=2'), await status('/flaky?key=a&fails=2'), await status('/flaky?key=a&fails=2')]).toEqual([503, 503, 200])
  expect([await status('/flaky?key=b'), await status('/status/429'), await status('/status/204'), await status('/status/99')]).toEqual([503, 429, 204, 400])
  expect((await fetch(`${portal.url}/status/503?retryAfter=7`)).headers.get('retry-after')).toBe('7')
  expect(await (await fetch(`${portal.url}/slow?ms=5`)).text()).toContain('This page took 5 ms.')
  await expect(fetch(`${portal.url}/drop`)).rejects.toThrow('fetch failed')
  await expect(fetch(`${portal.url}/redirect-loop`)).rejects.toThrow('fetch failed')
  expect(await status('/no-such-page')).toBe(404)

  const page = await visit('/')
  await expect(page.goto('/never-loaded', { timeout: 500 })).rejects.toThrow('Timeout 500ms exceeded')
  await page.locator('#there').waitFor()
})

test('a request that is never answered stays open until its client leaves', async () => {
  const leaving = new AbortController()
  const never = fetch(`${portal.url}/never`, { signal: leaving.signal })
  const half = await fetch(`${portal.url}/hang-body`, { signal: leaving.signal })
  await portal.until(() => portal.open().length === 2)
  expect(portal.open().sort()).toEqual(['GET /hang-body', 'GET /never'])
  leaving.abort()
  await expect(never).rejects.toThrow('aborted')
  await expect(half.text()).rejects.toThrow('aborted')
  await portal.until(() => portal.open().length === 0)
})

test('a frozen page answers nobody', async () => {
  const page = await visit('/spin')
  // The click itself need not come back.
  const clicked = page.locator('#spin').click().catch(() => undefined)
  await portal.until(() => portal.requests()['POST /spin/frozen'] === 1)
  const answered = page.evaluate(() => 'alive').catch(() => 'gone')
  await page.context().close()
  expect(await answered).toBe('gone')
  await clicked
})

test('the echo gives back what came, and the portal remembers it', async () => {
  const headers = { 'content-type': 'application/json', 'x-sign': 'abc' }
  const response = await fetch(`${portal.url}/echo?a=1`, { method: 'PUT', headers, body: '{"n": 1}' })
  expect(await response.json()).toMatchObject({ method: 'PUT', headers, body: { n: 1 }, query: { a: '1' } })
  expect(portal.received).toMatchObject([{ method: 'PUT', path: '/echo', headers, body: '{"n": 1}', query: { a: '1' } }])

  const post = (path: string) => fetch(portal.url + path, { method: 'POST', body: 'x', redirect: 'manual' })
  const answers = await Promise.all(['/hook/status/410', '/hook/slow?ms=1', '/hook/huge?mb=1', '/hook/redirect?to=/echo', '/hook/flaky'].map(post))
  expect(answers.map(({ status }) => status)).toEqual([410, 200, 200, 302, 503])
  expect((await answers[2]?.text())?.length).toBeGreaterThan(1_048_576)
  await expect(post('/hook/drop')).rejects.toThrow('fetch failed')
  expect(portal.received).toHaveLength(7)
})

test('two portals share nothing, and a closed one hangs up on everybody', async () => {
  const other = await startPortal({ securityCode: '111111' })
  const body = new URLSearchParams({ user: 'demo', password: portalPassword })
  const login = await fetch(`${other.url}/login`, { method: 'POST', body, redirect: 'manual' })
  const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
  expect((await fetch(`${other.url}/api/employees`, { headers: { cookie } })).status).toBe(200)
  expect((await fetch(`${portal.url}/api/employees`, { headers: { cookie } })).status).toBe(401)
  const never = fetch(`${other.url}/never`).then(() => 'answered', (fault: Error) => fault.message)
  await other.until(() => other.open().includes('GET /never'))
  await other[Symbol.asyncDispose]()
  expect(await never).toBe('fetch failed')
  await expect(fetch(other.url)).rejects.toThrow('fetch failed')
})
