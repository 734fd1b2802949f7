import { z } from 'zod'
import { addOtpCode, getOtpCode, OTP_CODE_MS } from '../../db/otp-codes.ts'
import { accountHash, matchCodes } from '../../runner/otp-codes.ts'
import { defineRoute } from '../route.ts'

const code = z
  .object({
    id: z.uuid(),
    account: z.string(),
    taken: z.boolean().meta({ description: 'Whether it has answered a question.' }),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'OtpCode' })
const answer = z.object({ otpCode: code })

export default defineRoute({
  method: 'post',
  path: '/api/v1/otp-codes',
  tag: 'Input requests',
  summary: 'Send on a one-time code; it answers the question that waits for it, or one that is asked within ten minutes by a run that had set out before.',
  allow: 'member',
  body: z
    .strictObject({
      account: z.string().trim().min(1).max(200).meta({ description: 'As USER_INPUT names it; case does not count.' }),
      code: z.string().trim().min(1).max(100),
    })
    .meta({ id: 'SendOtpCode' }),
  answers: { 200: { description: 'The same code has come for the account before; it counts once.', schema: answer }, 201: { description: 'It was taken in.', schema: answer } },
  handle: async ({ db, followers, seal, jq, engine, clock }, { body, caller }) => {
    const { org } = caller
    const account = accountHash(org, body.account)
    const given = { id: clock.newId(), org, account, sealed: seal.seal(body.code), createdBy: caller.userId, createdAt: clock.now() }
    const { row, isNew } = await addOtpCode(db, given, (sealed) => seal.unseal(sealed) === body.code)
    for (const runId of await matchCodes({ db, followers, seal, jq, now: clock.now }, org, account)) await engine.poke(runId)
    const { inputRequestId } = (await getOtpCode(db, row.id)) ?? row
    const iso = (ms: number): string => new Date(ms).toISOString()
    const otpCode = { id: row.id, account: body.account, taken: inputRequestId !== null, createdAt: iso(row.createdAt), expiresAt: iso(row.createdAt + OTP_CODE_MS) }
    return { status: isNew ? 201 : 200, body: { otpCode } }
  },
})
