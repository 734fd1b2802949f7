import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { chromiumLaunch } from '../../runner/chromium-switches.ts'
import { findChromium } from '../../runner/find-chromium.ts'
import { tempDir } from './child.ts'
import { inLanes, PORTAL_USER, ROWS, type Job } from './portal-task.ts'

/**
 * What the platform is compared with: the same ten steps as anybody would write them with Playwright, in a process of their own. The browser
 * is the same executable, started as Playwright starts it; with `--platform-switches` it gets the platform's arguments, too.
 */
const [portalUrl, switches] = process.argv.slice(2)

const once = async (browser: Browser, dir: string): Promise<void> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', timezoneId: 'UTC' })
  try {
    const page = await context.newPage()
    await page.goto(`${portalUrl}/login`)
    await page.getByLabel('User name').fill(PORTAL_USER.user)
    await page.getByLabel('Password').fill(PORTAL_USER.password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const read = (number: number) =>
      page.locator(`table#employees[data-page='${number}'] tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)))
    await page.locator("table#employees[data-page='1']").waitFor()
    const first = await read(1)
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.locator("table#employees[data-page='2']").waitFor()
    const second = await read(2)
    if (first.length !== ROWS || second.length !== ROWS) throw new Error(`The script read ${first.length} and ${second.length} rows.`)
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download CSV' }).click()])
    const name = crypto.randomUUID()
    await download.saveAs(join(dir, `${name}.csv`))
    await page.screenshot({ path: join(dir, `${name}.png`) })
  } finally {
    await context.close()
  }
}

const dir = tempDir()
const files = join(dir, 'files')
await mkdir(files)
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
const browser = await chromium.launch({ executablePath: findChromium(process.env), ...(switches === '--platform-switches' ? chromiumLaunch() : { args: sandbox }) })

process.on('message', (job: Job) => {
  inLanes(job, () => once(browser, files)).then(
    (took) => process.send?.(took),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
const stop = async (): Promise<void> => {
  await browser.close()
  await rm(dir, { recursive: true, force: true })
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.send?.({ ready: true })
