import { z } from 'zod'
import { upsertEntity } from '../../../db/entities.ts'
import { assertSameName, blueprintName, entityBody, entityName, okEntity, toEntityInput } from '../../entities.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'patch',
  path: '/v1/blueprints/:blueprint/entities/:identifier',
  tag: 'Entities',
  summary: 'Change an entity: what is not given stays.',
  allow: 'member',
  params: z.object({ blueprint: blueprintName, identifier: entityName }),
  body: entityBody,
  answers: { 200: { description: 'The entity.', schema: okEntity } },
  handle: async ({ db, followers, clock }, { params, body, caller }) => {
    assertSameName(params.identifier, body.identifier)
    const { entity } = await upsertEntity(db, followers, { org: caller.org, blueprint: params.blueprint }, toEntityInput(params.identifier, body), {
      id: clock.newId(),
      by: caller.userId,
      at: clock.now(),
      missing: 'not_found',
    })
    return { status: 200, body: { ok: true, entity } }
  },
})
