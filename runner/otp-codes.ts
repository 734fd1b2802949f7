import { createHash } from 'node:crypto'
import { questionsForCodes, unusedCodes, useOtpCode } from '../db/otp-codes.ts'
import type { Followers } from '../db/followers.ts'
import type { Db } from '../db/open.ts'
import { checkInputs } from './inputs.ts'
import type { Jq } from './jq.ts'
import { accountKey, codeInput } from './model/otp-account.ts'
import { Problem } from './model/problem.ts'
import type { UserInputs } from './model/user-inputs.ts'
import { shownInputs } from './new-run.ts'
import type { Seal } from './seal.ts'

/** What the store knows an account by: an address or a number is nobody's business there, and may be a secret of the run. */
export const accountHash = (org: string, account: string): string => createHash('sha256').update(`${org}\n${accountKey(account)}`).digest('hex')

/** The code as values of a question; null when that does not take it. */
const valuesOf = async (schema: unknown, code: string, jq: Jq): Promise<Record<string, unknown> | null> => {
  const name = codeInput(schema)
  if (name === null) return null
  const checked = await checkInputs(schema as UserInputs, { [name]: code }, { coerce: true, jq, at: 'values' }).catch((error: unknown) => {
    if (error instanceof Problem) return null
    throw error
  })
  return checked?.values ?? null
}

/**
 * Brings the codes for an account and the questions that wait for them together: called when either has come, so that it does not matter which
 * was first. A question takes codes that came after its run had set out for it, the newest first; each code answers one question.
 * @param account its `accountHash`
 * @returns the runs that go on, to be poked
 */
export const matchCodes = async ({ db, followers, seal, jq, now }: { db: Db; followers: Followers; seal: Seal; jq: Jq; now: () => number }, org: string, account: string): Promise<string[]> => {
  const woken: string[] = []
  for (const { id, schema, codesSince, createdAt } of await questionsForCodes(db, org, account, now())) {
    for (const code of await unusedCodes(db, org, account, codesSince ?? createdAt)) {
      const values = await valuesOf(schema, seal.unseal<string>(code.sealed), jq)
      if (!values) continue
      const answer = { values: shownInputs(schema, values), sealed: () => seal.seal(values), button: null, comments: null, by: code.createdBy }
      const answered = await useOtpCode(db, followers, { codeId: code.id, requestId: id, answer }, now())
      if (!answered) continue
      woken.push(answered.run.id)
      break
    }
  }
  return woken
}
