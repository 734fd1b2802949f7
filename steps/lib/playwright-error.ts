import { errors, type Page } from 'playwright-core'
import { Problem, problem, toProblem, type RunProblemCode } from '../../runner/model/problem.ts'
import { hiding, isCall, readCallLog, withoutColours, type CallLog } from './call-log.ts'
import { roughMs } from './rough-ms.ts'
import { describeTarget, targetSchema } from './target.ts'

/**
 * What Playwright throws, said so that the author of a workflow can act on it: which target, what was looked for, how long, on which page and
 * why it was not ready.
 */

/** Where a step failed. Of its config, `target`, `key` and the option it chooses are named; what it typed is not. */
type Where = { config: unknown; page: Page | null }

type Verdict = { code: RunProblemCode; text: string; retryable?: boolean }

/** What a message names: the target or what else was looked for, ` on URL`, the option and the key that were asked for. */
type Named = { wanted: string; on: string; asked: unknown; key: unknown }

type Fields = { target?: unknown; value?: unknown; key?: unknown; label?: unknown; index?: unknown }
const fieldsOf = (config: unknown): Fields => (typeof config === 'object' && config !== null ? config : {})

/** An aborted action is not the step's fault; only the runner knows why it aborted. */
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'
export const isStrictViolation = (error: unknown): boolean => error instanceof Error && error.message.includes('strict mode violation')
/** The page went elsewhere between two looks at it. */
export const isNavigationRace = (error: unknown): boolean =>
  error instanceof Error && /Execution context was destroyed|Cannot find context|frame (?:was|got) detached/i.test(error.message)

/** For `.catch`: a timeout in the step's own words, where no target tells what was waited for. @param what a sentence without its end */
export const timedOut =
  (what: string, { timeoutMs }: { timeoutMs: number }, page: Page) =>
  (error: unknown): never => {
    if (error instanceof errors.TimeoutError) throw problem('step_timeout', `${what} within ${roughMs(timeoutMs)} ms on ${page.url()}.`)
    throw error
  }

/**
 * The problem to record for whatever a step threw. A `Problem` stays what it is and gains the target and the URL in its details.
 *
 * @throws the error itself when the run was aborted
 */
export function stepProblem(error: unknown, { config, page }: Where): Problem {
  if (isAbort(error)) throw error
  const fields = fieldsOf(config)
  const hide = hiding(fields.value)
  const parsed = fields.target === undefined ? undefined : targetSchema.safeParse(fields.target).data
  const target = parsed === undefined ? undefined : describeTarget(parsed)
  const url = page === null || page.url() === 'about:blank' ? undefined : hide(page.url())
  const facts = { ...(target !== undefined && { target }), ...(url !== undefined && { url }) }
  if (error instanceof Problem) {
    const details = typeof error.details === 'object' ? error.details : {}
    return problem(error.code, error.message, { details: { ...facts, ...details }, retryable: error.retryable, cause: error.cause })
  }
  const message = error instanceof Error ? withoutColours(error.message) : ''
  const log = readCallLog(message, hide)
  const named: Named = {
    wanted: target ?? log.lookedFor ?? 'The page',
    on: url === undefined ? '' : ` on ${url}`,
    asked: fields.label ?? fields.value ?? fields.index,
    key: fields.key,
  }
  const verdict = error instanceof errors.TimeoutError ? onTimeout(message, log, named) : onFault(message, log, named, hide, page)
  if (!verdict) return toProblem(error)
  const seen = [...(log.found === undefined ? [] : [`found ${log.found}`]), ...log.reasons]
  return problem(verdict.code, verdict.text, { details: { ...facts, ...(seen.length > 0 && { log: seen }) }, retryable: verdict.retryable, cause: error })
}


/** What is waited for beside an action that itself went well. */
const EVENTS: Record<string, string> = { page: 'No new page opened', download: 'No download began', filechooser: 'No file chooser opened' }

