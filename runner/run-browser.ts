import type { BrowserContext, BrowserContextOptions, Dialog, Page } from 'playwright-core'
import type { FieldMask } from '../steps/lib/screenshot.ts'
import type { Settings } from './model/workflow.ts'
import type { Browsers, OpenContext } from './browser.ts'
import { addState, late, readState, withLogin, type BrowserState } from './browser-state.ts'
import { createHostProxy, type HostProxy } from './host-proxy.ts'
import { seedSessionStorage } from './session-storage.ts'
import type { SessionStart } from './session-start.ts'

/** The tab that a run works in where its branches do not part. */
export const MAIN_TAB = 'main'

/** One run's browser: opened on first use, from where the run stands. Branches that go on side by side have a tab each. */
export type RunBrowser = {
  /** The tab's page; opens the context, and restores the state it was given, the first time. `signal` cuts restoring short. */
  page(tab: string, signal: AbortSignal): Promise<Page>
  /** The tab's page, when there is one already. */
  current(tab: string): Page | null
  /** Whether any page was opened, and is still there. */
  isOpen(): boolean
  /** Makes another page the tab's. */
  switchTo(tab: string, page: Page): void
  closeTab(tab: string): Promise<void>
  /** What is to be remembered after a step; null when no page was ever opened. Never throws: a page that does not answer keeps what was known. */
  state(tab: string): Promise<BrowserState | null>
  /** The same with IndexedDB of every origin, for a session that others start with. @throws when the browser does not give it */
  fullState(): Promise<BrowserState | null>
  /** The context, when it is open. */
  context(): BrowserContext | null
  /** Whether the tab's page still answers; a script that does not end keeps it from it. */
  answers(tab: string): Promise<boolean>
  answerNextDialog(answer: DialogAnswer): void
  /** Throws the page away after a crash or a script that does not end; the next `page()` opens another where the run stands. */
  replacePage(tab: string, signal: AbortSignal): Promise<void>
  /** Whether Chromium itself has gone. */
  isDead(): boolean
  /** Follows what is typed: fields that screenshots must not show. */
  masks: FieldMask[]
  close(): Promise<void>
}

type DialogAnswer = { action: 'accept' | 'dismiss'; promptText?: string }
type LogLine = (level: 'INFO' | 'WARN', message: string) => void

const ANSWER_MS = 1_000
/** A page that does not close is not waited for. */
const CLOSE_PAGE_MS = 2_000

export const contextOptions = (settings: Settings | undefined): BrowserContextOptions => ({
  viewport: settings?.viewport ?? { width: 1280, height: 800 },
  locale: settings?.locale ?? 'en-US',
  timezoneId: settings?.timezone ?? 'UTC',
  ...(settings?.userAgent && { userAgent: settings.userAgent }),
  ...(settings?.ignoreHttpsErrors && { ignoreHTTPSErrors: true }),
})

const matchesHost = (host: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) || host === pattern.slice(2) : host === pattern

/** Whether a page may reach a host, by the patterns that the workflow names. */
const createAllows = (patterns: readonly string[]) => {
  const lower = patterns.map((pattern) => pattern.toLowerCase())
  return (host: string): boolean => lower.some((pattern) => matchesHost(host, pattern))
}

/** Refuses at once what a page itself asks for; the rest is the proxy's to refuse. */
const refuseOthers = (context: BrowserContext, allows: (host: string) => boolean): Promise<unknown> =>
  context.route('**/*', (route) => {
    const { protocol, hostname } = new URL(route.request().url())
    const isWeb = protocol === 'http:' || protocol === 'https:'
    return !isWeb || allows(hostname) ? route.continue() : route.abort('blockedbyclient')
  })

/**
 * @param restore the checkpoint to begin with: its URLs are opened again
 * @param begin how the run begins with its session, or sees that its login still holds where it goes on
 * @param log where dialogs and restoring are told
 * @param access what it shows to get in, asked for with each new context
 * @param onOpen awaited before anything is done in a new context
 */
