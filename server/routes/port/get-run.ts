import { z } from 'zod'
import { runVersion } from '../../../db/runs.ts'
import { viewerOf } from '../../caller.ts'
import { pathId } from '../../paging.ts'
import { getPortRun } from '../../port-runs.ts'
import { okRun } from '../../port-wire.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/workflows/runs/:runId',
  tag: 'Port',
  summary: 'Get a run with its node runs, their outputs and logs.',
  allow: 'viewer',
  params: z.object({ runId: z.string() }),
  answers: { 200: { description: 'The run.', schema: okRun }, 304: { description: 'Nothing has happened since.' } },
  handle: async (services, { params, caller, headers }) => {
    const id = pathId(params.runId, 'workflow run')
    const etag = `"${await runVersion(services.db, viewerOf(caller), id)}"`
    const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
    const caching = { etag, 'cache-control': 'private, no-cache' }
    if (known.includes(etag) || known.includes('*')) return { status: 304, headers: caching }
    return { status: 200, headers: caching, body: { ok: true, run: await getPortRun(services, caller, id) } }
  },
})
