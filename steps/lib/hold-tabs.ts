import type { BrowserContext, Frame, Page, Request, Route } from 'playwright-core'

/**
 * Holds back what opens a tab until somebody is ready for the tab. Playwright tells of a tab when its first answer has begun to come: too late
 * to decide what becomes of that. So the tab is given an empty page at first, and then loads it anew: only now, and once, the portal is asked,
 * with the method, the body and the referrer of the request that opened the tab.
 */
export type HeldTabs = AsyncDisposable & {
  /** Whether this request has got an empty page. */
  isHeld(request: Request): boolean
  /** Lets a tab ask the portal: now, if it is held, and from now on. */
  letGo(tab: Page, options: { signal: AbortSignal; timeout: number }): void
}

/** Null of a request that opens a tab: there is no frame yet. */
const tabOf = (request: Request): Page | null => {
  try {
    return request.frame().page()
  } catch {
    return null
  }
}

const withoutHash = (url: string): string => url.replace(/#.*$/s, '')

/** What a blob: or data: address names is there already. */
const WEB = /^https?:/i

/** A request that began before its tab was ready may be told of after it. To hold one too many costs nothing but an empty page. */
const GRACE_MS = 1_000

/** Begins to hold back the tabs that open in a context. */
export async function holdTabs(context: BrowserContext): Promise<HeldTabs> {
  const before = new Set(context.pages())
  const readyAt = new Map<Page, number>()
  const asking = new Set<Page>()
  const held = new Set<Request>()
  const waiting = new Set<Request>()
  /** What becomes of an answer is settled when its request begins. */
  const mayPass = (request: Request): boolean => {
    const tab = tabOf(request)
    if (tab === null) return false
    return before.has(tab) || request.frame() !== tab.mainFrame() || asking.delete(tab) || performance.now() > (readyAt.get(tab) ?? Infinity) + GRACE_MS
  }
  const handle = (route: Route, request: Request): Promise<void> => {
    if (!request.isNavigationRequest() || mayPass(request)) return route.fallback()
    held.add(request)
    waiting.add(request)
    return route.fulfill({ contentType: 'text/html', body: '' })
  }
  // A page that is closed meanwhile needs no answer.
  const onRoute = (route: Route, request: Request): Promise<void> => handle(route, request).catch(() => undefined)
  await context.route(WEB, onRoute)
  return {
    isHeld: (request) => held.has(request),
    letGo: (tab, options) => {
      readyAt.set(tab, performance.now())
      const look = (frame: Frame): void => {
        const request = frame === tab.mainFrame() && [...waiting].find((one) => one.url() === withoutHash(frame.url()))
        if (!request) return
        waiting.delete(request)
        // Before it has loaded, what was there before it would be loaded anew.
        const reload = async () => {
          await tab.waitForLoadState('load', options)
          asking.add(tab)
          await tab.reload(options)
        }
        reload().catch(() => undefined)
      }
      // What opens empty may be on its way to what was held.
      tab.on('framenavigated', look)
      look(tab.mainFrame())
    },
    [Symbol.asyncDispose]: () => context.unroute(WEB, onRoute).catch(() => undefined),
  }
}
