import { REDACTED } from './redact.ts'

/** Where the run variables hold secrets, by their names: everything at and below such a path is one. `*` stands for any name or index. */

export type SecretPath = readonly string[]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The inputs that are passwords or one-time codes, as paths below the inputs. */
export const secretInputPaths = (userInputs: unknown): SecretPath[] => {
  const below = (schema: unknown): SecretPath[] => {
    if (!isObject(schema)) return []
    if (schema.format === 'password' || schema.format === 'otp') return [[]]
    const { properties, items } = schema
    return [
      ...(isObject(properties) ? Object.entries(properties).flatMap(([name, inner]) => below(inner).map((path) => [name, ...path])) : []),
      ...below(items).map((path) => ['*', ...path]),
    ]
  }
  return below(userInputs)
}

/** Every secret path of a run's variables, given what each of its triggers asks for. */
export const secretPaths = (triggers: readonly { identifier: string; userInputs: unknown }[]): SecretPath[] => [
  ['secrets'],
  ...triggers.flatMap(({ identifier, userInputs }) =>
    secretInputPaths(userInputs).flatMap((path) => [['inputs', ...path], ['outputs', identifier, ...path], ['outputs', 'trigger', ...path]])),
]

const leaves = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : []
}

/** The texts and numbers that lie at and below the secret paths of `value`. */
export const secretValues = (value: unknown, paths: readonly SecretPath[]): string[] => {
  const at = (inner: unknown, [name, ...rest]: SecretPath): string[] => {
    if (name === undefined) return leaves(inner)
    if (typeof inner !== 'object' || inner === null) return []
    return Object.entries(inner).flatMap(([key, next]) => (name === '*' || name === key ? at(next, rest) : []))
  }
  return [...new Set(paths.flatMap((path) => at(value, path)))]
}

/** The values of the password inputs among `inputs`. */
export const collectSecretValues = (userInputs: unknown, inputs: unknown): string[] => secretValues(inputs, secretInputPaths(userInputs))

/** `value` with `[redacted]` at its secret paths, whatever is there; nothing stays nothing. */
export const hideSecrets = (value: unknown, paths: readonly SecretPath[]): unknown => {
  if (paths.length === 0 || value === null || value === undefined) return value
  if (paths.some((path) => path.length === 0)) return REDACTED
  if (typeof value !== 'object') return value
  const inside = (key: string) => paths.filter(([name]) => name === '*' || name === key).map((path) => path.slice(1))
  if (Array.isArray(value)) return value.map((item, index) => hideSecrets(item, inside(String(index))))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hideSecrets(inner, inside(key))]))
}

/** What of `paths` lies at or below `place`, seen from there; the empty path when `place` itself is secret. */
export const secretsBelow = (place: readonly (string | number)[], paths: readonly SecretPath[]): SecretPath[] =>
  paths
    .filter((path) => path.slice(0, place.length).every((name, index) => name === '*' || name === String(place[index])))
    .map((path) => path.slice(place.length))
