import type { z } from 'zod'

/** What zod says of a value, in words for whoever has written it. What a schema says itself is left as it is. */

type Issue = z.core.$ZodIssue

const KINDS: Record<string, string> = { string: 'text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'an object', record: 'an object', null: 'null' }
const kindOf = (name: string): string => KINDS[name] ?? name

const entries = (count: number | bigint, origin: string): string => {
  const what = origin === 'string' ? 'character' : origin === 'record' || origin === 'object' ? 'field' : 'entry'
  return count === 1 ? `1 ${what}` : `${count} ${what === 'entry' ? 'entries' : `${what}s`}`
}

const sized = (issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string => {
  const isSmall = issue.code === 'too_small'
  const limit = isSmall ? issue.minimum : issue.maximum
  if (issue.origin === 'number' || issue.origin === 'int' || issue.origin === 'bigint') return `must be ${issue.inclusive === false ? (isSmall ? 'more' : 'less') : `at ${isSmall ? 'least' : 'most'}`} ${issue.inclusive === false ? 'than ' : ''}${limit}`
  if (isSmall && Number(limit) === 1) return 'must not be empty'
  return `must have at ${isSmall ? 'least' : 'most'} ${entries(limit, issue.origin)}`
}

/** Of a value that is of none of several kinds: which they are. */
export const kindsWanted = (issues: readonly Issue[]): string => {
  const outermost = issues.filter((issue): issue is Extract<Issue, { code: 'invalid_type' }> => issue.code === 'invalid_type' && issue.path.length === 0)
  if (outermost.some(({ message }) => message.endsWith('received undefined'))) return 'is missing'
  return `must be ${[...new Set(outermost.map((issue) => kindOf(issue.expected)))].join(' or ')}`
}

export const faultWords = (issue: Issue): string => {
  const { message } = issue
  if (issue.code === 'invalid_type' && message.startsWith('Invalid input: expected')) {
    const received = / received (\w+)$/.exec(message)?.[1]
    return received === 'undefined' ? 'is missing' : `must be ${kindOf(issue.expected)}${received ? `, and not ${kindOf(received)}` : ''}`
  }
  if (issue.code === 'too_small' && message.startsWith('Too small')) return sized(issue)
  if (issue.code === 'too_big' && message.startsWith('Too big')) return sized(issue)
  if (issue.code === 'invalid_value' && /^Invalid (?:option|input)/.test(message)) {
    const wanted = issue.values.map((value) => JSON.stringify(value))
    return wanted.length === 1 ? `must be ${wanted[0]}` : `must be one of ${wanted.join(', ')}`
  }
  return message
}
