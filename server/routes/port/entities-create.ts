import { z } from 'zod'
import { upsertEntity } from '../../../db/entities.ts'
import { blueprintName, newEntityBody, okEntity, toEntityInput } from '../../entities.ts'
import { defineRoute } from '../../route.ts'

const flag = z.enum(['true', 'false']).default('false').transform((text) => text === 'true')

export default defineRoute({
  method: 'post',
  path: '/v1/blueprints/:blueprint/entities',
  tag: 'Entities',
  summary: 'Create an entity, or change the one that is there.',
  allow: 'member',
  params: z.object({ blueprint: blueprintName }),
  query: z.object({
    upsert: flag.meta({ description: 'Takes the place of the entity that is there; otherwise that is a conflict.' }),
    merge: flag.meta({ description: 'With upsert: keeps of the entity that is there what is not given.' }),
  }),
  body: newEntityBody,
  answers: { 201: { description: 'The entity.', schema: okEntity }, 409: { description: 'There is one already, and `upsert` was not asked for.' } },
  handle: async ({ db, followers, clock }, { params, query, body, caller }) => {
    const { entity } = await upsertEntity(db, followers, { org: caller.org, blueprint: params.blueprint }, toEntityInput(body.identifier ?? clock.newId(), body), {
      id: clock.newId(),
      by: caller.userId,
      at: clock.now(),
      existing: !query.upsert ? 'conflict' : query.merge ? 'merge' : 'replace',
    })
    return { status: 201, body: { ok: true, entity } }
  },
})
