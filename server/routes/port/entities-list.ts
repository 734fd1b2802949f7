import { z } from 'zod'
import { listEntities } from '../../../db/entities.ts'
import { blueprintName, entityWire } from '../../entities.ts'
import { cutPage, portPageQuery, readPage } from '../../paging.ts'
import { defineRoute } from '../../route.ts'
import { paginationWire } from '../../wire.ts'

export default defineRoute({
  method: 'get',
  path: '/v1/blueprints/:blueprint/entities',
  tag: 'Entities',
  summary: 'List the entities of a blueprint by identifier.',
  allow: 'viewer',
  params: z.object({ blueprint: blueprintName }),
  query: z.object(portPageQuery),
  answers: { 200: { description: 'A page of entities.', schema: z.object({ ok: z.literal(true), entities: z.array(entityWire), pagination: paginationWire }) } },
  handle: async ({ db }, { params, query, caller }) => {
    const { limit, offset } = readPage(query)
    const { entities, total } = await listEntities(db, { org: caller.org, blueprint: params.blueprint }, { limit, offset })
    return { status: 200, body: { ok: true, entities, pagination: cutPage(query, total, entities, ({ identifier }) => identifier).pagination } }
  },
})
