import { z } from 'zod'
import { openRuns } from '../../db/take-run.ts'
import { defineRoute } from '../route.ts'

const part = z.enum(['ok', 'failed'])
const parts = z.object({ status: part, store: part, browser: part })

const works = async (check: () => Promise<unknown>): Promise<'ok' | 'failed'> =>
  check().then(
    () => 'ok' as const,
    () => 'failed' as const,
  )

export default defineRoute({
  method: 'get',
  path: '/ready',
  tag: 'Server',
  summary: 'Whether runs can be taken: the store answers and Chromium starts.',
  allow: 'public',
  answers: { 200: { description: 'They can.', schema: parts }, 503: { description: 'Not now; says which part.', schema: parts } },
  handle: async ({ db, browsers, stopping }) => {
    const store = await works(() => openRuns(db, 1))
    const browser = await works(() => browsers.ready())
    const ready = store === 'ok' && browser === 'ok' && !stopping.aborted
    return { status: ready ? 200 : 503, body: { status: ready ? 'ok' : 'failed', store, browser } }
  },
})
