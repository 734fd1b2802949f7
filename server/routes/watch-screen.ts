import { z } from 'zod'
import { getRun } from '../../db/runs.ts'
import { joinSignals } from '../../runner/join-signals.ts'
import { isFinal } from '../../runner/model/run.ts'
import { viewerOf } from '../caller.ts'
import { frame, sendEvents } from '../event-stream.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { runEnded } from '../sse.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/:runId/screen',
  tag: 'Workflow runs',
  summary: 'Watch the page of a run: pictures as it changes, until the run ends. Fields that hold secrets are painted over.',
  allow: 'viewer',
  params: z.object({ runId: z.string() }),
  answers: {
    200: { description: '`frame` events `{image, width, height}`, `image` a JPEG in base64; `blank` while there is no page.', type: 'text/event-stream' },
    204: { description: 'The run has ended.' },
  },
  handle: async (services, { params, caller, signal }) => {
    const runId = pathId(params.runId, 'workflow run')
    const { run } = await getRun(services.db, viewerOf(caller), runId)
    if (isFinal(run.state)) return { status: 204 }
    return {
      respond: async (response) => {
        const ended = new AbortController()
        using stopping = joinSignals([signal, services.stopping, ended.signal])
        const stopped = stopping.signal
        void runEnded(services, runId, stopped).then(() => ended.abort())
        try {
          await sendEvents(response, { stopped }, async (send) => {
            for await (const seen of services.screens.watch(runId, stopped))
              await send(seen ? frame('frame', { image: seen.image.toString('base64'), width: seen.width, height: seen.height }) : frame('blank', {}))
          })
        } finally {
          ended.abort()
        }
      },
    }
  },
})
