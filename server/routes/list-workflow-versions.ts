import { z } from 'zod'
import { listVersions } from '../../db/workflows.ts'
import { defineRoute } from '../route.ts'

const version = z.object({ version: z.int(), createdAt: z.iso.datetime(), createdByUserId: z.string().nullable(), isLatest: z.boolean() })

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflows/:workflowId/versions',
  tag: 'Workflows',
  summary: 'List the versions of a workflow, newest first.',
  allow: 'viewer',
  params: z.object({ workflowId: z.string() }),
  answers: { 200: { description: 'Its versions.', schema: z.object({ versions: z.array(version) }) } },
  handle: async ({ db }, { params, caller }) => {
    const { row, versions } = await listVersions(db, caller.org, params.workflowId)
    return {
      status: 200,
      body: {
        versions: versions.map((each) => ({ version: each.version, createdAt: new Date(each.createdAt).toISOString(), createdByUserId: each.createdBy, isLatest: each.version === row.version })),
      },
    }
  },
})
