import { z } from 'zod'
import { getEntity } from '../../../db/entities.ts'
import { blueprintName, entityName, okEntity } from '../../entities.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/blueprints/:blueprint/entities/:identifier',
  tag: 'Entities',
  summary: 'Read an entity.',
  allow: 'viewer',
  params: z.object({ blueprint: blueprintName, identifier: entityName }),
  answers: { 200: { description: 'The entity.', schema: okEntity } },
  handle: async ({ db }, { params, caller }) => ({ status: 200, body: { ok: true, entity: await getEntity(db, { org: caller.org, ...params }) } }),
})
