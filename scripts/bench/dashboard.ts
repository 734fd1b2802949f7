import { chromium, type Browser, type Page } from 'playwright-core'
import { chromiumLaunch } from '../../runner/chromium-switches.ts'
import { findChromium } from '../../runner/find-chromium.ts'
import { call, execute, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { spreadOf } from './stats.ts'

/** The dashboard in a Chromium of its own on the same machine: until a page can be used, until an event is on the screen, and what scrolling costs. */

const ROUNDS_OF_LOOP = 499
const EVENTS = 40
/** What a wheel that is spun does; of one long movement. */
const SCROLL = { pixels: 20_000, pixelsPerSecond: 4_000 }
const FRAME_MS = 1000 / 60

const say = (identifier: string) => ({ identifier, title: `Say ${identifier}`, config: { type: 'TRANSFORM', value: { said: '{{ .index }}', text: 'x'.repeat(100) } } })
const LONG = { identifier: 'bench_page', title: 'A long run', nodes: [{ identifier: 'each', title: 'For each', config: { type: 'FOR_EACH', items: `{{ [range(${ROUNDS_OF_LOOP})] }}`, nodes: [say('one'), say('two')] } }], connections: [] }
const SLOW = {
  identifier: 'bench_events',
  title: 'Event by event',
  nodes: [{ identifier: 'each', config: { type: 'FOR_EACH', items: `{{ [range(${EVENTS})] }}`, nodes: [{ identifier: 'wait', title: 'Wait', config: { type: 'DELAY', ms: 120 } }] } }],
  connections: [],
}

type Marks = { usable?: number; drawn: [count: number, at: number][]; frames: number[] }
declare global {
  interface Window {
    marks: Marks
  }
}

/** In the page, before its scripts: when what was waited for is drawn and the page has nothing else to do, and when the number of activity runs changed. */
const watch = (selector: string): void => {
  window.marks = { drawn: [], frames: [] }
  let count = 0
  const look = (): void => {
    if (window.marks.usable === undefined && document.querySelector(selector)) {
      window.marks.usable = NaN
      requestAnimationFrame(() => requestIdleCallback(() => (window.marks.usable = performance.now())))
    }
    const now = Number(/(\d+) activity runs?/.exec(document.querySelector('[aria-label=Timeline]')?.textContent ?? '')?.[1] ?? 0)
    if (now === count) return
    count = now
    requestAnimationFrame(() => window.marks.drawn.push([now, Date.now()]))
  }
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true })
}

const open = async (browser: Browser, address: string, selector: string): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  // What tsx puts around functions that have a name.
  await page.addInitScript('globalThis.__name = (named) => named')
  await page.addInitScript(watch, selector)
  await page.goto(address)
  await page.waitForFunction(() => (window.marks.usable ?? NaN) > 0)
  return page
}

/** From the moment that an address is asked for, with nothing in the cache. */
const untilUsable = async (browser: Browser, address: string, selector: string, rounds: number): Promise<number[]> => {
  const taken: number[] = []
  for (let round = -2; round < rounds; round++) {
    const page = await open(browser, address, selector)
    if (round >= 0) taken.push(await page.evaluate(() => window.marks.usable!))
    await page.context().close()
  }
  return taken
}

/** From the beginning of each activity run to the frame that shows one more of them. */
const untilSeen = async (browser: Browser, url: string): Promise<number[]> => {
  const { body } = await call(url, 'POST', '/api/v1/workflow-runs', { workflowId: SLOW.identifier })
  const page = await open(browser, `${url}/runs/${String(body.id)}`, '.timeline-row')
  await page.locator('.run-state').getByText('Completed').waitFor({ timeout: 120_000 })
  const drawn = await page.evaluate(() => window.marks.drawn)
  await page.context().close()
  const { activityRuns } = (await call(url, 'GET', `/api/v1/workflow-runs/${String(body.id)}`)).body as { activityRuns: { startedAt: string }[] }
  // Those that were there when the page came are no news.
  return drawn.slice(1).flatMap(([count, at]) => (activityRuns[count - 1] ? [at - Date.parse(activityRuns[count - 1]!.startedAt)] : []))
}

