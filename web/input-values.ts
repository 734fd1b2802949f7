import type { InputProperty, UserInputs } from '../runner/model/user-inputs.ts'

/** What a form holds while it is filled in, and what is sent of it. */

export type FormValues = Record<string, unknown>

export const isFileInput = (property: InputProperty): boolean =>
  (property.type === 'string' && property.format === 'file') || (property.type === 'array' && property.items?.type === 'string' && property.items.format === 'file')

/** Rules may be written as a program that only the server can evaluate: what is not known beforehand is left to it. */
const literal = (rule: unknown): unknown => (typeof rule === 'object' && rule !== null && 'jqQuery' in rule ? undefined : rule)

const isShown = ({ visible }: InputProperty): boolean => literal(visible) !== false
export const isRequired = ({ required }: UserInputs, name: string): boolean => Array.isArray(required) && required.includes(name)
export const choicesOf = (property: InputProperty): (string | number)[] | undefined => ('enum' in property && Array.isArray(property.enum) ? property.enum : undefined)

/** In the order that the form asks for, then as written. */
export const inputsInOrder = ({ properties, order, steps }: UserInputs): [name: string, property: InputProperty][] => {
  const wanted = [...(order ?? []), ...(steps ?? []).flatMap((step) => step.order ?? [])]
  const names = new Set([...wanted, ...Object.keys(properties)])
  return [...names].flatMap((name): [string, InputProperty][] => (properties[name] && isShown(properties[name]) ? [[name, properties[name]]] : []))
}

/** What it is when nobody says otherwise, where that is known beforehand. */
export const defaultOf = (property: InputProperty): unknown => {
  const value = literal('default' in property ? property.default : undefined)
  return typeof value === 'string' && value.includes('{{') ? undefined : value
}

export const firstValues = (inputs: UserInputs): FormValues =>
  Object.fromEntries(
    Object.entries(inputs.properties).flatMap(([name, property]) => {
      const value = defaultOf(property)
      return value === undefined ? [] : [[name, isText(property) ? JSON.stringify(value, null, 2) : value]]
    }),
  )

/** Lists of anything but texts, and objects, are written as JSON. */
export const isText = (property: InputProperty): boolean => property.type === 'object' || (property.type === 'array' && property.items?.type !== 'string')

/** What is sent: nothing for what was left empty, and of files those that are there already. @throws SyntaxError with the name of the input that is not JSON */
export const sentValues = (inputs: UserInputs, values: FormValues): FormValues =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const property = inputs.properties[name]
      if (!property || value === undefined || value === null || value === '') return []
      if (!isText(property) || typeof value !== 'string') return [[name, value]]
      return [[name, JSON.parse(value) as unknown]]
    }),
  )

/** Faults of the server by input: `inputs.month`, `values.code[0]`. The rest, which belongs to no input that is shown, comes under ''. */
export const faultsByInput = (faults: { path: string; message: string }[], inputs: UserInputs): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const { path, message } of faults) {
    const name = /^(?:inputs|values)(?:\.|\[")?([^.[\]"]*)/.exec(path)?.[1] ?? ''
    const key = inputs.properties[name] ? name : ''
    found[key] = found[key] ? `${found[key]}; ${message}` : message
  }
  return found
}
