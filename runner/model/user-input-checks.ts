/**
 * What the shape of `userInputs` cannot say: names that lead nowhere, circles, ranges that hold nothing. Each check is given an object as far as it could
 * be read and looks twice at everything, because it runs although other faults were found: all of them are told at once.
 */

/** Names that a plain object would answer to by itself. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
export const MAX_INPUTS = 200
/** How deep inputs nest, in a definition and in a value. */
export const MAX_DEPTH = 20

export type Draft = Readonly<Record<string, unknown>>
export type Report = (path: (string | number)[], message: string) => void
export type Check = (draft: Draft, report: Report) => void

export const isObject = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value)

const isTemplate = (text: string): boolean => text.includes('{{')

/** Port writes patterns that the strict dialect refuses (`[\w-.]`), so the lenient one is tried after it. Null: no regular expression. */
export const compilePattern = (pattern: string): RegExp | null => {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags)
    } catch {
      continue
    }
  }
  return null
}

export const checkRange =
  (low: string, high: string): Check =>
  (draft, report) => {
    const [from, to] = [draft[low], draft[high]]
    if (typeof from === 'number' && typeof to === 'number' && from > to) report([low], `must not be greater than ${high}`)
  }
export const checkDefault: Check = ({ default: given, enum: choices }, report) => {
  if (given === undefined || isObject(given) || !Array.isArray(choices) || choices.includes(given)) return
  if (typeof given !== 'string' || !isTemplate(given)) report(['default'], 'must be one of enum')
}
export const checkString: Check = (draft, report) => {
  const { pattern, format, blueprint } = draft
  if (typeof pattern === 'string' && !isTemplate(pattern) && !compilePattern(pattern)) report(['pattern'], 'is no regular expression')
  if (format === 'entity' && !blueprint) report(['blueprint'], 'is required with format entity')
  if (format !== 'file') return
  for (const rule of ['default', 'enum', 'pattern', 'minLength', 'maxLength']) {
    if (draft[rule] !== undefined) report([rule], 'means nothing for a file')
  }
}

/**
 * Names in an order in which each comes after all it depends on, and otherwise as written.
 * A cycle has no such order: its first is given in `cycle`, as the way round.
 */
export const inputOrder = (all: Draft): { order: string[]; cycle: string[] | null } => {
  const order: string[] = []
  const done = new Set<string>()
  let cycle: string[] | null = null
  const visit = (at: string, trail: string[]): void => {
    if (trail.includes(at)) cycle ??= [...trail.slice(trail.indexOf(at)), at]
    if (done.has(at) || trail.includes(at)) return
    const rules = all[at]
    for (const earlier of isObject(rules) && Array.isArray(rules.dependsOn) ? rules.dependsOn : []) {
      if (typeof earlier === 'string' && Object.hasOwn(all, earlier)) visit(earlier, [...trail, at])
    }
    done.add(at)
    order.push(at)
  }
  for (const at of Object.keys(all)) visit(at, [])
  return { order, cycle }
}

const checkKnown = (report: Report, given: unknown, path: (string | number)[], known: Draft): void => {
  if (!Array.isArray(given)) return
  given.forEach((input: unknown, index) => {
    if (typeof input !== 'string') return
    if (!Object.hasOwn(known, input)) report([...path, index], `names no input: "${input}"`)
    else if (given.indexOf(input) !== index) report([...path, index], `names "${input}" twice`)
  })
}

/** That `required` and every `dependsOn` name inputs that there are, and that no input waits for itself. */
export const checkNames: Check = ({ properties: all, required }, report) => {
  if (!isObject(all)) return
  checkKnown(report, required, ['required'], all)
  for (const [input, rules] of Object.entries(all)) {
    if (isObject(rules)) checkKnown(report, rules.dependsOn, ['properties', input, 'dependsOn'], all)
  }
  const cycle = Object.keys(all).length <= MAX_INPUTS ? inputOrder(all).cycle : null
  if (cycle?.[0]) report(['properties', cycle[0], 'dependsOn'], `goes in a circle: ${cycle.join(' → ')}`)
}
export const checkForm: Check = ({ properties: all, titles, order, steps }, report) => {
  if (!isObject(all)) return
  const shown = { ...all, ...(isObject(titles) ? titles : {}) }
  checkKnown(report, order, ['order'], shown)
  if (Array.isArray(steps)) steps.forEach((step: unknown, at) => checkKnown(report, isObject(step) && step.order, ['steps', at, 'order'], shown))
  if (order && steps) report(['order'], 'excludes steps, which have an order of their own')
  for (const title of Object.keys(isObject(titles) ? titles : {})) {
    if (Object.hasOwn(all, title)) report(['titles', title], 'is the name of an input')
  }
}
