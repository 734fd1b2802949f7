/** What a workflow may ask for, as people call it, and how that is written. */

type Raw = Record<string, unknown>
export type InputKind = { label: string; rule: Raw }

const text = (format?: string): Raw => ({ type: 'string', ...(format && { format }) })
const listOf = (items: Raw): Raw => ({ type: 'array', items })

export const INPUT_KINDS: Record<string, InputKind> = {
  text: { label: 'Text', rule: text() },
  lines: { label: 'Text of several lines', rule: text('multi-line') },
  choice: { label: 'One of some choices', rule: { type: 'string', enum: ['one', 'other'] } },
  number: { label: 'Number', rule: { type: 'number' } },
  integer: { label: 'Whole number', rule: { type: 'integer' } },
  boolean: { label: 'Yes or no', rule: { type: 'boolean' } },
  date: { label: 'Date', rule: text('date') },
  moment: { label: 'Date and time', rule: text('date-time') },
  email: { label: 'E-mail address', rule: text('email') },
  url: { label: 'Web address', rule: text('url') },
  password: { label: 'Password', rule: text('password') },
  otp: { label: 'Security code', rule: text('otp') },
  file: { label: 'File', rule: text('file') },
  files: { label: 'Several files', rule: listOf(text('file')) },
  texts: { label: 'Several texts', rule: listOf(text()) },
  object: { label: 'Any object', rule: { type: 'object' } },
}

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The kind of an input as it is written; null for one of none of them. */
export const inputKindOf = (property: unknown): string | null => {
  if (!isObject(property)) return null
  const { type, format, items } = property
  if (type === 'string' && Array.isArray(property.enum)) return 'choice'
  const found = Object.entries(INPUT_KINDS).find(([name, { rule }]) => name !== 'choice' && rule.type === type && rule.format === format && isSame(rule.items, items))
  return found?.[0] ?? null
}

/** Rules that hold for inputs of any type. */
const KEPT = ['title', 'description', 'icon', 'visible', 'readOnly', 'disabled', 'dependsOn']

/** The same input, of another kind. */
export const asKind = (property: unknown, kind: string): Raw => ({
  ...INPUT_KINDS[kind]?.rule,
  ...Object.fromEntries(Object.entries(isObject(property) ? property : {}).filter(([name]) => KEPT.includes(name))),
})