function onTimeout(message: string, log: CallLog, { wanted, on, asked }: Named): Verdict {
  const within = log.timeoutMs === undefined ? 'in time' : `within ${roughMs(log.timeoutMs)} ms`
  const timeout = (text: string): Verdict => ({ code: 'step_timeout', text })
  const event = /while waiting for event "(\w+)"/.exec(message)?.[1]
  if (event !== undefined) return timeout(`${EVENTS[event] ?? `No ${event} came`} ${within}${on}.`)
  if (log.opening !== undefined) return timeout(`${log.opening} did not load ${within}.`)
  const reason = log.reasons.at(-1)
  if (reason !== undefined) return timeout(`${wanted} was found, but not ready ${within}${on}: ${inWords(reason, asked)}.`)
  if (log.lookedFor === undefined) return timeout(`The page was not ready ${within}${on}.`)
  return timeout(`${wanted} was not ${log.found === undefined ? 'found' : 'ready'} ${within}${on}.`)
}

function inWords(reason: string, asked: unknown): string {
  if (reason === 'did not find some options') return `it has no option ${JSON.stringify(asked)}`
  return reason.replace(/^(<.*>) intercepts pointer events$/, 'it is covered by $1').replace(/^element /, 'it ')
}

/** Faults of the request itself: another attempt asks for the same. */
const HOPELESS = /ERR_(?:UNSAFE_PORT|INVALID_URL|UNKNOWN_URL_SCHEME|DISALLOWED_URL_SCHEME|CERT_\w+|BLOCKED_BY_\w+|TOO_MANY_REDIRECTS)/
/** What a workflow can say against it. */
const REMEDIES: [RegExp, string][] = [
  [/ERR_CERT_/, ' Nobody whom Chromium knows vouches for the certificate; settings.ignoreHttpsErrors of the workflow takes it all the same.'],
  [/ERR_INVALID_AUTH_CREDENTIALS/, ' It asks for a name and a password: settings.httpCredentials of the workflow.'],
]
const CRASHED = /Page crashed|Target crashed/
const CLOSED = /(?:page, context or browser|Browser|Page|Context) has been closed|Target closed/
const BAD_SELECTOR = /while parsing|Unknown engine|is not a valid XPath|is not a valid selector|Malformed selector/
/** Another kind of element, or a value it cannot hold. */
const UNFIT =
  /Element is not an? |Not a checkbox|Cannot type text|Input of type|Non-multiple file input|Cannot uncheck radio|Clicking the checkbox did not|Node is not/

function onFault(message: string, log: CallLog, { wanted, on, key }: Named, hide: (text: string) => string, page: Page | null): Verdict | undefined {
  const failed = (text: string, retryable?: boolean): Verdict => ({ code: 'step_failed', text, ...(retryable !== undefined && { retryable }) })
  if (message.includes('strict mode violation')) {
    const count = /resolved to (\d+) elements/.exec(message)?.[1] ?? 'several'
    const some = [...message.matchAll(/^\s+\d+\) (<.*>.*?)(?: aka .*)?$/gm)].slice(0, 3).map((match) => hide(match[1] ?? ''))
    return failed(`${wanted} matches ${count} elements${on}; point at one with "nth" or a narrower target. Among them: ${some.join(' ')}`, false)
  }
  const net = /net::(ERR_\w+)(?: at (\S+))?/.exec(message)
  if (net) return failed(`Could not open ${hide(net[2] ?? 'the page')}: ${net[1]}.${REMEDIES.find(([reason]) => reason.test(net[0]))?.[1] ?? ''}`, !HOPELESS.test(net[0]))
  if (CRASHED.test(message)) return { code: 'browser_crashed', text: `The page crashed${on}.` }
  if (CLOSED.test(message)) {
    if (page?.context().browser()?.isConnected() === false) return { code: 'browser_crashed', text: 'The browser ended while the step ran.' }
    return failed(`The page was closed while the step ran${on}.`, true)
  }
  if (isNavigationRace(new Error(message))) return failed(`The page went elsewhere while the step ran${on}.`, true)
  if (message.includes('Unknown key: ')) return failed(`The step failed${on}: there is no key ${JSON.stringify(key)}.`, false)
  if (BAD_SELECTOR.test(message)) return failed(`${wanted} is not a valid selector: ${log.words}.`, false)
  if (UNFIT.test(message)) return failed(`${wanted} does not take this${on}: ${log.words}.`, false)
  return isCall(message) ? failed(`The step failed${on}: ${log.words}.`) : undefined
}