export const createRunBrowser = (
  browsers: Browsers,
  {
    settings,
    restore,
    begin,
    log,
    access = async () => ({}),
    onOpen = async () => undefined,
  }: { settings: Settings | undefined; restore: BrowserState | null; begin: SessionStart | null; log: LogLine; access?: () => Promise<BrowserContextOptions>; onOpen?: (context: BrowserContext) => Promise<void> },
): RunBrowser => {
  let opening: Promise<OpenContext> | null = null
  let opened: OpenContext | null = null
  const tabs = new Map<string, Page>()
  let known: BrowserState | null = restore
  let nextAnswer: DialogAnswer | null = null
  let proxy: HostProxy | null = null
  let closed = false
  let died = false
  const masks: RunBrowser['masks'] = []
  const isDead = (): boolean => died || (opened?.isDead() ?? false)

  const onDialog = (dialog: Dialog): void => {
    const answer: DialogAnswer = dialog.type() === 'beforeunload' ? { action: 'accept' } : (nextAnswer ?? { action: 'dismiss' })
    if (dialog.type() !== 'beforeunload') nextAnswer = null
    log('INFO', `The page showed ${dialog.type() === 'alert' ? 'an' : 'a'} ${dialog.type()}: "${dialog.message()}". It was ${answer.action === 'accept' ? 'accepted' : 'dismissed'}.`)
    const done = answer.action === 'accept' ? dialog.accept(answer.promptText) : dialog.dismiss()
    // The page may have gone with its dialog.
    done.catch(() => undefined)
  }

  /** @param look whether the page shows what it should, before it is brought back or once it is. @returns null when it does not */
  const openIn = async (state: BrowserState | null, signal: AbortSignal, look: { before?: (page: Page) => Promise<boolean>; after?: (page: Page) => Promise<boolean> } = {}): Promise<OpenContext | null> => {
    const allows = settings?.allowedHosts ? createAllows(settings.allowedHosts) : null
    if (allows) proxy ??= await createHostProxy(allows)
    const options = { ...contextOptions(settings), ...(await access()), ...(proxy && { proxy: { server: proxy.url } }) }
    const context = await browsers.open(
      state && (state.cookies.length > 0 || state.origins.length > 0) ? { ...options, storageState: { cookies: state.cookies, origins: state.origins } } : options,
    )
    const letGo = async (): Promise<void> => {
      died ||= context.isDead()
      opened = null
      tabs.clear()
      await context.close()
    }
    opened = context
    try {
      // A step that its run did not wait for any longer opens nothing that nobody would close.
      if (closed) throw new Error('The run has let go of its browser.')
      await onOpen(context.context)
      context.context.on('dialog', onDialog)
      if (allows) await refuseOthers(context.context, allows)
      const { page } = context
      tabs.set(MAIN_TAB, page)
      if (state) await seedSessionStorage(page, state.sessionStorage)
      let isGood = (await look.before?.(page)) ?? true
      if (isGood && state) tabs.set(MAIN_TAB, await goBack(page, state, MAIN_TAB, signal))
      if (isGood) isGood = (await look.after?.(page)) ?? true
      if (!isGood) {
        await letGo()
        return null
      }
      known = state
      return context
    } catch (error) {
      await letGo()
      throw error
    }
  }

  const open = async (signal: AbortSignal): Promise<OpenContext> => {
    const check = async (page: Page): Promise<boolean> => {
      await begin?.check(page, signal)
      return true
    }
    if (!begin) return (await openIn(known, signal))!
    // Each time anew: somebody may have logged in since.
    if (restore === null) return (await openIn(await begin.load(), signal, { after: check }))!
    const still = await openIn(known, signal, { before: (page) => begin.isStill(page, signal) })
    if (still) return still
    log('WARN', 'The run is not logged in any more: it goes on with a copy of its session.')
    const session = await begin.load()
    return (await openIn(known && session ? withLogin(known, session) : known, signal, { before: check }))!
  }

  /** @returns the page to work in: another one when the address cannot be opened, because what is left of such a navigation disturbs the next */
  const goBack = async (page: Page, state: BrowserState, tab: string, signal: AbortSignal): Promise<Page> => {
    const url = state.urls[tab] ?? ''
    if (!/^https?:/.test(url)) return page
    const problem = await page.goto(url, { waitUntil: 'domcontentloaded', signal }).then(
      () => null,
      (error: unknown) => error,
    )
    if (signal.aborted) return page
    if (problem === null) {
      log('INFO', `Went on in a new browser: cookies and storage put back, ${url} opened again.`)
      return page
    }
    log('WARN', `Went on in a new browser: cookies and storage put back, but ${url} could not be opened again.`)
    const blank = await page.context().newPage()
    await late(page.close(), CLOSE_PAGE_MS)
    return blank
  }

  /** A tab whose page has closed itself takes over a page that belongs to no other. */
  const pageOf = (tab: string): Page | null => {
    const page = tabs.get(tab)
    if (page && !page.isClosed()) return page
    if (tab !== MAIN_TAB) return null
    const others = new Set([...tabs].filter(([name]) => name !== tab).map(([, other]) => other))
    return opened?.context.pages().findLast((other) => !other.isClosed() && !others.has(other)) ?? null
  }

  const openTab = async (tab: string, signal: AbortSignal): Promise<Page> => {
    const page = await opened!.context.newPage()
    tabs.set(tab, page)
    if (!known) return page
    await seedSessionStorage(page, known.sessionStorage)
    const back = await goBack(page, known, tab, signal)
    tabs.set(tab, back)
    return back
  }

  const state = async (tab: string): Promise<BrowserState | null> => {
    const page = pageOf(tab)
    if (!opened || !page || isDead()) return known
    const seen = await readState(opened.context, page)
    // Only now, because a branch beside this one may have learnt something in the meantime.
    known = addState(known, tab, seen)
    return known
  }

  return {
    masks,
    page: async (tab, signal) => {
      if (closed) throw new Error('The run has let go of its browser.')
      // A browser that could not be opened is asked for again by the next attempt.
      opening ??= open(signal).catch((error: unknown) => {
        opening = null
        throw error
      })
      await opening
      return pageOf(tab) ?? openTab(tab, signal)
    },
    current: pageOf,
    isOpen: () => opened !== null && opened.context.pages().length > 0,
    switchTo: (tab, page) => {
      tabs.set(tab, page)
    },
    closeTab: async (tab) => {
      const page = tabs.get(tab)
      tabs.delete(tab)
      if (known) delete known.urls[tab]
      await late(page?.close() ?? Promise.resolve(), CLOSE_PAGE_MS)
    },
    answerNextDialog: (answer) => {
      nextAnswer = answer
    },
    isDead,
    replacePage: async (tab, signal) => {
      const broken = tabs.get(tab)
      tabs.delete(tab)
      await late(broken?.close({ runBeforeUnload: false }) ?? Promise.resolve(), CLOSE_PAGE_MS)
      if (opened && !isDead() && pageOf(tab) === null) await openTab(tab, signal)
    },
    state,
    fullState: async () => {
      const now = await state(MAIN_TAB)
      if (!opened || !now) return null
      const { cookies, origins } = await opened.context.storageState({ indexedDB: true })
      return { ...now, cookies, origins }
    },
    context: () => opened?.context ?? null,
    answers: async (tab) => {
      const page = pageOf(tab)
      return page === null || (await late(page.evaluate('true'), ANSWER_MS)) === true
    },
    close: async () => {
      closed = true
      // Closed first, so that nobody waits for a page that it is still being brought back to.
      await opened?.close()
      await opening?.then(
        (context) => context.close(),
        () => undefined,
      )
      await proxy?.close()
      proxy = null
    },
  }
}
