import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { createBrowsers, type Browsers, type OpenContext } from '../runner/browser.ts'
import { chromiumLaunch } from '../runner/chromium-switches.ts'
import { chooseChromium, headlessShells } from '../runner/chromium-paths.mjs'
import { findChromium } from '../runner/find-chromium.ts'

/**
 * Real Chromiums for tests. To start one costs more than most tests do: those that have nothing to do with its life share one over all files of
 * a worker, in contexts of their own.
 */

/** `full` is what the platform starts. The shell, where there is one, is the same engine without a viewer of PDFs, at half the price. */
export type Kind = 'full' | 'shell'

/** Found once: to look for it starts it. */
const found: Partial<Record<Kind, string>> = {}
export const chromiumPath = (kind: Kind): string => {
  const look = (): string => {
    const shell = kind === 'shell' ? chooseChromium(process.env.CHROMIUM_PATH, headlessShells) : null
    return shell && 'path' in shell ? shell.path : findChromium(process.env)
  }
  return (found[kind] ??= look())
}

const launch = (kind: Kind, ...args: string[]): Promise<Browser> => chromium.launch({ executablePath: chromiumPath(kind), ...chromiumLaunch(...args) })

/** A Chromium for tests that drive one themselves, started as the platform starts its own: for those that end it or start it otherwise. */
export const launchChromium = (...args: string[]): Promise<Browser> => launch('full', ...args)

const shared: Partial<Record<Kind, Promise<Browser>>> = {}
/** The same for all others; names that end in `.test` lead to this machine. Whoever opens a context closes it; Playwright ends it with the worker. */
export const sharedChromium = async (kind: Kind = 'shell'): Promise<Browser> => {
  const browser = await (shared[kind] ??= launch(kind, '--host-resolver-rules=MAP *.test 127.0.0.1'))
  if (browser.isConnected()) return browser
  delete shared[kind]
  return sharedChromium(kind)
}

let runBrowsers: Browsers | undefined
const openRunBrowsers = (): Browsers => {
  const folder = mkdtempSync(join(tmpdir(), 'errand-test-'))
  const browsers = createBrowsers({ executablePath: chromiumPath('shell'), tempDir: join(folder, 'browser'), env: process.env })
  process.once('SIGTERM', () => void browsers.close().finally(() => rmSync(folder, { recursive: true, force: true })))
  return browsers
}

/** The browsers of a server under test, in a Chromium that the servers of a worker share. It starts with the first page, and makes none ready before. */
export const sharedBrowsers = (serversTempDir: string): Browsers => {
  mkdirSync(serversTempDir, { recursive: true })
  const all = (runBrowsers ??= openRunBrowsers())
  const mine = new Set<OpenContext>()
  return {
    open: async (options) => {
      const opened = await all.open(options)
      const close = async (): Promise<void> => {
        await opened.close()
        mine.delete(kept)
      }
      const kept = { ...opened, close }
      mine.add(kept)
      return kept
    },
    prepare: () => Promise.resolve(),
    ready: all.ready,
    count: () => ({ contexts: mine.size, pages: [...mine].reduce((sum, { context }) => sum + context.pages().length, 0) }),
    close: async () => {
      await Promise.all([...mine].map((one) => one.close()))
    },
  }
}
