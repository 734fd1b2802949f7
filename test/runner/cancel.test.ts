import { readdirSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { cancelRun } from '../../db/end-run.ts'
import { loadCatalog } from '../../runner/catalog.ts'
import { problem } from '../../runner/model/problem.ts'
import { createClock } from '../../server/clock.ts'
import { defineStep, type Step } from '../../steps/lib/step.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { chromiumProcesses, hasProc } from '../processes.ts'

/** From the call to the end of everything. The promise is 2 s; on a machine that is busy with other tests, nothing may take much longer. */
const CANCEL_MS = 2_000
const SLACK_MS = 2_500

const STUBBORN = defineStep({ summary: 'Never end, and open a page later all the same.', config: z.strictObject({}), run: async (context) => {
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  await context.page()
  return new Promise(() => undefined)
} })
const FAILING = defineStep({ summary: 'Fail.', config: z.strictObject({}), run: () => {
  throw problem('step_failed', 'No.')
} })

// A machine may be busy with other things; states are waited for, not times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
/** Processes of Chromiums that other files use, too. */
let others: number
const measured: Record<string, number> = {}
beforeAll(async () => {
  others = hasProc ? chromiumProcesses(process.pid).length : 0
  const catalog = new Map([...(await loadCatalog()), ...Object.entries<Step>({ STUBBORN, FAILING } as never)])
  house = await openHouse({ MAX_CONCURRENT_RUNS: '2' }, { ownChromium: 'shell', catalog, clock: { ...createClock(), random: () => 0.999_999 } })
})
afterAll(async () => {
  console.log('cancel, ms:', measured)
  await house[Symbol.asyncDispose]()
})

const cancel = (runId: string, body: Json = {}) => house.server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, body)
const open = (path: string, rest: object = {}) => ({ identifier: 'open', config: { type: 'NAVIGATE', url: `${house.portal.url}${path}` }, timeoutMs: 60_000, ...rest })
const ask = { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Well?' } }

/** Nothing of a run is left: no context, no page, no request to the portal, no file, and Chromium is back to what it was. */
const nothingLeft = async (): Promise<void> => {
  await house.quiet()
  await house.portal.until(() => house.portal.open().length === 0)
  expect(house.server.server.services.browsers.count()).toEqual({ contexts: 0, pages: 0 })
  const temp = join(house.server.dataDir, 'tmp')
  // Swept a moment after the last context is gone. Chromium keeps its settings there.
  await expect.poll(() => readdirSync(temp, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== 'settings.dat').map(({ name }) => name)).toEqual([])
}

/** Cancels when the run is as wanted, and looks whether it ends in time and leaves nothing. */
const cancels = async (name: string, nodes: Json[], wanted: (run: Json, activities: Json[]) => boolean, { body = {}, definition = {}, when }: { body?: Json; definition?: Json; when?: () => Promise<unknown> } = {}) => {
  const runId = await house.begin(nodes, { definition })
  await house.server.until(runId, wanted)
  await when?.()
  const before = performance.now()
  const answer = await cancel(runId, { reason: 'changed my mind', ...body })
  expect(answer.status).toBe(200)
  expect(['CANCELLING', 'CANCELLED']).toContain(answer.body.state)
  const ended = await house.server.settled(runId)
  await house.quiet()
  measured[name] = Math.round(performance.now() - before)
  expect(ended.workflowRun).toMatchObject({ state: 'CANCELLED', status: 'cancelled', error: { code: 'cancelled', message: 'changed my mind' }, awaiting: null })
  expect(ended.activityRuns.filter(({ status }) => !['completed', 'failed', 'cancelled'].includes(status))).toEqual([])
  expect(measured[name]).toBeLessThan(CANCEL_MS + SLACK_MS)
  await nothingLeft()
  return ended
}

const running = (id: string) => (_run: Json, activities: Json[]) => activities.some(({ stepId, status }) => stepId === id && status === 'running')

describe('a run is cancelled in time, and nothing of it is left', () => {
  test('on a page that never loads', async () => {
    await cancels('never loads', [open('/never')], running('open'), { when: () => house.portal.until(() => house.portal.open().includes('GET /never')) })
  })

  test('in an endless script of the page', async () => {
    await cancels('endless script', [open('/storage'), { identifier: 'spin', config: { type: 'EVALUATE', expression: '() => { for (;;) {} }' }, timeoutMs: 60_000 }], running('spin'))
  })

  test('in an endless script, while a trace is recorded', async () => {
    await cancels('endless script, traced', [open('/storage'), { identifier: 'spin', config: { type: 'EVALUATE', expression: '() => { for (;;) {} }' }, timeoutMs: 60_000 }], running('spin'), { definition: { settings: { trace: 'on' } } })
  })

  test('on a page that froze after a click', async () => {
    const click = { identifier: 'freeze', config: { type: 'CLICK', target: '#spin' } }
    const fill = { identifier: 'fill', config: { type: 'FILL', target: '#spin', value: 'x' }, timeoutMs: 60_000 }
    await cancels('frozen page', [open('/spin'), { ...click, timeoutMs: 60_000 }, fill], (_run, activities) => activities.some(({ stepId }) => stepId === 'freeze'), {
      when: () => house.portal.until(() => (house.portal.requests()['POST /spin/frozen'] ?? 0) > 0),
    })
  })

  test('while it takes a picture of a page that does not answer', async () => {
    const spin = { identifier: 'spin', config: { type: 'EVALUATE', expression: '() => { for (;;) {} }' }, timeoutMs: 300, retry: { maxAttempts: 5, backoffMs: 60_000 } }
    await cancels('picture of a frozen page', [open('/storage'), spin], running('spin'), { when: () => new Promise((resolve) => setTimeout(resolve, 900)) })
  })

  test('in the wait for the next attempt', async () => {
    await cancels('retry wait', [{ identifier: 'fail', config: { type: 'FAILING' }, retry: { maxAttempts: 2, backoffMs: 60_000 } }], (_run, activities) => activities.some(({ status }) => status === 'scheduled'))
  })

  test('in a short delay, which keeps the browser', async () => {
    await cancels('short delay', [open('/storage'), { identifier: 'rest', config: { type: 'DELAY', ms: 4_900 } }], (_run, activities) => activities.some(({ status }) => status === 'waiting'))
  })

  test('in a long delay', async () => {
    await cancels('long delay', [open('/storage'), { identifier: 'rest', config: { type: 'DELAY', ms: 3_600_000 } }], ({ state }) => state === 'AWAITING_EXTERNAL')
  })

  test('while it waits for an answer, its browser kept for a quick one', async () => {
    const { workflowRun } = await cancels('paused', [open('/storage'), ask], ({ state }) => state === 'AWAITING_USER_INPUT', {
      when: async () => expect(house.server.server.services.browsers.count().contexts).toBe(1),
    })
    const forms = await house.server.call('GET', `/api/v1/user-forms?workflowRunId=${workflowRun.id}`)
    expect(forms.body.userForms.map(({ status }: Json) => status)).toEqual(['cancelled'])
    expect((await house.server.call('POST', `/api/v1/workflow-runs/${workflowRun.id}/input`, { values: {} })).status).toBe(409)
  })

  test('in a step that heeds nothing; what that opens later is closed, too', async () => {
    await cancels('stubborn step', [{ identifier: 'stuck', config: { type: 'STUBBORN' } }], running('stuck'))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await nothingLeft()
  })

  test('by force, in a step that heeds nothing', async () => {
    await cancels('stubborn step, by force', [{ identifier: 'stuck', config: { type: 'STUBBORN' } }], running('stuck'), { body: { force: true } })
  })

  test('while its browser is brought back to a page that does not come any more', async () => {
    let comes = true
    const portal = createServer((_request, response) => comes && response.end('<title>x</title>')).listen(0, '127.0.0.1')
    await once(portal, 'listening')
    try {
      const { port } = portal.address() as AddressInfo
      const runId = await house.begin([{ identifier: 'open', config: { type: 'NAVIGATE', url: `http://127.0.0.1:${port}/` } }, ask, { identifier: 'read', config: { type: 'EVALUATE', expression: '1' }, timeoutMs: 60_000 }])
      await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
      // As if nobody had answered for a minute.
      await house.server.server.services.engine.cancel(runId, { force: false })
      await house.quiet()
      comes = false
      const asked = new Promise((resolve) => portal.once('request', resolve))
      await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
      await asked
      const before = performance.now()
      await cancel(runId)
      expect((await house.server.settled(runId)).workflowRun.state).toBe('CANCELLED')
      await house.quiet()
      measured['brought back'] = Math.round(performance.now() - before)
      expect(measured['brought back']).toBeLessThan(CANCEL_MS + SLACK_MS)
    } finally {
      portal.closeAllConnections()
      portal.close()
    }
  })

  test('while it waits its turn; those before it are not disturbed', async () => {
    const hogs = await Promise.all([house.begin([open('/slow?ms=2000')]), house.begin([open('/slow?ms=2000')])])
    await Promise.all(hogs.map((id) => house.server.until(id, running('open'))))
    const waiting = await house.begin([open('/storage')])
    const before = performance.now()
    const { body } = await cancel(waiting)
    expect(body.state).toBe('CANCELLED')
    measured.queued = Math.round(performance.now() - before)
    expect((await house.server.get(waiting)).activityRuns).toEqual([])
    for (const id of hogs) expect((await house.server.settled(id)).workflowRun.state).toBe('COMPLETED')
    await nothingLeft()
  })
})

describe('several things at once', () => {
  test('many cancels of one run: it is cancelled once, and whoever comes after the end is told so', async () => {
    const runId = await house.begin([open('/never')])
    await house.server.until(runId, running('open'))
    const answers = await Promise.all([cancel(runId), cancel(runId, { force: true }), cancel(runId), house.server.call('POST', '/api/v1/workflow-runs/cancel', { runIds: [runId, runId] })])
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true)
    expect((await house.server.settled(runId)).workflowRun.state).toBe('CANCELLED')
    expect((await house.events(runId)).filter(({ type }) => type === 'run.cancelled')).toHaveLength(1)
    expect((await cancel(runId)).status).toBe(409)
    await nothingLeft()
  })

  test('a cancel and the end of the run: one of them wins, and both are told the same', async () => {
    const { db, followers, engine, log, clock } = house.server.server.services
    const ends: string[] = []
    for (let n = 0; n < 20; n++) {
      const nodes = Array.from({ length: 20 }, (_, index) => ({ identifier: `n${index}`, config: { type: 'TRANSFORM', value: index } }))
      const runId = await house.begin(nodes)
      // At another moment of its short life each time: after so many of its 44 events. HTTP would be too slow for that.
      let count = 0
      for await (const page of log.follow(runId, 0, new AbortController().signal)) if ((count += page.length) > 24 + n) break
      const { type } = await cancelRun(db, followers, runId, { reason: 'r', force: false, at: clock.now() })
      if (type !== 'final') await engine.cancel(runId, { force: false })
      const { workflowRun, activityRuns } = await house.server.settled(runId)
      ends.push(`${type} ${workflowRun.state}`)
      expect(activityRuns.filter(({ status: of }) => of !== 'completed' && of !== 'cancelled')).toEqual([])
      const events = (await house.events(runId)).map(({ type: of }) => of)
      expect(events.filter((of) => ['run.completed', 'run.cancelled'].includes(of))).toHaveLength(1)
    }
    expect([...new Set(ends)].filter((end) => !['final COMPLETED', 'cancelling CANCELLED', 'cancelled CANCELLED'].includes(end))).toEqual([])
    expect(ends).toContain('cancelling CANCELLED')
  })

  test('a cancel and an answer: cancelled in the end, with nothing kept', async () => {
    for (let n = 0; n < 6; n++) {
      const runId = await house.begin([open('/storage'), ask])
      await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
      const answer = () => house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
      const [one, two] = await Promise.all(n % 2 === 0 ? [answer(), cancel(runId)] : [cancel(runId), answer()])
      const [answered, cancelled] = n % 2 === 0 ? [one, two] : [two, one]
      expect([200, 409]).toContain(answered.status)
      const { workflowRun } = await house.server.settled(runId)
      expect(workflowRun.state).toBe(cancelled.status === 200 ? 'CANCELLED' : 'COMPLETED')
    }
    await nothingLeft()
  })
})

test.skipIf(!hasProc)('after all of this Chromium has no more processes than after one run', async () => {
  await house.finish([open('/storage')])
  await house.quiet()
  const few = 12
  while (chromiumProcesses(process.pid).length > others + few) await new Promise((resolve) => setTimeout(resolve, 50))
  while (house.server.server.services.load().running > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(house.server.server.services.load()).toEqual({ running: 0, queued: 0 })
})
