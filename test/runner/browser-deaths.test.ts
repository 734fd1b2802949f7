import { readdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Kind } from '../chromium.ts'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { chromiumRoots, hasProc, isAlive, renderers } from '../processes.ts'
import { irregular, step } from '../restarts.ts'

/** Chromium ends, or one of its pages does, while runs are at work or wait. Processes are found in /proc. */

// A machine may be busy with other things; states are waited for, not times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
let gate: Gate
const inHouse = (ownChromium: Kind): void => {
  beforeAll(async () => {
    house = await openHouse({ MAX_CONCURRENT_RUNS: '4' }, { ownChromium })
  })
  afterAll(() => house[Symbol.asyncDispose]())
}
beforeEach(async () => {
  gate = await startGate()
  house.portal.reset()
})
afterEach(() => gate[Symbol.asyncDispose]())

const kill = async (pids: { pid: number }[], signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
  expect(pids.length).toBeGreaterThan(0)
  for (const { pid } of pids) process.kill(pid, signal)
  while (pids.some(({ pid }) => isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 5))
}
const killChromium = () => kill(chromiumRoots(process.pid))
const killPages = () => kill(renderers(process.pid))

const open = (identifier: string, url: string, rest: Json = {}) => step(identifier, { type: 'NAVIGATE', url }, { timeoutMs: 60_000, ...rest })
const login = () => [open('login', `${house.portal.url}/login`), step('user', { type: 'FILL', target: '#user', value: 'demo' }), step('password', { type: 'FILL', target: '#password', value: 'demo-password' }), step('sign_in', { type: 'CLICK', target: { role: 'button', name: 'Sign in' } })]
const where = step('where', { type: 'EVALUATE', expression: 'location.pathname' })
const ask = step('ask', { type: 'USER_INPUT', title: 'Well?' })
const attempts = (activityRuns: { stepId: string; attempt: number; status: string; error: Json | null }[], id: string) => activityRuns.filter(({ stepId }) => stepId === id).map(({ attempt, status, error }) => `${attempt} ${status}${error ? ` ${error.code}` : ''}`)

describe.skipIf(!hasProc)('Chromium is killed', () => {
  inHouse('shell')

  test('in the middle of a run: another is started, and the run goes on from its checkpoint, still logged in', async () => {
    const runId = await house.begin([...login(), open('hold', `${gate.url}/hold`), open('employees', `${house.portal.url}/employees`), where])
    await gate.arrived('/hold')
    gate.open('/hold')
    // It may be that the page has come by now: then another node finds Chromium gone.
    await killChromium()
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { where: { value: '/employees' } } })
    expect(irregular(activityRuns)).toEqual([])
    expect(house.portal.requests()['POST /login']).toBe(1)
    await house.quiet()
  })

  test('under several runs at once: all go on, each with its own cookies', async () => {
    const names = ['ada', 'bob', 'eve']
    const ids = await Promise.all(
      names.map((name) =>
        house.begin([
          open('storage', `${house.portal.url}/storage`),
          step('note', { type: 'FILL', target: '#note', value: name }),
          step('remember', { type: 'CLICK', target: '#remember' }),
          step('shown', { type: 'ASSERT', target: '#indexed', text: name }),
          open('hold', `${gate.url}/${name}`),
          open('again', `${house.portal.url}/storage`),
          step('read', { type: 'EVALUATE', expression: 'async () => { while (!document.querySelector("#indexed").textContent) await new Promise((r) => setTimeout(r, 20)); return ["cookie", "local", "indexed"].map((id) => document.getElementById(id).textContent) }' }),
        ]),
      ),
    )
    await Promise.all(names.map((name) => gate.arrived(`/${name}`)))
    await killChromium()
    await Promise.all(names.map((name) => gate.arrived(`/${name}`, 2)))
    for (const name of names) gate.open(`/${name}`)
    for (const [index, id] of ids.entries()) {
      const { workflowRun, activityRuns } = await house.server.settled(id)
      expect(workflowRun.error).toBeNull()
      expect(workflowRun.outputs).toMatchObject({ read: { value: [names[index], names[index], names[index]] } })
      expect(attempts(activityRuns as never, 'hold')).toEqual(['1 cancelled interrupted', '2 completed'])
    }
    await house.quiet()
  })

  test('while a run waits with its browser kept: the answer finds it in a new one, where it stood', async () => {
    const runId = await house.begin([...login(), ask, where])
    await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
    await killChromium()
    expect((await house.server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
    await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { where: { value: '/employees' } } })
    expect(irregular(activityRuns)).toEqual([])
    expect(house.portal.requests()).toMatchObject({ 'POST /login': 1, 'GET /employees': 2 })
    await house.quiet()
  })

  test('in branches side by side: both go on in one new browser, and nothing is left of the old one', async () => {
    const connections = [['start', 'left'], ['start', 'right'], ['left', 'end'], ['right', 'end']].map(([sourceIdentifier, targetIdentifier]) => ({ sourceIdentifier, targetIdentifier }))
    const runId = await house.begin([open('start', `${house.portal.url}/storage`), open('left', `${gate.url}/left`), open('right', `${gate.url}/right`), step('end', { type: 'TRANSFORM', value: 1 })], { definition: { connections } })
    await Promise.all([gate.arrived('/left'), gate.arrived('/right')])
    await killChromium()
    await Promise.all([gate.arrived('/left', 2), gate.arrived('/right', 2)])
    expect(house.server.server.services.browsers.count().contexts).toBe(1)
    gate.open('/left')
    gate.open('/right')
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun.state).toBe('COMPLETED')
    expect(irregular(activityRuns)).toEqual([])
    await house.quiet()
  })

  test('over and over under the same node: it fails in the end, with browser_crashed', async () => {
    const runId = await house.begin([open('hold', `${gate.url}/hold`)])
    for (let n = 1; n <= 4; n++) {
      await gate.arrived('/hold', n)
      await killChromium()
    }
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'browser_crashed', stepId: 'hold', attempt: 4 } })
    expect(attempts(activityRuns as never, 'hold')).toEqual(['1 cancelled interrupted', '2 cancelled interrupted', '3 cancelled interrupted', '4 failed browser_crashed'])
    await house.quiet()
  })

  test('in a wizard that cannot be opened in the middle: it begins at its start again', async () => {
    const inside = { checkpoint: false }
    const runId = await house.begin([
      open('wizard', `${house.portal.url}/one-way-wizard/1`),
      step('company', { type: 'FILL', target: '#company', value: 'Acme' }, inside),
      step('next', { type: 'CLICK', target: { role: 'button', name: 'Continue' } }, inside),
      step('seats', { type: 'FILL', target: '#seats', value: '7' }, inside),
      step('hold', { type: 'WEBHOOK', url: `${gate.url}/hold`, method: 'GET' }, inside),
      step('plan', { type: 'CHECK', target: { label: 'Plus' } }, inside),
      step('next2', { type: 'CLICK', target: { role: 'button', name: 'Continue' } }, inside),
      step('place', { type: 'CLICK', target: { role: 'button', name: 'Place the order' } }, inside),
      step('placed', { type: 'EXTRACT', fields: { text: { target: '#placed' } } }),
    ])
    await gate.arrived('/hold')
    await killChromium()
    gate.open('/hold')
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ error: null, outputs: { placed: { text: '7 seats on the plus plan for Acme.' } } })
    expect(attempts(activityRuns as never, 'company')).toEqual(['1 completed', '2 completed'])
    expect(attempts(activityRuns as never, 'wizard')).toEqual(['1 completed'])
    await house.quiet()
  })

  test('while nobody uses it: the next run gets another', async () => {
    await house.finish([open('one', `${house.portal.url}/storage`)])
    await killChromium()
    expect((await house.finish([open('two', `${house.portal.url}/storage`), where])).workflowRun.state).toBe('COMPLETED')
  })
})

