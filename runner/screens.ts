import type { Page } from 'playwright-core'
import { takeScreenshot } from '../steps/lib/screenshot.ts'
import { late } from './browser-state.ts'
import { MAIN_TAB, type RunBrowser } from './run-browser.ts'
import { sleep } from './sleep.ts'

/** The live picture of a run's page, sent only while somebody watches. It never disturbs the run: what cannot be shown is left out. */

/** A JPEG; `width` and `height` are those of the page in CSS pixels. Its address is not told: it may hold what must not be seen. */
export type Frame = { image: Buffer; width: number; height: number }

export type Screens = {
  /**
   * The page of a run that executes in this process as it changes; null when there is none at the moment. The newest only: who is slow misses some.
   * Ends when `signal` aborts.
   */
  watch(runId: string, signal: AbortSignal): AsyncGenerator<Frame | null, void, void>
}

/** How often it looks whether the run works in another page now. */
const LOOK_MS = 200
/** Between two pictures with painted fields: each costs the page more than a frame does. */
const MASKED_EVERY_MS = 500
const MASKED_TIMEOUT_MS = 3_000
const STOP_MS = 2_000
const FPS = 6
const QUALITY = 60
const LARGEST = { width: 1280, height: 1280 }

/** What all who watch one run share. */
type Source = { watchers: Set<(frame: Frame | null) => void>; last: Frame | null; stop: AbortController }

const pageOf = (browser: RunBrowser | null): Page | null => {
  if (!browser || browser.isDead()) return null
  return browser.current(MAIN_TAB) ?? browser.context()?.pages().at(-1) ?? null
}

/** Once a field holds what must not be seen, frames as they come show it: then pictures are taken with such fields painted over. */
const filmMasked = async (page: Page, browser: RunBrowser, tell: (frame: Frame) => void, signal: AbortSignal): Promise<void> => {
  let last: Buffer = Buffer.alloc(0)
  while (!signal.aborted && !page.isClosed()) {
    const image: Buffer | null = await takeScreenshot(page, { type: 'jpeg', masks: browser.masks, signal, timeoutMs: MASKED_TIMEOUT_MS }).catch(() => null)
    const { width, height } = page.viewportSize() ?? LARGEST
    if (image && !signal.aborted && !last.equals(image)) tell({ image, width, height })
    last = image ?? last
    await sleep(MASKED_EVERY_MS, signal)
  }
}

const film = async (page: Page, browser: RunBrowser, tell: (frame: Frame) => void, signal: AbortSignal): Promise<void> => {
  const { width, height } = page.viewportSize() ?? LARGEST
  const scale = Math.min(1, LARGEST.width / width, LARGEST.height / height)
  await page.screencast.start({
    size: { width: Math.round(width * scale), height: Math.round(height * scale) },
    quality: QUALITY,
    fps: FPS,
    onFrame: ({ data, viewportWidth, viewportHeight }) => {
      if (!signal.aborted && browser.masks.length === 0) tell({ image: data, width: viewportWidth, height: viewportHeight })
    },
  })
  try {
    while (!signal.aborted && browser.masks.length === 0) await sleep(LOOK_MS, signal)
  } finally {
    await late(page.screencast.stop(), STOP_MS).catch(() => undefined)
  }
}

/** @param browserOf the browser of a run that executes here, or waits here with its browser kept */
export const createScreens = (browserOf: (runId: string) => RunBrowser | null): Screens => {
  const sources = new Map<string, Source>()

  const run = async (runId: string, source: Source): Promise<void> => {
    const { signal } = source.stop
    const tell = (frame: Frame | null): void => {
      if (frame === null && source.last === null) return
      source.last = frame
      for (const watcher of source.watchers) watcher(frame)
    }
    while (!signal.aborted) {
      const browser = browserOf(runId)
      const page = pageOf(browser)
      if (!page) {
        tell(null)
        await sleep(LOOK_MS, signal)
        continue
      }
      const over = new AbortController()
      const filming = AbortSignal.any([signal, over.signal])
      const how = browser!.masks.length === 0 ? film : filmMasked
      const done = how(page, browser!, tell, filming).catch(() => undefined)
      const ended = done.then(() => over.abort())
      while (!filming.aborted && pageOf(browserOf(runId)) === page) await sleep(LOOK_MS, filming)
      over.abort()
      await ended
    }
  }

  const join = (runId: string): Source => {
    const known = sources.get(runId)
    if (known) return known
    const source: Source = { watchers: new Set(), last: null, stop: new AbortController() }
    sources.set(runId, source)
    void run(runId, source)
    return source
  }

  return {
    async *watch(runId, signal) {
      const source = join(runId)
      let next: Frame | null | undefined = source.last ?? undefined
      let wake: () => void = () => undefined
      const watcher = (frame: Frame | null): void => {
        next = frame
        wake()
      }
      const onAbort = (): void => wake()
      signal.addEventListener('abort', onAbort)
      source.watchers.add(watcher)
      try {
        while (!signal.aborted) {
          if (next === undefined)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          const frame: Frame | null | undefined = next
          next = undefined
          if (frame !== undefined && !signal.aborted) yield frame
        }
      } finally {
        signal.removeEventListener('abort', onAbort)
        source.watchers.delete(watcher)
        if (source.watchers.size === 0) {
          sources.delete(runId)
          source.stop.abort()
        }
      }
    },
  }
}
