import { z } from 'zod'
import { listArtifacts } from '../../db/artifacts.ts'
import { ARTIFACT_TYPES } from '../../runner/model/artifact.ts'
import { parseId } from '../../runner/model/id.ts'
import { viewerOf } from '../caller.ts'
import { cursorQuery, cutPage, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { artifactWire, paginationWire, toArtifact } from '../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/artifacts',
  tag: 'Artifacts',
  summary: 'List the files that runs left, newest first.',
  allow: 'viewer',
  query: z.object({ workflowRunId: z.string().max(100).optional(), type: z.enum(ARTIFACT_TYPES).optional(), ...pageQuery, ...cursorQuery }),
  answers: { 200: { description: 'A page of artifacts.', schema: z.object({ artifacts: z.array(artifactWire), pagination: paginationWire }) } },
  handle: async ({ db, urls }, { query, caller, origin }) => {
    const runId = query.workflowRunId === undefined ? undefined : (parseId(query.workflowRunId) ?? '')
    const { artifacts, total } = await listArtifacts(db, viewerOf(caller), { runId, type: query.type }, readPage(query))
    const { entries, pagination } = cutPage(query, total, artifacts, ({ id }) => id)
    return { status: 200, body: { artifacts: entries.map((row) => toArtifact(row, (id) => urls.sign(origin, id))), pagination } }
  },
})
