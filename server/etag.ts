import type { IncomingHttpHeaders } from 'node:http'
import { problem } from '../runner/model/problem.ts'

/** Conditional requests, as RFC 9110 has them. Tags are written as they stand in a header, in quotes. */

const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim())

/** Whether the caller has this already: it is answered with 304. */
export const isKnown = (headers: IncomingHttpHeaders, etag: string): boolean => {
  const known = tagsOf(headers['if-none-match'] ?? '').map((tag) => tag.replace(/^W\//, ''))
  return known.includes(etag) || known.includes('*')
}

/**
 * Lets a change be made of what the caller has seen, and of nothing newer. Who sends no `If-Match` has seen nothing in particular.
 * @param what it is, at the beginning of a sentence: `The workflow`
 * @throws Problem `precondition_failed`
 */
export const assertMatch = (headers: IncomingHttpHeaders, etag: string, what: string): void => {
  const wanted = headers['if-match']
  if (wanted === undefined) return
  const tags = tagsOf(wanted)
  if (!tags.includes(etag) && !tags.includes('*')) throw problem('precondition_failed', `${what} has been changed since: it is ${etag} now. Look at it again, and change that.`, { details: { etag } })
}
