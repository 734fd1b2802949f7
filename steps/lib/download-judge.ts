import { problem, type Problem } from '../../runner/model/problem.ts'
import type { Judge } from './download-guard.ts'
import { isPage, mediaType, promisesFile } from './media-type.ts'

const isGood = (status: number) => status >= 200 && status < 300 && status !== 204
const isRedirect = (status: number) => status >= 300 && status < 400
const mayPass = (status: number) => status >= 500 || status === 429 || status === 408

export const short = (url: string): string => (url.length > 200 ? `${url.slice(0, 200)}…` : url)

export const refused = (url: string, status: number): Problem => problem('step_failed', `${short(url)} answered ${status} in place of a file.`, { retryable: mayPass(status) })

/**
 * Whether what a frame is about to show is a file and no page. Forms post into hidden frames and read a text or JSON answer there, so in a frame
 * within a page only a PDF counts.
 */
export const isShownFile = ({ contentType, isTop }: { contentType: string | undefined; isTop: boolean }): boolean =>
  isTop ? !isPage(contentType) : mediaType(contentType) === 'application/pdf'

/** After a click: files are saved, pages are the portal's affair. */
export const judgeShown: Judge = (answer) => (isGood(answer.status) && isShownFile(answer) ? 'save' : 'show')

/**
 * Of an address that was asked for, whatever comes is the file, a page too. But where a portal sends whoever must sign in again to another page, or
 * gives a page where the address says something else, that is a failure.
 */
export const judgeAsked =
  (asked: string, fail: (error: Error) => void): Judge =>
  ({ url, status, contentType, isTop }) => {
    if (!isTop || isRedirect(status)) return 'show'
    if (!isGood(status)) fail(refused(url, status))
    else if (!isPage(contentType) || (new URL(url).pathname === new URL(asked).pathname && !promisesFile(asked))) return 'save'
    else fail(problem('step_failed', `${short(asked)} led to the page ${short(url)} in place of a file; is the session still signed in?`))
    return 'drop'
  }
