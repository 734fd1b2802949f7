import { z } from 'zod'
import type { ApiKeyRow } from '../db/api-keys.ts'
import { ROLES } from './caller.ts'
import { iso, isoOrNull, time } from './json-fields.ts'

/** API keys on the wire: all of one but the key. */

export const apiKeyWire = z
  .object({
    id: z.uuid().meta({ description: 'What the audit log and `createdByUserId` call it.' }),
    name: z.string().nullable(),
    role: z.enum(ROLES),
    isMachine: z.boolean().meta({ description: 'It may also complete and claim node runs.' }),
    person: z.string().nullable().meta({ description: 'Whom it was made for; answers given with it are theirs.' }),
    createdAt: time,
    expiresAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'ApiKey' })

export type ApiKeyJson = z.output<typeof apiKeyWire>

export const toApiKey = ({ id, name, role, isMachine, person, createdAt, expiresAt, revokedAt }: ApiKeyRow): ApiKeyJson => ({
  id,
  name,
  role,
  isMachine,
  person,
  createdAt: iso(createdAt),
  expiresAt: isoOrNull(expiresAt),
  revokedAt: isoOrNull(revokedAt),
})
