import { z } from 'zod'
import { putSecret } from '../../db/secrets.ts'
import { defineRoute } from '../route.ts'
import { secretName } from '../secret-name.ts'
import { secretWire, toSecret } from '../wire.ts'

const answer = z.object({ secret: secretWire })

export default defineRoute({
  method: 'put',
  path: '/api/v1/secrets/:name',
  tag: 'Secrets',
  summary: 'Store a secret, or put another value in its place. No call gives the value back.',
  allow: 'admin',
  params: z.object({ name: secretName }),
  body: z.strictObject({ value: z.string().min(1).max(65_536) }).meta({ id: 'PutSecret' }),
  answers: { 200: { description: 'It has the new value.', schema: answer }, 201: { description: 'It is new.', schema: answer } },
  handle: async ({ db, seal, clock }, { params, body, caller }) => {
    const { secret, created } = await putSecret(db, { org: caller.org, name: params.name, sealed: seal.seal(body.value), by: caller.userId, at: clock.now() })
    return { status: created ? 201 : 200, body: { secret: toSecret(secret) } }
  },
})
