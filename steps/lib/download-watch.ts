import type { Dialog, Download, Frame, Page, Request, Response } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { isShownFile, refused, short } from './download-judge.ts'
import { saveBlob } from './save-blob.ts'

/** What an action brought: a download, an address that is the file itself; or that there will be none. */
export type Brought = { download: Download } | { data: string } | { error: Error }

export type DownloadWatch = {
  brought: Promise<Brought>
  /** What else happened, in words. */
  notes: Set<string>
  /** What the browser said of the documents it asked for, by address. */
  answers: Map<string, Response>
  downloads: Set<Download>
  opened: Set<Page>
  fail(error: Error): void
  stop(): void
}

const isOfBrowser = (url: string) => /^(?:chrome|chrome-extension|chrome-error|devtools|about):/.test(url)

/** Where requests are routed, the browser does not tell the type of a blob; the document that shows it does. */
const saveShownBlob = async (frame: Frame, { contentType, isTop }: { contentType: string | undefined; isTop: boolean }): Promise<void> => {
  const url = frame.url()
  const type = contentType ?? (await frame.evaluate(() => document.contentType))
  if (isShownFile({ contentType: type, isTop })) await saveBlob(frame, url)
}

/** The frame is not known yet where a request opens a tab. */
const isTopOf = (page: Page, request: Request): boolean => {
  try {
    return request.frame() === page.mainFrame()
  } catch {
    return false
  }
}

/**
 * Watches a page, and every tab that opens while it does, for the first file.
 * @param isHeld of requests that were not sent, whatever answered them
 * @param onOpened told of those tabs
 */
export function watchDownloads(page: Page, isHeld: (request: Request) => boolean, onOpened: (tab: Page) => void): DownloadWatch {
  const context = page.context()
  const notes = new Set<string>()
  const answers = new Map<string, Response>()
  const downloads = new Set<Download>()
  const opened = new Set<Page>()
  let bring: (what: Brought) => void = () => {}
  const brought = new Promise<Brought>((resolve) => {
    bring = resolve
  })
  const fail = (error: Error) => bring({ error })

  const acted = new WeakMap<Frame, string>()
  /** Looks at what a frame shows. An answer may become known only after its frame has it, so this may come twice. */
  const look = (frame: Frame) => {
    const url = frame.url()
    const act = (what: () => unknown) => {
      if (acted.get(frame) !== url) what()
      acted.set(frame, url)
    }
    const tab = frame.page()
    const isTop = frame === tab.mainFrame()
    const answer = answers.get(url)
    const contentType = answer?.headers()['content-type']
    if (url === '' || isOfBrowser(url)) return
    if (url.startsWith('data:')) return isShownFile({ contentType: /^data:([^,;]*)/.exec(url)?.[1], isTop }) ? bring({ data: url }) : undefined
    if (url.startsWith('blob:')) act(() => saveShownBlob(frame, { contentType, isTop }).catch(() => notes.add(`${url} could not be saved`)))
    if (!isTop) return
    notes.add(tab === page ? `the page went to ${short(url)}` : `a tab opened at ${short(url)}`)
  }
  /** Of a request that opened a tab it is only known now what it was for. */
  const failIfRefused = (tab: Page) => {
    const answer = [...answers.values()].find((one) => one.status() >= 400 && isTopOf(tab, one.request()))
    if (answer) fail(refused(answer.url(), answer.status()))
  }

  const onDownload = (download: Download) => {
    downloads.add(download)
    bring({ download })
  }
  const onPage = (tab: Page) => {
    opened.add(tab)
    tab.on('framenavigated', look)
    onOpened(tab)
    failIfRefused(tab)
    for (const frame of tab.frames()) look(frame)
  }
  const onResponse = (response: Response) => {
    const [request, status, url] = [response.request(), response.status(), response.url()]
    if (isOfBrowser(url) || isHeld(request)) return
    if (!request.isNavigationRequest()) return status >= 400 ? void notes.add(`${request.method()} ${short(url)} answered ${status}`) : undefined
    // The viewer of a PDF asks for it once more, and gets no type.
    if (response.headers()['content-type'] !== undefined || !answers.has(url)) answers.set(url, response)
    if (status >= 400 || status === 204) notes.add(`${short(url)} answered ${status}`)
    for (const tab of [page, ...opened]) {
      failIfRefused(tab)
      for (const frame of tab.frames()) if (frame.url() === url) look(frame)
    }
  }
  const onRequestFailed = (request: Request) => {
    const reason = request.failure()?.errorText ?? ''
    // What becomes a download is no page any more: to the tab, it was aborted.
    if (!request.isNavigationRequest() || reason.includes('ERR_ABORTED')) return
    const said = `${short(request.url())} could not be opened: ${reason.replace('net::', '')}`
    if (isTopOf(page, request)) fail(problem('step_failed', `${said}.`, { retryable: true }))
    else notes.add(said)
  }
  const onDialog = (dialog: Dialog) => void notes.add(`${dialog.type() === 'alert' ? 'an' : 'a'} ${dialog.type()} said ${JSON.stringify(dialog.message())}`)
  const onClose = () => fail(problem('step_failed', 'The page was closed before a file came.', { retryable: true }))
  const onCrash = () => fail(problem('browser_crashed', 'The page crashed before a file came.'))

  context.on('download', onDownload).on('page', onPage).on('response', onResponse).on('requestfailed', onRequestFailed).on('dialogclosed', onDialog)
  page.on('framenavigated', look).on('close', onClose).on('crash', onCrash)
  const stop = () => {
    context.off('download', onDownload).off('page', onPage).off('response', onResponse).off('requestfailed', onRequestFailed).off('dialogclosed', onDialog)
    for (const tab of [page, ...opened]) tab.off('framenavigated', look)
    page.off('close', onClose).off('crash', onCrash)
  }
  return { brought, notes, answers, downloads, opened, fail, stop }
}
