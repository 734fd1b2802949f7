import { defineRoute } from '../route.ts'
import { asCreated, startBody, startRun } from '../start-run.ts'
import { runWire, toRun } from '../wire.ts'

export default defineRoute({
  method: 'post',
  path: '/api/v1/workflow-runs',
  tag: 'Workflow runs',
  summary: 'Start a run and answer at once.',
  allow: 'member',
  body: startBody,
  multipart: true,
  idempotent: true,
  answers: { 202: { description: 'The run as it was created, PENDING; its address is in `Location`.', schema: runWire } },
  handle: async (services, call) => {
    const { run } = await startRun(services, call)
    return {
      status: 202,
      headers: { location: `/api/v1/workflow-runs/${run.id}`, 'x-workflow-run-id': run.id },
      body: toRun({ run: asCreated(run), awaiting: null, outputs: {} }, run.createdAt),
    }
  },
})
