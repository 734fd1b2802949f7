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

export async function holdTabs(context: BrowserContext): Promise<HeldTabs> {
  const ready = new Set(context.pages())
  const held = new Set<Request>()
  const waiting = new Set<Request>()
  const handle = (route: Route, request: Request): Promise<void> => {
    if (!request.isNavigationRequest()) return route.fallback()
    const tab = tabOf(request)
    // What becomes of an answer is settled when its request begins.
    if (tab !== null && (ready.has(tab) || request.frame() !== tab.mainFrame())) return route.fallback()
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
      ready.add(tab)
      const look = (frame: Frame): void => {
        const request = frame === tab.mainFrame() && [...waiting].find((one) => one.url() === withoutHash(frame.url()))
        if (!request) return
        waiting.delete(request)
        tab.off('framenavigated', look)
        tab.reload(options).catch(() => undefined)
      }
      // What opens empty may be on its way to what was held.
      tab.on('framenavigated', look)
      look(tab.mainFrame())
    },
    [Symbol.asyncDispose]: () => context.unroute(WEB, onRoute).catch(() => undefined),
  }
}
