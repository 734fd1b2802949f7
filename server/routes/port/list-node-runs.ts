import { z } from 'zod'
import { listNodeRuns } from '../../../db/node-runs.ts'
import { parseId } from '../../../runner/model/id.ts'
import { viewerOf } from '../../caller.ts'
import { cutPage, portPageQuery, readPage } from '../../paging.ts'
import { listQuery } from '../../port-runs.ts'
import { okNodeRuns, toPortNodeRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/workflows/nodes/runs',
  tag: 'Port',
  summary: 'Find node runs by the name that another system gave them, or list those of a run.',
  allow: 'viewer',
  query: z
    .object({
      external_run_id: z.string().min(1).max(500).optional(),
      workflow_run_id: z.string().min(1).max(100).optional(),
      include: listQuery.optional().meta({ type: 'string', description: '`nodeConfig`: the config that the node ran with, in `node.config`.' }),
      ...portPageQuery,
    })
    .refine(({ external_run_id, workflow_run_id }) => external_run_id !== undefined || workflow_run_id !== undefined, 'Give external_run_id or workflow_run_id.'),
  answers: { 200: { description: 'A page of node runs, oldest first; of several attempts at a node the latest.', schema: okNodeRuns } },
  handle: async ({ db }, { query, caller }) => {
    const { external_run_id: externalRunId, workflow_run_id: runId, include = [] } = query
    const runIds = runId === undefined ? undefined : [parseId(runId) ?? '']
    const { limit, offset } = readPage(query)
    const { nodeRuns, total } = await listNodeRuns(db, viewerOf(caller), { externalRunId, runIds }, { limit, offset })
    const shown = { logs: true, nodeConfig: include.includes('nodeConfig') }
    const { entries, pagination } = cutPage(query, total, nodeRuns, ({ activity }) => activity.id)
    return { status: 200, body: { ok: true, nodeRuns: entries.map((view) => toPortNodeRun(view, shown)), pagination } }
  },
})
