import type { Seal } from './seal.ts'

/** The values of a question's answers as they were given, in a sealed column: of one answer, or a list where several are needed. */

type Values = Record<string, unknown>

/** The answers as they were given, in their order. */
export const unsealAnswers = (seal: Seal, sealed: Buffer | null): Values[] => (sealed ? [seal.unseal<Values | Values[]>(sealed)].flat() : [])

/** One more of several. */
export const sealAnother = (seal: Seal, earlier: Buffer | null, values: Values): Buffer => seal.seal([...unsealAnswers(seal, earlier), values])
