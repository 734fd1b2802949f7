import { z } from 'zod'
import { deleteEntity } from '../../../db/entities.ts'
import { blueprintName, entityName } from '../../entities.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'delete',
  path: '/v1/blueprints/:blueprint/entities/:identifier',
  tag: 'Entities',
  summary: 'Delete an entity.',
  allow: 'member',
  params: z.object({ blueprint: blueprintName, identifier: entityName }),
  answers: { 200: { description: 'It is gone.', schema: z.object({ ok: z.literal(true) }) } },
  handle: async ({ db, followers, clock }, { params, caller }) => {
    await deleteEntity(db, followers, { org: caller.org, ...params }, clock.now())
    return { status: 200, body: { ok: true } }
  },
})
