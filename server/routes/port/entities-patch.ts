import { z } from 'zod'
import { blueprintName, changeEntity, entityBody, entityName, okEntity } from '../../entities.ts'
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
  handle: (services, request) => changeEntity(services, request, 'merge'),
})
