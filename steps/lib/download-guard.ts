import type { CDPSession, Frame, Page } from 'playwright-core'

/**
 * Makes a page's files downloads. Headless Chromium shows a PDF, a picture or a text in the tab, fires no event, and its viewer gives nothing
 * back; with one header changed on the way, it saves them. Only answers to documents are stopped, in this page and its frames, and only their
 * headers are touched: nothing is asked for twice, whatever its method, and nothing passes through this process.
 */

/** Runs in every frame: keeps `blob:` addresses alive, and turns going to one into saving it, since what is in the tab afterwards cannot be read. */
const keepBlobs = `(() => {
  const key = Symbol.for('errand.download')
  if (globalThis[key]) return
  const { revokeObjectURL } = URL
  const revoked = []
  const save = (event) => {
    const { url } = event.destination
    if (!url.startsWith('blob:') || !event.cancelable || event.downloadRequest !== null) return
    event.preventDefault()
    Object.assign(document.createElement('a'), { href: url, download: '' }).click()
  }
  URL.revokeObjectURL = (url) => void revoked.push(url)
  globalThis.navigation?.addEventListener('navigate', save)
  globalThis[key] = () => {
    URL.revokeObjectURL = revokeObjectURL
    globalThis.navigation?.removeEventListener('navigate', save)
    delete globalThis[key]
    for (const url of revoked) URL.revokeObjectURL(url)
  }
})()`
const letBlobsGo = `globalThis[Symbol.for('errand.download')]?.()`

/** An answer that a frame is about to show. */
export type Answer = { url: string; status: number; contentType: string | undefined; isTop: boolean }
/** What is to become of it: saved, shown as the page has it, or dropped, the frame staying what it is. */
export type Judge = (answer: Answer) => 'save' | 'show' | 'drop'

/** The same header, the file's name with it, but to be saved and not shown. */
const asAttachment = (disposition = '') => `attachment;${disposition.replace(/^\s*[\w-]*\s*(?:;|$)/, '')}`

const STOPPED = [{ resourceType: 'Document', requestStage: 'Response' }] as const

async function guardTarget(page: Page, target: Page | Frame, judge: Judge): Promise<CDPSession> {
  const session = await page.context().newCDPSession(target)
  // A page's target and its top frame share their id. Asked of the page itself, it would not answer while it awaits the very answer that is held here.
  const topFrame = session.send('Target.getTargetInfo').then(({ targetInfo }) => (target === page ? targetInfo.targetId : null))
  topFrame.catch(() => undefined)
  // Not waited for either: the page gets it before it gets a click.
  session.send('Page.addScriptToEvaluateOnNewDocument', { source: keepBlobs, runImmediately: true }).catch(() => undefined)
  session.on('Fetch.requestPaused', ({ requestId, frameId, request: { url }, responseStatusCode: status, responseHeaders = [] }) => {
    const header = (name: string) => responseHeaders.find((one) => one.name.toLowerCase() === name)?.value
    const answer = async () => {
      // No answer at all: the browser says why.
      if (status === undefined) return session.send('Fetch.continueResponse', { requestId })
      const judgement = judge({ url, status, contentType: header('content-type'), isTop: frameId === (await topFrame) })
      if (judgement === 'drop') return session.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
      const disposition = header('content-disposition')
      if (judgement === 'show' || /^\s*attachment/i.test(disposition ?? '')) return session.send('Fetch.continueResponse', { requestId })
      const others = responseHeaders.filter(({ name }) => name.toLowerCase() !== 'content-disposition')
      const changed = [...others, { name: 'content-disposition', value: asAttachment(disposition) }]
      return session.send('Fetch.continueResponse', { requestId, responseCode: status, responseHeaders: changed })
    }
    // Whoever has gone needs no answer, and detaching lets everything go on.
    answer().catch(() => undefined)
  })
  await session.send('Fetch.enable', { patterns: [...STOPPED] })
  return session
}

const originOf = (url: string) => (URL.canParse(url) ? new URL(url).origin : 'null')

/** Takes the guard away again. `stop`: nothing more is to come, not even what the page is still waiting for. */
export type Release = (how: { stop: boolean }) => Promise<void>

export async function guardDownloads(page: Page, judge: Judge): Promise<Release> {
  // A frame of another site may be a target of its own; the one that is not says so.
  const others = page.frames().filter((frame) => /^https?:/.test(frame.url()) && originOf(frame.url()) !== originOf(page.url()))
  const [own, ...framed] = await Promise.all([guardTarget(page, page, judge), ...others.map((frame) => guardTarget(page, frame, judge).catch(() => null))])
  const sessions = [own, ...framed].filter((session) => session !== null)
  const release = async (session: CDPSession, stop: boolean) => {
    // While an answer is awaited, Chromium keeps back all that is said to the page, the goodbye too.
    if (stop) await session.send('Page.stopLoading').catch(() => undefined)
    // The page lets its blobs go, and the session ends, when it has the time.
    const restored = session.send('Page.addScriptToEvaluateOnNewDocument', { source: letBlobsGo, runImmediately: true })
    restored.then(() => session.detach()).catch(() => undefined)
    await session.send('Fetch.disable')
  }
  return async ({ stop }) => {
    await Promise.allSettled(sessions.map((session) => release(session, stop)))
  }
}
