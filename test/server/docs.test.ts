import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

/** What is served for people to look at, looked at in a real browser. Not as localhost: some libraries behave themselves only there. */
const HOST = 'errand.test'

// The trace viewer and Swagger UI are megabytes of script: on a busy machine they take their time.
vi.setConfig({ testTimeout: 90_000 })

let server: TestServer
let browser: Browser
let origin: string
beforeAll(async () => {
  server = await startTestServer({ ALLOWED_HOSTS: `127.0.0.1,${HOST}` })
  origin = server.url.replace('127.0.0.1', HOST)
  browser = await sharedChromium()
})
afterAll(() => server[Symbol.asyncDispose]())

/** A page, and what should not happen on it: calls to elsewhere, answers that are errors, errors in the console. */
const open = async (url: string): Promise<{ page: Page; faults: string[] }> => {
  const page = await browser.newPage()
  page.setDefaultTimeout(80_000)
  const faults: string[] = []
  page.context().on('request', (request) => void (/^(data|blob):/.test(request.url()) || new URL(request.url()).origin === new URL(url).origin || faults.push(`request: ${request.url()}`)))
  page.context().on('response', (response) => void (response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`)))
  page.on('console', (message) => void (message.type() === 'error' && faults.push(`console: ${message.text()}`)))
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  await page.goto(url)
  return { page, faults }
}

describe('/docs', () => {
  test('shows every operation, and asks nothing of any other host', async () => {
    const { page, faults } = await open(`${origin}/docs`)
    const api = (await server.call('GET', '/openapi.json')).body
    const count = Object.values(api.paths as Json).flatMap((methods) => Object.keys(methods as Json)).length
    await page.waitForFunction((wanted) => document.querySelectorAll('.opblock').length === wanted, count)
    expect(await page.locator('h1, h2').first().innerText()).toContain('Errand')
    await page.locator('.opblock', { hasText: '/api/v1/workflow-runs/execute' }).first().click()
    await page.getByText('multipart/form-data').first().waitFor({ state: 'attached' })
    expect(await page.getByText(/Resolver error|Could not/).count()).toBe(0)
    expect(faults).toEqual([])
    await page.close()
  })

  test('is found with a slash at its end, too', async () => {
    expect(await fetch(`${server.url}/docs/`)).toMatchObject({ status: 200, url: `${server.url}/docs` })
  })
})

describe('/trace-viewer', () => {
  test('opens the trace of a run by its signed address, also where secrets were taken out of it', async () => {
    const visit = (identifier: string) => ({ identifier, config: { type: 'NAVIGATE', url: `${server.url}/health?${identifier}={{ .inputs.password }}` } })
    const trigger = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } } } } }
    await server.save(linear('traced', [trigger, visit('first'), visit('second')], { settings: { trace: 'on' } }))
    const { workflowRun } = await server.settled((await server.run('traced', { password: 'hunter2-hunter2' })).id)
    expect(workflowRun.error).toBeNull()
    const [trace] = (await server.call('GET', `/api/v1/artifacts?workflowRunId=${workflowRun.id}&type=trace`)).body.artifacts as [Json]
    // By its number: traces are unpacked by a service worker, which browsers allow on this machine and over https only.
    const { page, faults } = await open(`${server.url}/trace-viewer/?trace=${encodeURIComponent(trace.signedUrl as string)}`)
    await page.getByText(`${server.url}/health?second=[redacted]`).first().waitFor()
    expect(faults).toEqual([])
    await page.close()
  })
})
