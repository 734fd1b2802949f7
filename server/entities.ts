import { z } from 'zod'
import { upsertEntity, type EntityInput } from '../db/entities.ts'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import { time } from './json-fields.ts'
import type { Services } from './start.ts'

/** Entities on the wire, in Port's shapes. */

const name = (max: number) => z.string().min(1).max(max).regex(/^[^\p{Cc}]*$/u, 'may not hold control characters')

export const blueprintName = name(100)
export const entityName = name(1000)
const values = z.record(z.string().min(1).max(500), z.unknown())
/** Port takes one team, or several. */
const team = z.union([z.array(name(200)).max(1000), name(200)])

const facts = {
  title: z.string().max(1000).nullable().optional(),
  icon: z.string().max(200).nullable().optional(),
  team: team.optional(),
  properties: values.optional().meta({ description: 'By name; null takes one away.' }),
  relations: values.optional().meta({ description: 'Identifiers of other entities, or lists of them; null takes one away.' }),
}

export const newEntityBody = z.strictObject({ identifier: entityName.optional().meta({ description: 'Made up when it is not given.' }), ...facts }).meta({ id: 'NewEntity' })
/** The path says which one. */
export const entityBody = z.strictObject({ identifier: entityName.optional(), ...facts }).meta({ id: 'EntityChange' })

export const entityWire = z
  .object({
    identifier: z.string(),
    title: z.string().nullable(),
    icon: z.string().nullable(),
    blueprint: z.string(),
    team: z.array(z.string()),
    properties: values,
    relations: values,
    createdAt: time,
    createdBy: z.string().nullable(),
    updatedAt: time,
  })
  .meta({ id: 'Entity' })

export const okEntity = z.object({ ok: z.literal(true), entity: entityWire })

export const toEntityInput = (identifier: string, { title, icon, team: teams, properties, relations }: z.output<typeof entityBody>): EntityInput => ({
  identifier,
  title,
  icon,
  team: typeof teams === 'string' ? [teams] : teams,
  properties,
  relations,
})

/** An entity keeps its name: relations and workflows know it by that. @throws Problem `invalid_request` */
const assertSameName = (path: string, body: string | undefined): void => {
  if (body === undefined || body === path) return
  throw problem('invalid_request', 'An entity cannot be given another identifier.', { details: [{ path: 'identifier', code: 'mismatch', message: 'must be that of the path, or absent' }] })
}

/** Changes an entity that is there, or puts another in its place. @throws Problem `not_found`, `invalid_request` as `assertSameName` */
export const changeEntity = async (
  { db, followers, clock }: Pick<Services, 'db' | 'followers' | 'clock'>,
  { params, body, caller }: { params: { blueprint: string; identifier: string }; body: z.output<typeof entityBody>; caller: Caller },
  existing: 'merge' | 'replace',
) => {
  assertSameName(params.identifier, body.identifier)
  const at = { org: caller.org, blueprint: params.blueprint }
  const how = { id: clock.newId(), by: caller.userId, at: clock.now(), existing, missing: 'not_found' } as const
  const { entity } = await upsertEntity(db, followers, at, toEntityInput(params.identifier, body), how)
  return { status: 200, body: { ok: true, entity } } as const
}
