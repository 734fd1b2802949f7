import { z } from 'zod'
import { getArtifact } from '../../db/artifacts.ts'
import { getRun } from '../../db/runs.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { artifactWire, toArtifact } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/artifacts/:artifactId',
  tag: 'Artifacts',
  summary: 'Get what is known of a file, with a fresh signed address.',
  allow: 'viewer',
  params: z.object({ artifactId: z.string() }),
  answers: { 200: { description: 'The artifact.', schema: artifactWire } },
  handle: async ({ db, urls }, { params, caller, origin }) => {
    const row = await getArtifact(db, caller.org, pathId(params.artifactId, 'artifact'))
    await getRun(db, viewerOf(caller), row.runId)
    return { status: 200, body: toArtifact(row, (id) => urls.sign(origin, id)) }
  },
})
