import { createContext, Script } from 'node:vm'
import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'

const REGEXP = /^\/(.+)\/([imsu]*)$/s

type Source = { source: string; flags: string; wholeAddress: boolean }

/** `*` stops at a slash, `**` does not, `{a,b}` is either; everything else stands for itself. */
function fromGlob(glob: string): string {
  let depth = 0
  const parts = glob.matchAll(/\\(.)|\*\*|[*{},]|[^\\*{},]+|\\$/gs)
  const source = [...parts].map(([part, escaped]) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^/]*'
    if (part === '{') return depth++, '(?:'
    if (part === '}' && depth > 0) return depth--, ')'
    if (part === ',' && depth > 0) return '|'
    return (escaped ?? part).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  })
  return `^${source.join('')}${')'.repeat(depth)}$`
}

function read(pattern: string): Source {
  const [, source, flags] = REGEXP.exec(pattern) ?? []
  if (source !== undefined && flags !== undefined) return { source, flags, wholeAddress: true }
  return { source: fromGlob(pattern), flags: '', wholeAddress: !pattern.startsWith('/') }
}

/** A glob over the whole address, a path from the root of the site, or a regular expression as `/…/flags`. */
export const urlPattern = z
  .string()
  .min(1)
  .superRefine((pattern, context) => {
    const { source, flags } = read(pattern)
    try {
      new RegExp(source, flags)
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is not a regular expression: ${(error as Error).message}` })
    }
  })
  .meta({ description: 'A glob such as **/orders/*, a path such as /orders, or a regular expression such as /orders\\/\\d+/.' })

const room = createContext(Object.create(null) as object)
const test = new Script('new RegExp(source, flags).test(text)')
/** Ample even on a machine so busy that a thread waits for its turn. */
const LIMIT_MS = 1000

/**
 * Whether an address fits the pattern. The pattern is the author's and the address the page's: together they could keep a regular expression
 * busy for years, and the whole server with it, so it runs where time can be taken from it.
 *
 * @throws Problem `step_failed` when it takes too long
 */
export function matchesUrl(pattern: string, address: string): boolean {
  const { source, flags, wholeAddress } = read(pattern)
  const text = wholeAddress || !URL.canParse(address) ? address : address.slice(new URL(address).origin.length)
  try {
    return test.runInContext(Object.assign(room, { source, flags, text }), { timeout: LIMIT_MS }) as boolean
  } catch (error) {
    throw problem('step_failed', `The pattern ${pattern} takes too long to compare with an address; write it more simply.`, { retryable: false, cause: error })
  }
}
