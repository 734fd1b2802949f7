import { z } from 'zod'
import { blueprintName, changeEntity, entityBody, entityName, okEntity } from '../../entities.ts'
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
  handle: (services, request) => changeEntity(services, request, 'replace'),
})
