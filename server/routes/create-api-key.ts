import { z } from 'zod'
import { createApiKey } from '../../db/api-keys.ts'
import { problem } from '../../runner/model/problem.ts'
import { newApiKey } from '../api-key.ts'
import { apiKeyWire, toApiKey } from '../api-key-wire.ts'
import { ROLES } from '../caller.ts'
import { defineRoute } from '../route.ts'

const printable = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}*$/u, 'must be printable')

const newApiKeyBody = z
  .strictObject({
    name: printable.optional(),
    person: printable.optional().meta({ description: 'Whom it is for, as their JWTs call them (`sub`): answers given with it are theirs, and count where several people must answer.' }),
    role: z.enum(ROLES),
    isMachine: z.boolean().default(false).meta({ description: 'It may also complete and claim node runs; its role is member or admin.' }),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ role, isMachine }) => !isMachine || role !== 'viewer', { path: ['role'], message: 'A machine is a member or an admin.' })
  .refine(({ person, isMachine }) => !isMachine || person === undefined, { path: ['person'], message: 'A machine is nobody: leave person out, or isMachine.' })
  .meta({ id: 'NewApiKey' })

export default defineRoute({
  method: 'post',
  path: '/api/v1/api-keys',
  tag: 'Server',
  summary: 'Make an API key.',
  allow: 'admin',
  body: newApiKeyBody,
  answers: { 201: { description: 'The key, which is shown only now.', schema: z.object({ apiKey: apiKeyWire, key: z.string() }) } },
  handle: async ({ db, clock }, { body, caller }) => {
    const createdAt = clock.now()
    const expiresAt = body.expiresAt === undefined ? null : Date.parse(body.expiresAt)
    if (expiresAt !== null && expiresAt <= createdAt) throw problem('invalid_request', 'expiresAt: has passed already.', { details: [{ path: 'expiresAt', code: 'custom', message: 'has passed already' }] })
    const { key, hash } = newApiKey()
    const row = { id: clock.newId(), org: caller.org, name: body.name ?? null, role: body.role, isMachine: body.isMachine, person: body.person ?? null, hash, createdAt, expiresAt, revokedAt: null }
    await createApiKey(db, row)
    return { status: 201, headers: { location: `/api/v1/api-keys/${row.id}` }, body: { apiKey: toApiKey(row), key } }
  },
})
