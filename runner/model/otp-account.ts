/** One-time codes that are sent on for an account, and the questions that they answer. */

/** Accounts are told apart without case: what sends codes on seldom spells an address as the workflow does. */
export const accountKey = (account: string): string => account.trim().toLowerCase()

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The input that a code goes into: the one of the format `otp`; null when there is none, or more than one. */
export const codeInput = (userInputs: unknown): string | null => {
  const properties = isObject(userInputs) && isObject(userInputs.properties) ? Object.entries(userInputs.properties) : []
  const codes = properties.filter(([, property]) => isObject(property) && property.format === 'otp')
  return codes.length === 1 ? (codes[0]?.[0] ?? null) : null
}
