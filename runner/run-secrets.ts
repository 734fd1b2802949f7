import { readSecrets } from '../db/secrets.ts'
import { keepSecrets, type TakenRun } from '../db/take-run.ts'
import { namedSecrets } from './model/named-secrets.ts'
import type { Parts } from './parts.ts'
import type { Seal } from './seal.ts'

/**
 * The stored secrets that a run has seen, sealed in its row. What has been replaced or deleted since is not used any more, and still not shown:
 * it may stand in outputs of before.
 */
export type RunSecrets = { current: Record<string, string>; earlier: string[] }

export const readRunSecrets = (seal: Seal, { sealedSecrets }: { sealedSecrets?: Buffer | null }): RunSecrets =>
  sealedSecrets ? seal.unseal<RunSecrets>(sealedSecrets) : { current: {}, earlier: [] }

/** What a run that goes on with another's outputs, or with inputs that hold its secrets, must not show either. */
export const inheritedSecrets = (seal: Seal, values: readonly string[]): Buffer | null =>
  values.length === 0 ? null : seal.seal({ current: {}, earlier: [...new Set(values)] } satisfies RunSecrets)

/** Every value that a run has seen so far. */
export const allRunSecrets = (seal: Seal, run: { sealedSecrets?: Buffer | null }): string[] => {
  const { current, earlier } = readRunSecrets(seal, run)
  return [...Object.values(current), ...earlier]
}

/** Gives a run that is taken the secrets that its workflow names, as they are now. */
export const refreshSecrets = async ({ db, seal }: Parts, taken: TakenRun): Promise<void> => {
  const names = namedSecrets(taken.definition)
  if (names?.length === 0) return
  const { id, org, fence } = taken.run
  const stored = await readSecrets(db, org, names)
  const current = Object.fromEntries(stored.map(({ name, sealed }) => [name, seal.unseal<string>(sealed)]))
  const before = readRunSecrets(seal, taken.run)
  const replaced = Object.entries(before.current).flatMap(([name, value]) => (current[name] === value ? [] : [value]))
  if (replaced.length === 0 && Object.keys(current).length === Object.keys(before.current).length) return
  const sealed = seal.seal({ current, earlier: [...new Set([...before.earlier, ...replaced])] } satisfies RunSecrets)
  await keepSecrets(db, id, fence, sealed)
  taken.run.sealedSecrets = sealed
}
