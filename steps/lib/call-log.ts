/**
 * What can be told from the text of a Playwright error: its first words and the telling lines of its log. The rest stays here, since it quotes
 * what was typed (`fill("…")`) and carries terminal colours.
 */
export type CallLog = {
  /** Playwright's own sentence, without the name of the call and stack frames. */
  words: string
  /** The element that was found, as markup. */
  found: string | undefined
  /** Why it was not ready, as `element is not visible`; the last one counts. */
  reasons: string[]
  /** The locator that was waited for, as Playwright writes it. */
  lookedFor: string | undefined
  /** The address that was being opened. */
  opening: string | undefined
  /** After how many milliseconds it gave up. */
  timeoutMs: number | undefined
}

const CALL = /^\w+\.\$*\w+: (?:Error: )?/
const REASONS = [
  /^element is (?!visible|enabled).{1,60}$/,
  /^element was detached from the DOM/,
  /^<.* intercepts pointer events$/,
  /^did not find some options$/,
  /^option being selected is not enabled$/,
]

/** Whether the text is one of Playwright's, which begin with the call: `locator.click: …`. */
export const isCall = (message: string): boolean => CALL.test(message)

// oxlint-disable-next-line no-control-regex
export const withoutColours = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '')

/** @param hide takes out what was typed, wherever a page shows it */
export function readCallLog(message: string, hide: (text: string) => string): CallLog {
  const [head = '', log = ''] = message.split('Call log:\n')
  const lines = log.split('\n').map((line) => line.replace(/^[\s-]*(?:\d+ × )?/, '').trim())
  const after = (start: string) => lines.findLast((line) => line.startsWith(start) && !line.startsWith('waiting for element'))?.slice(start.length)
  const found = after('locator resolved to ')
  const timeoutMs = /Timeout (\d+)ms exceeded/.exec(head)?.[1]
  const sentences = head.replace(CALL, '').split('\n').filter((line) => !/^\s+at /.test(line))
  return {
    words: hide(sentences.join(' ').trim().replace(/\.$/, '')),
    found: found === undefined ? undefined : hide(found),
    reasons: [...new Set(lines.filter((line) => REASONS.some((reason) => reason.test(line))).map(hide))],
    lookedFor: after('waiting for '),
    opening: /^"(.*)", waiting until/.exec(after('navigating to ') ?? '')?.[1],
    timeoutMs: timeoutMs === undefined ? undefined : Number(timeoutMs),
  }
}

/** Takes the user and password out of the addresses in a text. */
export const withoutCredentials = (text: string): string => text.replaceAll(/:\/\/[^/@\s"]+@/g, '://')

/** Takes the value that a step typed, and passwords in addresses, out of a text. A very short value would take the text apart. */
export function hiding(value: unknown): (text: string) => string {
  const typed = (typeof value === 'string' || typeof value === 'number') && String(value).length > 2 ? String(value) : undefined
  return (text) => {
    const bare = withoutCredentials(text).replaceAll(/ value=".*?"(?=\s[\w:-]+=|\s*\/?>)/g, '')
    return typed === undefined ? bare : bare.replaceAll(typed, '…')
  }
}
