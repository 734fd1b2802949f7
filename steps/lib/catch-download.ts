import type { Download, Page, Request } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { dataFile, type FoundFile } from './data-file.ts'
import { guardDownloads, type Judge, type Release } from './download-guard.ts'
import { judgeAsked, judgeShown } from './download-judge.ts'
import { watchDownloads, type DownloadWatch } from './download-watch.ts'
import { holdTabs, type HeldTabs } from './hold-tabs.ts'
import { typeOf, withEnding } from './media-type.ts'
import { closeTab } from './tab.ts'
import { within, type Limits } from './within.ts'

export type Catcher = AsyncDisposable & {
  /** The first file that came. @throws Problem saying what happened instead */
  file(limits: Limits): Promise<FoundFile>
}

type Options = Limits & {
  /** The address that is to give the file, where one is asked for. */
  asked?: string
  /** Told what a person should know. */
  warn(message: string): void
}

async function finished(download: Download, { answers }: DownloadWatch, limits: Limits): Promise<FoundFile> {
  // A blob: has no name but a long number.
  const name = download.suggestedFilename().replace(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\.|$)/, 'download')
  const path = await within(
    // A path is only there of what came whole; else the reason is.
    download.failure().then((reason) => {
      if (reason !== null) throw problem('step_failed', `The download of ${JSON.stringify(name)} broke off.`, { details: { reason }, retryable: true })
      return download.path()
    }),
    limits,
    () => {
      throw problem('step_timeout', `The download of ${JSON.stringify(name)} did not end in time; ${Math.round(limits.timeoutMs)} ms were left for it.`)
    },
  )
  const contentType = answers.get(download.url())?.headers()['content-type']
  return { name: withEnding(name, contentType), mimeType: typeOf(contentType, name), from: { path } }
}

/**
 * Catches the file that an action on the page brings, however it comes: saved, shown in the tab or in a frame, opened in a new tab, made by a
 * script. Arm it, act, ask for the file. Nothing of it outlives the block: listeners, changed headers, tabs, and files that nobody stored.
 */
export async function catchDownload(page: Page, { asked, warn, ...limits }: Options): Promise<Catcher> {
  const guards = new Map<Page, Promise<Release>>()
  const judge = (): Judge => (asked === undefined ? judgeShown : judgeAsked(asked, watch.fail))
  const guard = (tab: Page) => {
    const guarding = guardDownloads(tab, judge())
    // A tab may be gone before it is guarded; of the page itself, the failure is told below.
    guarding.catch(() => undefined)
    guards.set(tab, guarding)
    return guarding
  }
  let tabs: HeldTabs | undefined
  const holding = asked === undefined ? holdTabs(page.context()) : undefined
  const holdThem = async () => {
    tabs = await holding
  }
  const isHeld = (request: Request) => tabs?.isHeld(request) === true
  const watch = watchDownloads(page, isHeld, (tab) => {
    void Promise.allSettled([guard(tab)]).then(() => tabs?.letGo(tab, { signal: limits.signal, timeout: limits.timeoutMs }))
  })
  let releasing: Promise<unknown> | undefined
  const release = (how: { stop: boolean }) => {
    watch.stop()
    releasing ??= Promise.allSettled([...guards.values()].map(async (guarding) => (await guarding)(how)))
    return releasing
  }
  const dispose = async () => {
    if (watch.downloads.size > 1) warn(`${watch.downloads.size} files came; the first one was kept.`)
    // Also where it was given up before the tabs were held: who came next would get empty pages.
    const letTabsGo = holding?.then((held) => held[Symbol.asyncDispose]())
    await Promise.allSettled([release({ stop: true }), letTabsGo, ...[...watch.downloads].map((download) => download.cancel().then(() => download.delete()))])
    await Promise.all([...watch.opened].map(closeTab))
  }
  try {
    await within(Promise.all([guard(page), holdThem()]), limits, () => {
      throw problem('step_timeout', 'The page could not be prepared for a download: a script keeps it busy.', { details: { pageBusy: true } })
    })
  } catch (error) {
    await dispose()
    throw error
  }

  return {
    async file(left) {
      const started = performance.now()
      const rest = () => ({ ...left, timeoutMs: Math.max(1, left.timeoutMs - (performance.now() - started)) })
      const none = () => {
        const notes = [...watch.notes]
        const told = notes.length === 0 ? 'nothing happened' : notes.slice(0, 5).join('; ')
        throw problem('step_timeout', `No file came in time on ${asked ?? page.url()}: ${told}.`, { details: { happened: notes.slice(0, 20) } })
      }
      const brought = await within(watch.brought, left, none)
      if ('error' in brought) throw brought.error
      if ('data' in brought) return dataFile(brought.data)
      const file = await finished(brought.download, watch, rest())
      // While the caller stores it.
      void release({ stop: false })
      return file
    },
    [Symbol.asyncDispose]: dispose,
  }
}