describe.skipIf(!hasProc)('a page crashes', () => {
  inHouse('full')

  test('and is tried again by policy, where the run stood', async () => {
    const runId = await house.begin([...login(), step('crash', { type: 'WAIT_FOR', expression: 'window.never' }, { timeoutMs: 60_000, retry: { maxAttempts: 2, backoffMs: 1 } }), where])
    await house.server.until(runId, (_run, activities) => activities.some(({ stepId, status }) => stepId === 'crash' && status === 'running'))
    await killPages()
    const after = await house.server.until(runId, (_run, activities) => activities.some(({ stepId, attempt, status }) => stepId === 'crash' && attempt === 2 && status === 'running'))
    expect(attempts(after.activityRuns as never, 'crash')).toEqual(['1 failed browser_crashed', '2 running'])
    await house.server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, {})
    await house.server.settled(runId)
    expect(house.portal.requests()).toMatchObject({ 'POST /login': 1, 'GET /employees': 2 })
    await house.quiet()
  })

  test('and what Chromium writes of its memory, passwords in it, lies beside the data, and is gone with the run', async () => {
    const crashes = join(house.server.server.services.config.DATA_DIR, 'tmp', 'browser', 'crashes')
    const isDump = (name: string | null) => name?.endsWith('.dmp') === true
    const seen: (string | null)[] = []
    // One that is swept at once, with a page that nobody uses yet, counts, too.
    const watcher = watch(join(crashes, 'pending'), (_, name) => seen.push(name))
    const runId = await house.begin([open('storage', `${house.portal.url}/storage`), step('crash', { type: 'WAIT_FOR', expression: 'window.never' }, { timeoutMs: 60_000, onFailure: 'continue' }), ask])
    await house.server.until(runId, (_run, activities) => activities.some(({ stepId, status }) => stepId === 'crash' && status === 'running'))
    await kill(renderers(process.pid), 'SIGSEGV')
    await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
    await expect.poll(() => seen.some(isDump)).toBe(true)
    watcher.close()
    await house.server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, {})
    await house.server.settled(runId)
    await house.quiet()
    await expect.poll(() => readdirSync(crashes, { recursive: true, encoding: 'utf8' }).filter(isDump)).toEqual([])
  })

  test('and ends the run where there is no policy', async () => {
    const runId = await house.begin([open('storage', `${house.portal.url}/storage`), step('crash', { type: 'WAIT_FOR', expression: 'window.never' }, { timeoutMs: 60_000 })])
    await house.server.until(runId, (_run, activities) => activities.some(({ stepId, status }) => stepId === 'crash' && status === 'running'))
    await killPages()
    expect((await house.server.settled(runId)).workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'browser_crashed', stepId: 'crash' } })
    await house.quiet()
  })

  test('that was ready for the next run: the run does not notice', async () => {
    await house.finish([open('one', `${house.portal.url}/storage`)])
    await house.server.server.services.browsers.prepare({ viewport: { width: 1280, height: 800 }, locale: 'en-US', timezoneId: 'UTC' })
    await killPages()
    const { workflowRun, activityRuns } = await house.finish([open('two', `${house.portal.url}/storage`), where])
    expect(workflowRun).toMatchObject({ state: 'COMPLETED' })
    expect(irregular(activityRuns)).toEqual([])
  })
})