/** `busyMs`: processor time that the page's main thread takes for a frame, which others on the machine do not change. */
type Scrolled = { lost: number; longest: number; busyMs: number }

/** Spins the wheel through a run of a thousand activity runs. @returns the share of frames that were not drawn in time, in per cent; the longest one, in milliseconds */
const scroll = async (page: Page, direction: 1 | -1): Promise<Scrolled> => {
  await page.evaluate(() => {
    window.marks.frames = []
    const frame = (at: number): void => {
      window.marks.frames.push(at)
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async (): Promise<number> => ((await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000
  const before = await busy()
  await session.send('Input.synthesizeScrollGesture', { x: 900, y: 400, yDistance: -direction * SCROLL.pixels, speed: SCROLL.pixelsPerSecond, gestureSourceType: 'mouse', preventFling: true })
  const after = await busy()
  await session.detach()
  const frames = await page.evaluate(() => window.marks.frames)
  const gaps = frames.slice(1).map((at, index) => at - frames[index]!)
  const lost = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0)
  return { lost: (lost / (gaps.length + lost)) * 100, longest: Math.max(...gaps), busyMs: (after - before) / ((SCROLL.pixels / SCROLL.pixelsPerSecond) * 60) }
}

export const benchDashboard = async ({ rounds, say: tell }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const { url } = server
  for (const definition of [LONG, SLOW, { ...LONG, identifier: 'bench_short', title: 'A short run', nodes: [say('one')] }]) await saveWorkflow(url, definition)
  tell('dashboard: makes 25 short runs and a long one')
  for (let count = 0; count < 25; count++) await execute(url, 'bench_short')
  await execute(url, 'bench_page')
  const { workflowRuns } = (await call(url, 'GET', '/api/v1/workflow-runs?workflowId=bench_page')).body as { workflowRuns: { id: string }[] }
  const longRun = `${url}/runs/${workflowRuns[0]!.id}`
  const browser = await chromium.launch({ executablePath: findChromium(process.env), ...chromiumLaunch() })
  try {
    tell(`dashboard: opens pages, ${rounds} rounds`)
    const list = spreadOf(await untilUsable(browser, `${url}/`, 'table.runs tbody tr', rounds))
    const run = spreadOf(await untilUsable(browser, longRun, '.timeline-row', rounds))
    tell('dashboard: watches a run')
    const events = spreadOf(await untilSeen(browser, url))
    tell('dashboard: scrolls')
    const page = await open(browser, longRun, '.timeline-row')
    const scrolled: Scrolled[] = []
    for (let round = 0; round < rounds; round++) scrolled.push(await scroll(page, round % 2 === 0 ? 1 : -1))
    const lost = spreadOf(scrolled.map((one) => one.lost))
    const longest = spreadOf(scrolled.map((one) => one.longest))
    const busyMs = spreadOf(scrolled.map((one) => one.busyMs))
    return [
      { name: 'the runs can be used after', value: list.median, unit: 'ms', spread: list, goal: { most: 1500 } },
      { name: 'a run of 1,000 activity runs can be used after', value: run.median, unit: 'ms', spread: run, goal: { most: 1500 } },
      { name: 'an event is on the screen after, p95', value: events.p95, unit: 'ms', spread: events, goal: { most: 150 } },
      { name: 'frames lost while it scrolls', value: lost.median, unit: '%', spread: lost, goal: { most: 5 } },
      { name: 'processor time for a frame of it', value: busyMs.median, unit: 'ms', spread: busyMs, goal: { most: 8 }, note: 'of 16.7 ms; the main thread' },
      { name: 'the longest frame of a scroll', value: longest.median, unit: 'ms', spread: longest },
    ]
  } finally {
    await browser.close()
  }
}
