import { EVERY_RUN } from '../../db/followers.ts'
import { lastEvent, runChangesAfter, type RunChange } from '../../db/run-changes.ts'
import { toStatus } from '../../runner/model/run.ts'
import { joinSignals } from '../../runner/join-signals.ts'
import { sleep } from '../../runner/sleep.ts'
import { viewerOf } from '../caller.ts'
import { frame, lastEventIdOf, lastEventIdQuery, sendEvents } from '../event-stream.ts'
import { defineRoute } from '../route.ts'

/** What happens within this time is told together: a busy server is not to read its log once an event for each who watches. */
const GATHER_MS = 40

const toFrame = ({ seq, runId, workflowId, state, currentStateName, at }: RunChange): string =>
  frame('workflow-run', { content: { workflowRunId: runId, workflowId, status: toStatus(state), state, currentStateName, at: new Date(at).toISOString() } }, seq)

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/stream',
  tag: 'Workflow runs',
  summary: 'Follow all runs that the caller may see: where each stands, from now on or from Last-Event-ID.',
  allow: 'viewer',
  query: lastEventIdQuery,
  answers: { 200: { description: '`workflow-run` events as in the stream of one run, without end.', type: 'text/event-stream' } },
  handle: async ({ db, followers, stopping }, { query, headers, caller, signal }) => {
    const newest = await lastEvent(db)
    let cursor = Math.min(lastEventIdOf({ headers, query }) ?? newest, newest)
    const viewer = viewerOf(caller)
    return {
      respond: async (response) => {
        using either = joinSignals([signal, stopping])
        const stopped = either.signal
        await sendEvents(response, { stopped }, async (send) => {
          const news = followers.listen(EVERY_RUN, stopped)
          try {
            while (!stopped.aborted) {
              const page = await runChangesAfter(db, viewer, cursor)
              const isAtEnd = page.cursor === cursor
              cursor = page.cursor
              if (page.changes.length > 0) await send(page.changes.map(toFrame).join(''))
              if (isAtEnd) await news.next()
              await sleep(GATHER_MS, stopped)
            }
          } finally {
            news.end()
          }
        })
      },
    }
  },
})
