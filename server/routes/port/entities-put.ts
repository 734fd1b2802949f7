import { z } from 'zod'
import { upsertEntity } from '../../../db/entities.ts'
import { assertSameName, blueprintName, entityBody, entityName, okEntity, toEntityInput } from '../../entities.ts'
import { defineRoute } from '../../route.ts'

export default defineRoute({
  method: 'put',
  path: '/v1/blueprints/:blueprint/entities/:identifier',
  tag: 'Entities',
  summary: 'Put an entity in the place of the one that is there.',
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
      existing: 'replace',
      missing: 'not_found',
    })
    return { status: 200, body: { ok: true, entity } }
  },
})
