import { errors, type Page } from 'playwright-core'
import { Problem, problem, toProblem } from '../../runner/model/problem.ts'
import { describeTarget, targetSchema, type Target } from './target.ts'

/**
 * What Playwright throws, said so that the author of a workflow can act on it: which target, what was looked for, how long, on which page, and
 * the telling part of Playwright's log. Its own text is not passed on: it carries terminal colours and, with `fill("…")`, what was typed.
 */

type Where = {
  /** The config the step ran with; its `target` is named, its `value` is never shown. */
  config: unknown
  page: Page | null
}

/** An aborted action is not the step's fault; only the runner knows why it aborted. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
export const isStrictViolation = (error: unknown): boolean => error instanceof Error && error.message.includes('strict mode violation')
/** The page went elsewhere between two looks at it. */
export const isNavigationRace = (error: unknown): boolean =>
  error instanceof Error && /Execution context was destroyed|Cannot find context|Frame was detached|frame got detached/i.test(error.message)

const PLAYWRIGHT = /^(?:locator|frameLocator|page|frame|browserContext|browser|elementHandle|jsHandle|keyboard|mouse|request|response|download|dialog|fileChooser|aPI\w*)\.\$*\w+: (?:Error: )?/i
const CLOSED = /Target page, context or browser has been closed|Browser has been closed|Target closed/
const CRASHED = /Page crashed|Target crashed/
const BAD_SELECTOR = /while parsing|Unknown engine|is not a valid XPath|is not a valid selector|Malformed selector/
/** Faults of the request itself: another attempt asks for the same. */
const HOPELESS_NET = /ERR_(?:UNSAFE_PORT|INVALID_URL|UNKNOWN_URL_SCHEME|DISALLOWED_URL_SCHEME|CERT_\w+|BLOCKED_BY_\w+|TOO_MANY_REDIRECTS)/
const UNFIT = /Element is not an? |Not a checkbox|Cannot type text|Malformed value|Input of type|Unknown key|Non-multiple file input|Clicking the checkbox did not change|Node is not/

// eslint-disable-next-line no-control-regex
const withoutColours = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '')

/** Lines of the log that tell why an element was not ready. Only these pass: any other might quote what was typed. */
const TELLING = [/^element is .{1,60}$/, /^element was detached from the DOM/, /^<.* intercepts pointer events$/, /^did not find some options$/, /^option being selected is not enabled$/]

/** What is waited for next to an action; the action itself went well. */
const EVENTS: Record<string, string> = { page: 'No new page opened', popup: 'No new page opened', download: 'No download began', response: 'No such response came', filechooser: 'No file chooser opened' }

type Log = { found: string | undefined; reasons: string[]; lookedFor: string | undefined }

function readLog(message: string, hide: (text: string) => string): Log {
  const lines = (message.split('Call log:\n')[1] ?? '').split('\n').map((line) => line.replace(/^[\s-]*(?:\d+ × )?/, '').trim())
  const found = lines.findLast((line) => line.startsWith('locator resolved to '))?.slice('locator resolved to '.length)
  const reasons = lines.filter((line) => TELLING.some((telling) => telling.test(line)) && !/^element is visible|^element is enabled/.test(line))
  const lookedFor = lines.findLast((line) => line.startsWith('waiting for ') && !line.startsWith('waiting for element'))?.slice('waiting for '.length)
  return { found: found && hide(found), reasons: [...new Set(reasons.map(hide))], lookedFor }
}

/** A value that was typed can stand in the page too: in an attribute, in the text of a text box. */
function hiding(config: unknown): (text: string) => string {
  const value = typeof config === 'object' && config !== null && 'value' in config ? config.value : undefined
  const typed = typeof value === 'string' && value.length > 2 ? value : undefined
  return (text) => {
    const bare = text.replaceAll(/ value=".*?"(?=\s[\w:-]+=|\s*\/?>)/g, '')
    return typed === undefined ? bare : bare.replaceAll(typed, '…')
  }
}

function targetOf(config: unknown): Target | undefined {
  const target = typeof config === 'object' && config !== null && 'target' in config ? config.target : undefined
  return target === undefined ? undefined : targetSchema.safeParse(target).data
}

const urlOf = (page: Page | null): string | undefined => {
  const url = page?.url()
  return url === 'about:blank' ? undefined : url
}

