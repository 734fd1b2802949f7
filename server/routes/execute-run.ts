import { z } from 'zod'
import { getRun } from '../../db/runs.ts'
import { joinSignals } from '../../runner/join-signals.ts'
import { isFinal } from '../../runner/model/run.ts'
import { problem } from '../../runner/model/problem.ts'
import { viewerOf } from '../caller.ts'
import { readWait } from '../prefer.ts'
import { defineRoute } from '../route.ts'
import { runEnded, runResult } from '../sse.ts'
import { startBody, startRun } from '../start-run.ts'
import { runWire, runWithActivitiesWire, toRun } from '../wire.ts'

/** White space before JSON is allowed: it keeps proxies from taking a long run for a dead connection. */
const KEEP_ALIVE_MS = 9_000

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs/execute',
  tag: 'Workflow runs',
  summary: 'Execute a workflow and wait for its end.',
  allow: 'member',
  body: startBody,
  multipart: true,
  idempotent: true,
  answers: {
    200: {
      description: 'The run has ended. A run that failed is success:false: the call itself worked.',
      schema: z.object({ success: z.boolean(), message: z.string(), workflowRun: runWithActivitiesWire }),
    },
    202: { description: 'The run goes on; the time that `Prefer: wait=<seconds>` gave is over.', schema: z.object({ success: z.literal(true), message: z.string(), workflowRun: runWire }) },
  },
  handle: async (services, call) => {
    const wait = readWait(call.headers.prefer)
    const { run, repeated } = await startRun(services, call)
    const viewer = viewerOf(call.caller)
    const sign = (id: string) => services.urls.sign(call.origin, id)
    const headers = { 'x-workflow-run-id': run.id, 'cache-control': 'no-store' }
    if (repeated) {
      const { state } = (await getRun(services.db, viewer, run.id)).run
      if (!isFinal(state)) throw problem('idempotency_in_progress', `The first call with this Idempotency-Key is still at work: run ${run.id}.`, { details: { workflowRunId: run.id } })
      return { status: 200, headers, body: await runResult(services, viewer, run.id, sign) }
    }
    if (wait) {
      // A timer of its own: a joined signal does not keep `AbortSignal.timeout` from being collected, with its timer.
      const over = new AbortController()
      const timer = setTimeout(() => over.abort(), wait.ms)
      using stopped = joinSignals([call.signal, over.signal])
      const ended = await runEnded(services, run.id, stopped.signal).finally(() => clearTimeout(timer))
      if (ended) return { status: 200, headers, body: await runResult(services, viewer, run.id, sign) }
      const view = await getRun(services.db, viewer, run.id)
      return {
        status: 202,
        headers: { ...headers, 'preference-applied': wait.applied, location: `/api/v1/workflow-runs/${run.id}` },
        body: { success: true, message: 'The run goes on.', workflowRun: toRun(view, services.clock.now(), call.caller) },
      }
    }
    return {
      respond: async (response) => {
        response.status(200).set({ ...headers, 'content-type': 'application/json; charset=utf-8' })
        response.flushHeaders()
        const timer = setInterval(() => response.write(' '), KEEP_ALIVE_MS)
        try {
          if (await runEnded(services, run.id, call.signal)) response.end(JSON.stringify(await runResult(services, viewer, run.id, sign)))
        } finally {
          clearInterval(timer)
        }
      },
    }
  },
})
