import type { BrowserContext, CDPSession, Page } from 'playwright-core'

/** The browser as a run left it: what is needed to go on elsewhere. Sealed before it is stored: it holds what a login is worth. */
export type BrowserState = {
  /** Where each tab was, by its name in the run: `main`, and those of branches that go on side by side. */
  urls: Record<string, string>
  cookies: Awaited<ReturnType<BrowserContext['cookies']>>
  /** Local storage by origin; IndexedDB too, where the page uses it. */
  origins: Awaited<ReturnType<BrowserContext['storageState']>>['origins']
  /** Session storage by origin, as the tab that was worked in last had it. */
  sessionStorage: Record<string, Record<string, string>>
}

/** A page that is busy keeps the answer to itself; a step is not to wait for it longer than this. */
const STATE_MS = 2_000

const STORED_IN_PAGE = `(async () => {
  const read = (storage) => { try { return Object.fromEntries(Object.entries(storage())) } catch { return {} } }
  const databases = globalThis.indexedDB?.databases ? (await indexedDB.databases().catch(() => [])).length : 0
  return { origin: location.origin, local: read(() => localStorage), session: read(() => sessionStorage), databases }
})()`

type StoredInPage = { origin: string; local: Record<string, string>; session: Record<string, string>; databases: number }

const cdpSessions = new WeakMap<Page, Promise<CDPSession>>()

/** Asked of Chromium itself: Playwright's `evaluate` first installs its script in the page's world, on every new page. */
const readStored = async (page: Page): Promise<StoredInPage> => {
  const opening = cdpSessions.get(page) ?? page.context().newCDPSession(page)
  cdpSessions.set(page, opening)
  const session = await opening
  const read = () => session.send('Runtime.evaluate', { expression: STORED_IN_PAGE, awaitPromise: true, returnByValue: true })
  // The page may go elsewhere between question and answer.
  const { result } = await read().catch(read)
  return result.value as StoredInPage
}

/** What a page and its context say of themselves; null where they do not answer in time. */
type SeenState = { url: string; cookies: BrowserState['cookies'] | null; stored: StoredInPage | null; full: { origins: BrowserState['origins'] } | null }

/** The answer, or null when it fails or does not come in `ms` milliseconds. */
export const late = <T>(work: Promise<T>, ms: number): Promise<T | null> => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms)
  })
  return Promise.race([work.catch(() => null), timeout]).finally(() => clearTimeout(timer))
}

export const readState = async (context: BrowserContext, page: Page): Promise<SeenState> => {
  const [cookies, stored] = await Promise.all([late(context.cookies(), STATE_MS), late(readStored(page), STATE_MS)])
  // IndexedDB comes with all origins and takes longer: only where the page uses it.
  const full = stored && stored.databases > 0 ? await late(context.storageState({ indexedDB: true }), STATE_MS) : null
  return { url: page.url(), cookies, stored, full }
}

/** What was known, with what a tab shows now; what it did not say stays as it was. */
export const addState = (before: BrowserState | null, tab: string, { url, cookies, stored, full }: SeenState): BrowserState => {
  const origins = new Map((before?.origins ?? []).map((origin) => [origin.origin, origin]))
  const sessionStorage = { ...before?.sessionStorage }
  if (stored && stored.databases > 0) for (const origin of full?.origins ?? []) origins.set(origin.origin, origin)
  else if (stored && stored.origin !== 'null') {
    const localStorage = Object.entries(stored.local).map(([name, value]) => ({ name, value }))
    if (localStorage.length > 0) origins.set(stored.origin, { origin: stored.origin, localStorage })
    else origins.delete(stored.origin)
  }
  if (stored && stored.origin !== 'null') sessionStorage[stored.origin] = stored.session
  return { urls: { ...before?.urls, [tab]: url }, cookies: cookies ?? before?.cookies ?? [], origins: [...origins.values()], sessionStorage }
}

/** What a run had come to, with the login of a session in the place of its own: of the session's hosts the session's cookies and storage count. */
export const withLogin = (run: BrowserState, session: BrowserState): BrowserState => {
  const [domains, origins] = [new Set(session.cookies.map(({ domain }) => domain)), new Set(session.origins.map(({ origin }) => origin))]
  return {
    urls: run.urls,
    cookies: [...run.cookies.filter(({ domain }) => !domains.has(domain)), ...session.cookies],
    origins: [...run.origins.filter(({ origin }) => !origins.has(origin)), ...session.origins],
    sessionStorage: { ...run.sessionStorage, ...session.sessionStorage },
  }
}
