import { z } from 'zod'
import { isUuid, parseId } from '../runner/model/id.ts'
import { problem } from '../runner/model/problem.ts'

/** Pages of lists (contract, section 3): `page` and `limit`, or a cursor for deep ones. */

/** A whole number in a query. */
export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min).max(max))

/** A number as the documentation shows it: not as the text that a query holds. */
export const shown = (minimum: number, maximum: number, description: string) => ({ type: 'integer', minimum, maximum, pattern: undefined, description }) as const

const pagesOf = (size: number) => ({
  page: whole(1, 1_000_000).default(1).meta(shown(1, 1_000_000, 'The first, when not given.')),
  limit: whole(1, 100).default(size).meta(shown(1, 100, `Entries of a page; ${size} when not given.`)),
  // No default here: it would always be there, and hide the limit.
  page_size: whole(1, 100).optional().meta(shown(1, 100, 'An alias of limit.')),
})

export const pageQuery = pagesOf(10)
/** Who speaks Port's API asks for no pages, and takes what comes for all there is. */
export const portPageQuery = pagesOf(100)

export const cursorQuery = {
  cursor: z
    .string()
    .refine((text) => text === '' || isUuid(text), 'is not a cursor that a list gave')
    .optional()
    .meta({ description: 'In place of page: empty begins, then nextCursor of the answer before.' }),
}

type Page = { page: number; limit: number; page_size?: number | undefined; cursor?: string | undefined }

/** What to ask the store for: by cursor one entry more than is shown, which tells whether there is another page. */
export const readPage = ({ page, limit, page_size, cursor }: Page): { limit: number; offset: number; cursor: string | undefined } => {
  const size = page_size ?? limit
  return cursor === undefined ? { limit: size, offset: (page - 1) * size, cursor: undefined } : { limit: size + 1, offset: 0, cursor: cursor || undefined }
}

/** The entries that are shown of what the store gave, and what the answer says of the page they make. */
export const cutPage = <T>(query: Page, total: number, found: readonly T[], idOf: (entry: T) => string) => {
  const limit = query.page_size ?? query.limit
  const entries = found.slice(0, limit)
  const base = { page: query.cursor === undefined ? query.page : null, limit, total, totalPages: Math.ceil(total / limit) }
  const last = entries.at(-1)
  return { entries, pagination: query.cursor === undefined ? base : { ...base, nextCursor: found.length > limit && last !== undefined ? idOf(last) : null } }
}

/** The UUID of either spelling of an id in a path; anything else can be the id of nothing. @throws Problem `not_found` */
export const pathId = (text: string, what: string): string => {
  const id = parseId(text)
  if (!id) throw problem('not_found', `No ${what} ${text.slice(0, 100)}.`)
  return id
}

/** An instant in a query: ISO 8601, with a time zone or as a date. */
export const instant = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text)), 'must be a date, or a time with its zone, in ISO 8601')
  .transform((text) => Date.parse(text))
  .meta({ type: 'string', format: 'date-time' })
