import type { Page } from 'playwright-core'
import { problem } from '../../runner/model/problem.ts'
import { lookUntil } from './look-until.ts'
import { pageReader } from './page-reader.ts'
import { roughMs } from './rough-ms.ts'
import { tableRows, type TableRows } from './table-rows.ts'
import { walkTable } from './table-walk.ts'
import { describeTarget, type Target } from './target.ts'

type Options = { signal: AbortSignal; timeoutMs: number; matchedTarget?: (index: number) => void }

const table = pageReader(walkTable)

/**
 * The records of the table that `target` is or holds, waiting until it is there.
 * @throws Problem `step_timeout` when there is none in time, `step_failed` when there are several
 */
export async function readTable(page: Page, target: Target, options: Options): Promise<TableRows> {
  const targets = [target].flat()
  const looks = await lookUntil(
    async () => {
      const seen = []
      for (const one of targets) {
        seen.push(await table.target(page, one, null))
        if (seen.at(-1)?.body) break
      }
      return seen
    },
    (seen) => seen.at(-1)?.body !== undefined || (targets.length === 1 && ((seen[0]?.matches ?? 0) > 1 || (seen[0]?.tables ?? 0) > 1)),
    options,
  )
  const last = looks?.at(-1)
  if (looks && last?.body) {
    if (Array.isArray(target)) options.matchedTarget?.(looks.length - 1)
    return tableRows(last)
  }
  const [named, on] = [describeTarget(target), `within ${roughMs(options.timeoutMs)} ms on ${page.url()}`]
  if (last && last.matches > 1 && targets.length === 1)
    throw problem('step_failed', `${named} matches ${last.matches} elements on ${page.url()}; point at one with "nth" or a narrower target.`, { retryable: false })
  if (last?.tables !== undefined && last.tables > 1) throw problem('step_failed', `${named} holds ${last.tables} tables on ${page.url()}; point at one of them.`, { retryable: false })
  throw problem('step_timeout', last?.tables === 0 ? `${named} is not a table and holds none ${on}.` : `${named} was not found ${on}.`)
}
