import { getRun } from '../../db/runs.ts'
import { problem } from '../../runner/model/problem.ts'
import { isFinal } from '../../runner/model/run.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'
import { streamRun } from '../sse.ts'
import { startBody, startRun } from '../start-run.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/execute/stream',
  tag: 'Workflow runs',
  summary: 'Execute a workflow and stream what happens as server-sent events.',
  allow: 'member',
  body: startBody,
  multipart: true,
  idempotent: true,
  answers: { 200: { description: 'The events, until `result` or `error`. A client that goes away does not stop the run.', type: 'text/event-stream' } },
  handle: async (services, call) => {
    const { run, repeated } = await startRun(services, call)
    const viewer = viewerOf(call.caller)
    if (repeated && !isFinal((await getRun(services.db, viewer, run.id)).run.state))
      throw problem('idempotency_in_progress', `The first call with this Idempotency-Key is still at work: follow run ${run.id}.`, { details: { workflowRunId: run.id } })
    return {
      respond: (response) => streamRun(services, { runId: run.id, viewer, cursor: 0, origin: call.origin, response, signal: call.signal }),
    }
  },
})
