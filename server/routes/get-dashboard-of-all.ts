import { z } from 'zod'
import { countByState } from '../../db/runs.ts'
import { viewerOf } from '../caller.ts'
import { defineRoute } from '../route.ts'
import { countsWire, toCounts } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs/dashboard',
  tag: 'Workflow runs',
  summary: 'Count all runs that the caller may see by status.',
  allow: 'viewer',
  answers: { 200: { description: 'All six counts, always.', schema: z.object({ total: z.int(), counts: countsWire }) } },
  handle: async ({ db }, { caller }) => ({ status: 200, body: toCounts(await countByState(db, viewerOf(caller))) }),
})
