import { and, eq } from 'drizzle-orm'
import { problem } from '../runner/model/problem.ts'
import type { Query } from './open.ts'
import { idempotencyKeys } from './schema.ts'

/** A caller's `Idempotency-Key` and what it was sent with. */
export type IdempotencyKey = { org: string; caller: string; call: string; key: string; bodyHash: string; /** Never used again, however late: for what is told once more after a stop. */ forever?: boolean }

const KEPT_MS = 24 * 3_600_000

/** The id of what was started under this key; null when nothing was. @throws Problem `idempotency_conflict` when the key came with another body then */
export const startedUnder = async (tx: Query, { org, caller, call, key, bodyHash, forever = false }: IdempotencyKey, at: number): Promise<string | null> => {
  const [used] = await tx
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.org, org), eq(idempotencyKeys.caller, caller), eq(idempotencyKeys.call, call), eq(idempotencyKeys.key, key)))
  if (!used || (!forever && used.createdAt <= at - KEPT_MS)) return null
  if (used.bodyHash !== bodyHash) throw problem('idempotency_conflict', 'This Idempotency-Key was used before with another body.')
  return used.runId
}

/** Keeps what was started under a key, in the transaction that creates it: one without the other would start it twice. */
export const keepKey = async (tx: Query, { forever: _forever, ...used }: IdempotencyKey, startedId: string, at: number): Promise<void> => {
  const { bodyHash } = used
  await tx
    .insert(idempotencyKeys)
    .values({ ...used, runId: startedId, createdAt: at })
    .onConflictDoUpdate({
      target: [idempotencyKeys.org, idempotencyKeys.caller, idempotencyKeys.call, idempotencyKeys.key],
      set: { bodyHash, runId: startedId, createdAt: at },
    })
}
