import { setTimeout as sleep } from 'node:timers/promises'
import { isNavigationRace } from './playwright-error.ts'
import { within, type Limits } from './within.ts'

/** The first look may take this long even when less time is left: one that never ended would say nothing about the page. */
const FIRST_LOOK_MS = 1000
/** Milliseconds between two looks: often at first, when the page is likely just painting. */
const PAUSES = [20, 50] as const

/**
 * Looks at the page again and again until `enough` of it is seen or the time is over. A look that the page's own navigation spoilt does not
 * count. The last thing seen is the answer either way; undefined when not one look came to an end, as in a page that a script keeps busy.
 */
export async function lookUntil<T>(look: () => Promise<T>, enough: (seen: T) => boolean, { signal, timeoutMs }: Limits): Promise<T | undefined> {
  const started = performance.now()
  const leftMs = () => Math.max(1, timeoutMs - (performance.now() - started))
  const unlessSpoilt = async () => {
    try {
      return { seen: await look() }
    } catch (error) {
      if (isNavigationRace(error)) return 'spoilt'
      throw error
    }
  }
  let last: T | undefined
  for (let count = 0; ; count++) {
    const limitMs = count === 0 ? Math.max(leftMs(), FIRST_LOOK_MS) : leftMs()
    const result = await within(unlessSpoilt(), { signal, timeoutMs: limitMs }, () => 'late' as const)
    if (result === 'late') return last
    if (result !== 'spoilt') {
      last = result.seen
      if (enough(last)) return last
    }
    const pause = PAUSES[count] ?? 100
    if (leftMs() <= pause) return last
    await sleep(pause, undefined, { signal })
  }
}