/** The first sentence or two of Playwright's text, without the call's name, the log and stack frames. */
const firstWords = (message: string): string =>
  (message.replace(PLAYWRIGHT, '').split('\nCall log:')[0] ?? '')
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join(' ')
    .trim()
    .replace(/\.$/, '')

/**
 * The problem to record for whatever a step threw. A `Problem` stays what it is and gains the target and the URL in its details.
 *
 * @throws the error itself when the run was aborted
 */
export function stepProblem(error: unknown, { config, page }: Where): Problem {
  if (isAbort(error)) throw error
  const target = targetOf(config)
  const url = urlOf(page)
  const where = { ...(target === undefined ? {} : { target: describeTarget(target) }), ...(url === undefined ? {} : { url }) }
  if (error instanceof Problem) {
    const details = typeof error.details === 'object' && error.details !== null ? error.details : {}
    return problem(error.code, error.message, { details: { ...where, ...details }, retryable: error.retryable, cause: error.cause })
  }
  if (!(error instanceof Error)) return toProblem(error)

  const message = withoutColours(error.message)
  const hide = hiding(config)
  const log = readLog(message, hide)
  const wanted = target === undefined ? (log.lookedFor ?? 'The page') : describeTarget(target)
  const on = url === undefined ? '' : ` on ${url}`
  const words = hide(firstWords(message))
  const as = (code: 'step_failed' | 'step_timeout' | 'browser_crashed', text: string, retryable?: boolean) => {
    const kept = [...(log.found === undefined ? [] : [`found ${log.found}`]), ...log.reasons]
    return problem(code, text, { details: { ...where, ...(kept.length === 0 ? {} : { log: kept }) }, retryable, cause: error })
  }

  if (error instanceof errors.TimeoutError) {
    const limit = /Timeout (\d+)ms exceeded/.exec(message)?.[1]
    const within = limit === undefined ? 'in time' : `within ${limit} ms`
    const reason = log.reasons.at(-1)
    const event = /while waiting for event "(\w+)"/.exec(message)?.[1]
    if (event !== undefined) return as('step_timeout', `${EVENTS[event] ?? `No ${event} event came`} ${within}${on}.`)
    if (target === undefined && log.lookedFor === undefined) return as('step_timeout', `The page was not ready ${within}${on}.`)
    if (reason !== undefined) return as('step_timeout', `${wanted} was found, but not ready ${within}${on}: ${reasonInWords(reason)}.`)
    return as('step_timeout', `${wanted} was not ${log.found === undefined ? 'found' : 'ready'} ${within}${on}.`)
  }
  if (isStrictViolation(error)) {
    const count = /resolved to (\d+) elements/.exec(message)?.[1] ?? 'several'
    const some = [...message.matchAll(/^\s+\d+\) (<.*?>.*?)(?: aka .*)?$/gm)].slice(0, 3).map((match) => hide(match[1] ?? ''))
    return as('step_failed', `${wanted} matches ${count} elements${on}; point at one with "nth" or a narrower target. Among them: ${some.join(' ')}`, false)
  }
  const net = /net::(ERR_\w+)(?: at (\S+))?/.exec(message)
  if (net) return as('step_failed', `Could not open ${net[2] ?? 'the page'}: ${net[1]}.`, !HOPELESS_NET.test(net[0]))
  if (CRASHED.test(message)) return as('browser_crashed', `The page crashed${on}.`)
  if (CLOSED.test(message)) {
    if (page?.context().browser()?.isConnected() === false) return as('browser_crashed', 'The browser ended while the step ran.')
    return as('step_failed', `The page was closed while the step ran${on}.`, true)
  }
  if (isNavigationRace(error)) return as('step_failed', `The page went elsewhere while the step ran${on}.`, true)
  if (BAD_SELECTOR.test(message)) return as('step_failed', `${wanted} is not a valid selector: ${words}.`, false)
  if (UNFIT.test(message)) return as('step_failed', `${wanted} does not take this${on}: ${words.replace(/^Unknown key: .*/, 'there is no such key')}.`, false)
  if (PLAYWRIGHT.test(message)) return as('step_failed', `The step failed${on}: ${words}.`)
  return toProblem(error)
}

const reasonInWords = (line: string): string => line.replace(/^(<.*>) intercepts pointer events$/, 'it is covered by $1').replace(/^element /, 'it ')
