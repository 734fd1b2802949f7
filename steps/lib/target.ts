import { z } from 'zod'
import { ARIA_ROLES } from './aria-roles.ts'

/**
 * What points at an element of a page: a Playwright selector, one of the ways a person would say it, or a list of these that are tried in
 * order until one matches.
 */

const text = z.string().min(1)
const common = {
  frame: z.union([text, z.array(text).min(1)], { error: 'must be a frame selector, or a list of them from the outermost in' }).optional(),
  nth: z.int().optional(),
}

const role = z.enum(ARIA_ROLES, { error: ({ input }) => `${JSON.stringify(input)} is not an ARIA role such as button, link or textbox.` })

const forms = {
  role: z.strictObject({ role, name: text.optional(), exact: z.boolean().optional(), ...common }),
  label: z.strictObject({ label: text, exact: z.boolean().optional(), ...common }),
  placeholder: z.strictObject({ placeholder: text, ...common }),
  text: z.strictObject({ text, exact: z.boolean().optional(), ...common }),
  testId: z.strictObject({ testId: text, ...common }),
  css: z.strictObject({ css: text, ...common }),
  xpath: z.strictObject({ xpath: text, ...common }),
}
type Form = keyof typeof forms
const formNames = Object.keys(forms) as Form[]

const oneTargetSchema = z.union([text, ...Object.values(forms)] as [typeof text, ...(typeof forms)[Form][]])
const anyTargetSchema = z.union([oneTargetSchema, z.array(oneTargetSchema).min(1)])

/** One way to point at an element. */
export type OneTarget = z.output<typeof oneTargetSchema>
export type Target = z.output<typeof anyTargetSchema>

type Path = (string | number)[]
type Report = (issue: { code: 'custom'; path: Path; message: string; params?: { shape: true } } | z.core.$ZodIssue) => void

const KINDS = `a selector, an object with one of ${formNames.join(', ')}, or a list of these`

function checkOne(value: unknown, path: Path, report: Report): void {
  const fault = (message: string) => report({ code: 'custom', path, message })
  /** Wrong whatever a template in there may give. */
  const shapeFault = (message: string, at = path) => report({ code: 'custom', path: at, message, params: { shape: true } })
  if (typeof value === 'string') return value === '' ? fault('A selector must not be empty.') : undefined
  if (value === undefined || value === null) return fault(`A target is missing: ${KINDS}.`)
  if (typeof value !== 'object' || Array.isArray(value)) return fault(`A target is ${path.length === 0 ? KINDS : KINDS.replace(', or a list of these', '')}.`)
  const named = formNames.filter((name) => name in value)
  // `{role, text}` says two things; which of them was meant cannot be guessed.
  if (named.length > 1) return shapeFault(`A target has one of ${formNames.join(', ')}, not both ${named.join(' and ')}.`)
  const [name] = named
  if (name === undefined) {
    const unknown = Object.keys(value).filter((key) => !(key in common))
    const found = unknown.length === 0 ? '' : ` There is no field ${unknown.map((key) => JSON.stringify(key)).join(', ')}.`
    return shapeFault(`A target has one of ${formNames.join(', ')}.${found}`)
  }
  for (const issue of forms[name].safeParse(value).error?.issues ?? []) {
    if (issue.code !== 'unrecognized_keys') report({ ...issue, path: [...path, ...(issue.path as Path)] })
    else for (const key of issue.keys) shapeFault(`A target by ${name} has no field "${key}".`, [...path, key])
  }
}

/** A plain union would answer "Invalid input" for any misspelt field; this names each fault and where it is. */
function nameFaults(value: unknown, context: z.RefinementCtx<unknown>): void {
  const report: Report = (issue) => context.addIssue(issue as Parameters<typeof context.addIssue>[0])
  if (!Array.isArray(value)) return checkOne(value, [], report)
  if (value.length === 0) report({ code: 'custom', path: [], message: 'A list of targets must not be empty.' })
  value.forEach((one, index) => checkOne(one, [index], report))
}

/** What is known of a target's shape is kept for forms and OpenAPI: a refinement alone would show as "anything". */
const { $schema: _, ...targetJsonSchema } = z.toJSONSchema(anyTargetSchema, { io: 'input' })

export const targetSchema = z.unknown().superRefine(nameFaults).pipe(anyTargetSchema).meta(targetJsonSchema)

type Described = Exclude<OneTarget, string>

function words(target: Described): string {
  if ('role' in target) return target.role + (target.name === undefined ? '' : ` "${target.name}"`)
  if ('label' in target) return `field labelled "${target.label}"`
  if ('placeholder' in target) return `field with placeholder "${target.placeholder}"`
  if ('text' in target) return `text "${target.text}"`
  if ('testId' in target) return `test id "${target.testId}"`
  return 'css' in target ? `selector ${target.css}` : `xpath ${target.xpath}`
}

function describeOne(target: OneTarget): string {
  if (typeof target === 'string') return `selector ${target}`
  const nth = target.nth === undefined ? '' : ` (nth ${target.nth})`
  const frames = framesOf(target)
  return words(target) + nth + (frames.length === 0 ? '' : ` in frame ${frames.join(' › ')}`)
}

/** A target in words: `button "Sign in" in frame iframe#login`. */
export const describeTarget = (target: Target): string =>
  Array.isArray(target) ? (target.length === 1 ? '' : 'one of ') + target.map(describeOne).join(', ') : describeOne(target)

/** The frames that lead to the element, from the outermost in. */
export const framesOf = (target: OneTarget): string[] =>
  typeof target === 'string' || target.frame === undefined ? [] : Array.isArray(target.frame) ? target.frame : [target.frame]

const forText = (value: string, exact = false) => JSON.stringify(value) + (exact ? 's' : 'i')
const forAttribute = (value: string, exact = false) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"${exact ? 's' : 'i'}`

function selector(target: Described): string {
  if ('role' in target) return `internal:role=${target.role}${target.name === undefined ? '' : `[name=${forAttribute(target.name, target.exact)}]`}`
  if ('label' in target) return `internal:label=${forText(target.label, target.exact)}`
  if ('placeholder' in target) return `internal:attr=[placeholder=${forAttribute(target.placeholder)}]`
  if ('text' in target) return `internal:text=${forText(target.text, target.exact)}`
  if ('testId' in target) return `internal:testid=[data-testid=${forAttribute(target.testId, true)}]`
  return 'css' in target ? `css=${target.css}` : `xpath=${target.xpath}`
}

/**
 * The target as Playwright's selector, without its frames: what `page.getByRole(…)` and its sisters make themselves, in a form that can be
 * stored (masked fields outlive the process) and shows as `getByRole(…)` in Playwright's messages.
 */
export function selectorOf(target: OneTarget): string {
  if (typeof target === 'string') return target
  return selector(target) + (target.nth === undefined ? '' : ` >> nth=${target.nth}`)
}
