import { mkdir, readdir, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { chromiumLaunch, NO_METADATA_SERVICE } from './chromium-switches.ts'

/**
 * One Chromium, shared; a new browser context for every run. A context is made ready while the machine waits, is used by one run only, and
 * is closed with it. When Chromium dies, the next run that asks starts another.
 */
export type Browsers = {
  /** A context that nobody has used, with one blank page. */
  open(options: BrowserContextOptions): Promise<OpenContext>
  /** Makes a context ready for the next run that asks for these options, unless one is. Failing is no harm: `open` makes its own. */
  prepare(options: BrowserContextOptions): Promise<void>
  /** Starts Chromium when it is not running. @throws Error when it cannot be started */
  ready(): Promise<void>
  /** What is open at this moment, the prepared context not counted. */
  count(): { contexts: number; pages: number }
  close(): Promise<void>
}

export type OpenContext = {
  context: BrowserContext
  page: Page
  /** Whether Chromium itself has gone. */
  isDead(): boolean
  close(): Promise<void>
}

type Spare = { key: string; opened: Promise<OpenContext> }

const CLOSE_MS = 5_000
const WARM_AFTER_MS = 50

const within = (work: Promise<unknown>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return Promise.race([work.then(() => undefined, () => undefined), late]).finally(() => clearTimeout(timer))
}

/** Chromium's handler keeps its own files in there, too: of what it writes of a crash, this is the memory of a page. */
const DUMP = '.dmp'

/**
 * @param executablePath Chromium's executable
 * @param tempDir for Playwright's traces and downloads, and for what Chromium writes of a page that crashed; what runs leave there is swept when they close, and all of it here
 * @param env what Chromium inherits
 */
export const createBrowsers = ({ executablePath, tempDir, env }: { executablePath: string; tempDir: string; env: NodeJS.ProcessEnv }): Browsers => {
  const crashes = join(tempDir, 'crashes')
  let launched: Promise<Browser> | null = null
  let spare: Spare | null = null
  let closed = false
  const inUse = new Set<BrowserContext>()
  let sweeping: Promise<void> = Promise.resolve()

  const launch = async (): Promise<Browser> => {
    await rm(tempDir, { recursive: true, force: true })
    await mkdir(tempDir, { recursive: true, mode: 0o700 })
    const browser = await chromium.launch({
      executablePath,
      ...chromiumLaunch(NO_METADATA_SERVICE),
      tracesDir: join(tempDir, 'traces'),
      downloadsPath: join(tempDir, 'downloads'),
      // Else in the home of whoever started this, for ever. That it writes none (--disable-crashpad-for-testing) was tried: runs whose page is killed then hung.
      env: { ...env, BREAKPAD_DUMP_LOCATION: crashes },
      // Signals are the server's to handle: it hands its runs back before the browser goes.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    browser.on('disconnected', () => {
      launched = null
      spare = null
    })
    return browser
  }
  const browser = async (): Promise<Browser> => {
    if (closed) throw new Error('The browser is shut down.')
    launched ??= launch().catch((error: unknown) => {
      launched = null
      throw error
    })
    const current = launched
    const found = await current
    if (found.isConnected()) return found
    // It ended before anybody listened.
    if (launched === current) launched = null
    return browser()
  }

  /** Whose page it was does not matter: nobody is to find a password in it. */
  const sweepDumps = async (): Promise<void> => {
    for (const name of await readdir(crashes, { recursive: true }).catch(() => [])) if (extname(name) === DUMP) await rm(join(crashes, name), { force: true }).catch(() => undefined)
  }

  /** Playwright keeps trace and download files until the browser ends, typed passwords in them: once no run is open, they go. */
  const sweep = (): Promise<void> => {
    sweeping = sweeping.then(async () => {
      for (const folder of ['traces', 'downloads']) {
        if (inUse.size > 0) return
        const path = join(tempDir, folder)
        for (const name of await readdir(path).catch(() => [])) await rm(join(path, name), { recursive: true, force: true }).catch(() => undefined)
      }
    })
    return sweeping
  }

  const makeIn = async (owner: Browser, options: BrowserContextOptions): Promise<OpenContext> => {
    const context = await owner.newContext({ acceptDownloads: true, serviceWorkers: 'allow', ...options })
    const close = async (): Promise<void> => {
      // A page that spins cannot keep its context open: Chromium drops it, and what does not answer in time is left to the sweep.
      await within(context.close(), CLOSE_MS)
      await sweepDumps()
      if (inUse.delete(context) && inUse.size === 0) await sweep()
    }
    try {
      return { context, page: await context.newPage(), isDead: () => !owner.isConnected(), close }
    } catch (error) {
      await close()
      throw error
    }
  }

  const make = async (options: BrowserContextOptions): Promise<OpenContext> => {
    const owner = await browser()
    try {
      return await makeIn(owner, options)
    } catch (error) {
      if (owner.isConnected()) throw error
      // Chromium ended at this very moment: nothing of the run was in it yet.
      return makeIn(await browser(), options)
    }
  }

  /**
   * The first page of a renderer pays for Playwright's engine and for its first picture. A context that waits on an idle machine has both behind
   * it; where others are at work, it would only take the processors from them.
   */
  const warm = async (opened: Promise<OpenContext>): Promise<void> => {
    await sleep(WARM_AFTER_MS, undefined, { ref: false })
    const isIdle = (): boolean => spare?.opened === opened && inUse.size === 0
    if (!isIdle()) return
    const { page } = await opened
    const first = [() => page.locator('body').count(), () => page.evaluate('1'), () => page.screenshot({ type: 'jpeg', quality: 1 })]
    for (const call of first) {
      // Of a run that has it by now, a trace may be recorded: there, this would be a step of nobody's.
      if (!isIdle()) return
      await call()
    }
  }

  const dropSpare = async (): Promise<void> => {
    const dropped = spare
    spare = null
    await dropped?.opened.then((opened) => opened.close()).catch(() => undefined)
  }

  /** The prepared context, where it fits and still lives. */
  const takeSpare = async (key: string): Promise<OpenContext | null> => {
    if (spare?.key !== key) return null
    const taken = spare
    spare = null
    const opened = await taken.opened.catch(() => null)
    if (opened && !opened.isDead() && !opened.page.isClosed()) return opened
    await opened?.close()
    return null
  }

  return {
    open: async (options) => {
      const opened = (await takeSpare(JSON.stringify(options))) ?? (await make(options))
      inUse.add(opened.context)
      // What is being swept away was there before: nothing of this run may be.
      await sweeping
      return opened
    },
    prepare: async (options) => {
      const key = JSON.stringify(options)
      // Another may be made ready while one that does not fit is closed.
      while (spare && spare.key !== key) await dropSpare()
      if (closed || spare) return
      const opened = make(options)
      spare = { key, opened }
      await opened.then(
        // A page that crashes while it waits is nobody's to find.
        ({ page }) => page.once('crash', () => void (spare?.opened === opened && dropSpare())),
        () => {
          if (spare?.opened === opened) spare = null
        },
      )
      void warm(opened).catch(() => undefined)
    },
    ready: async () => {
      await browser()
    },
    count: () => ({ contexts: inUse.size, pages: [...inUse].reduce((sum, context) => sum + context.pages().length, 0) }),
    close: async () => {
      closed = true
      await dropSpare()
      const running = launched
      launched = null
      await running?.then((owner) => within(owner.close(), CLOSE_MS)).catch(() => undefined)
      await rm(tempDir, { recursive: true, force: true }).catch(() => undefined)
    },
  }
}
