import { and, asc, desc, eq, gt, gte, isNull, lte } from 'drizzle-orm'
import type { Followers } from './followers.ts'
import { answerIn, type InputRequestView, type NewAnswer } from './input-requests.ts'
import type { Db } from './open.ts'
import { inputRequests, otpCodes } from './schema.ts'
import type { InputRequestRow } from './take-run.ts'

export type OtpCodeRow = typeof otpCodes.$inferSelect

/** How long a code is kept, and may count. */
export const OTP_CODE_MS = 600_000
/** Nobody is sent more codes in that time; whoever sends on more is not to keep the others waiting. */
const MOST = 100

/**
 * Takes a code in, unless the same one has come for the account before; those whose time is over go.
 * @param isSame tells whether a sealed code is this one
 */
export const addOtpCode = (db: Db, code: Omit<OtpCodeRow, 'inputRequestId'>, isSame: (sealed: Buffer) => boolean): Promise<{ row: OtpCodeRow; isNew: boolean }> =>
  db.write(async (tx) => {
    const { org, account, createdAt } = code
    await tx.delete(otpCodes).where(and(eq(otpCodes.org, org), lte(otpCodes.createdAt, createdAt - OTP_CODE_MS)))
    const before = await tx
      .select()
      .from(otpCodes)
      .where(and(eq(otpCodes.org, org), eq(otpCodes.account, account)))
      .orderBy(desc(otpCodes.createdAt), desc(otpCodes.id))
      .limit(MOST)
    const same = before.find(({ sealed }) => isSame(sealed))
    if (same) return { row: same, isNew: false }
    const row = { ...code, inputRequestId: null }
    await tx.insert(otpCodes).values(row)
    return { row, isNew: true }
  })

export const getOtpCode = (db: Db, id: string): Promise<OtpCodeRow | null> =>
  db.read(async (query) => (await query.select().from(otpCodes).where(eq(otpCodes.id, id)))[0] ?? null)

/** Codes for an account that have answered nothing yet and came since a time, the newest first. */
export const unusedCodes = (db: Db, org: string, account: string, since: number): Promise<OtpCodeRow[]> =>
  db.read(async (query) =>
    query
      .select()
      .from(otpCodes)
      .where(and(eq(otpCodes.org, org), eq(otpCodes.account, account), isNull(otpCodes.inputRequestId), gte(otpCodes.createdAt, since)))
      .orderBy(desc(otpCodes.createdAt), desc(otpCodes.id))
      .limit(MOST),
  )

/** The open questions that codes for an account answer, the oldest first. */
export const questionsForCodes = (db: Db, org: string, account: string, at: number): Promise<InputRequestRow[]> =>
  db.read(async (query) =>
    query
      .select()
      .from(inputRequests)
      .where(and(eq(inputRequests.org, org), eq(inputRequests.account, account), eq(inputRequests.status, 'pending'), gt(inputRequests.expiresAt, at)))
      .orderBy(asc(inputRequests.id))
      .limit(MOST),
  )

/** Answers a question with a code, each of them once. @returns null when the code has answered another, or the question is over */
export const useOtpCode = async (
  db: Db,
  followers: Followers,
  { codeId, requestId, answer }: { codeId: string; requestId: string; answer: NewAnswer },
  at: number,
): Promise<InputRequestView | null> => {
  const answered = await db.write(async (tx) => {
    const [code] = await tx.select().from(otpCodes).where(eq(otpCodes.id, codeId))
    const [request] = await tx.select().from(inputRequests).where(eq(inputRequests.id, requestId))
    if (code?.inputRequestId !== null || request?.status !== 'pending' || request.expiresAt <= at) return null
    await tx.update(otpCodes).set({ inputRequestId: requestId }).where(eq(otpCodes.id, codeId))
    return answerIn(tx, requestId, answer, at)
  })
  if (answered) followers.wake(answered.run.id)
  return answered
}
