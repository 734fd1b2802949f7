import type { JqFault } from './jq-answer.ts'
import { type JqResult, plainPath, walkPath } from './jq-path.ts'
import { pathsIn, programEnd } from './jq-scan.ts'
import { type Fault, problem } from './problem.ts'
import { REDACTED } from './redact.ts'
import { hideSecrets, type SecretPath, secretsBelow } from './secret-paths.ts'

/**
 * Templates: `{{ program }}` in any text of a config, where the program is jq over the run's variables. A text that is one template becomes
 * the value itself; in mixed text the value becomes text. `{{ "{{" }}` writes braces.
 */

export type Variables = Record<string, unknown>
/** `runner/jq.ts`, as seen from here. */
export type JqEvaluate = (programs: readonly string[], input: unknown) => Promise<JqResult[]>
export type JqCompile = (programs: readonly string[]) => Promise<(JqFault | null)[]>

/** A piece of text, or a program and where its `{{` stands. */
export type Part = string | { program: string; at: number }

/** Bounded, because definitions come and go. */
const parsed = new Map<string, { parts: Part[]; fault?: string }>()
const maxParsed = 2000
const maxParsedLength = 2000

const parse = (source: string): { parts: Part[]; fault?: string } => {
  const parts: Part[] = []
  let from = 0
  for (let at = source.indexOf('{{'); at >= 0; at = source.indexOf('{{', from)) {
    const { end, inText } = programEnd(source, at + 2)
    if (end < 0) {
      const why = inText ? ' (a text that starts with " has no end in it)' : ''
      return { parts, fault: `the {{ at character ${at + 1} is not closed by }}${why}` }
    }
    if (at > from) parts.push(source.slice(from, at))
    const program = source.slice(at + 2, end)
    if (program.trim() === '') return { parts, fault: `the {{ }} at character ${at + 1} is empty` }
    parts.push({ program, at })
    from = end + 2
  }
  if (from < source.length) parts.push(source.slice(from))
  return { parts }
}

/** The parts of a text with templates; what comes before a fault when it has one. */
export const parseTemplate = (source: string): { parts: Part[]; fault?: string } => {
  if (!source.includes('{{')) return { parts: source === '' ? [] : [source] }
  const known = parsed.get(source)
  if (known) return known
  const result = parse(source)
  if (source.length <= maxParsedLength) {
    if (parsed.size >= maxParsed) parsed.clear()
    parsed.set(source, result)
  }
  return result
}

/** The parts, without the white space around a text that is nothing but one template. */
const trimmed = (parts: Part[]): Part[] => {
  const bare = parts.filter((part) => typeof part !== 'string' || part.trim() !== '')
  return bare.length === 1 && typeof bare[0] !== 'string' ? bare : parts
}

type Field = { path: string; source: string; parts: Part[]; fault: string | undefined }

const joinPath = (path: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? (path === '' ? key : `${path}.${key}`) : `${path}[${JSON.stringify(key)}]`

/** Every text of `value` that has a template in it. */
const fieldsOf = (value: unknown, path: string): Field[] => {
  if (typeof value === 'string') {
    if (!value.includes('{{')) return []
    const { parts, fault } = parseTemplate(value)
    return [{ path, source: value, parts, fault }]
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => fieldsOf(item, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, joinPath(path, key)))
}

const programsOf = (fields: readonly Field[]): string[] => [
  ...new Set(fields.flatMap(({ parts }) => parts.flatMap((part) => (typeof part === 'string' ? [] : [part.program])))),
]

/** What a program says of the case that a value is not there. */
const SAYS_OTHERWISE = /\/\/|\?|\bif\b/

/**
 * The secret that a program names and that is not there: nothing in its place would be typed, or sent, as if it were the secret. Behind a pipe
 * or in a call a path is relative to anything; there jq's null stands.
 */
const missingSecret = (program: string, variables: Variables, secrets: readonly SecretPath[]): string | undefined => {
  if (SAYS_OTHERWISE.test(program)) return undefined
  const head = program.slice(0, /\||\w\(/.exec(program)?.index)
  for (const [holder, name] of pathsIn(head)) {
    if (typeof name?.key !== 'string' || (holder?.key !== 'secrets' && holder?.key !== 'envs')) continue
    const values = variables[holder.key]
    const isSecret = secrets.some((path) => path[0] === holder.key && (path.length === 1 || path[1] === name.key))
    if (!isSecret || (typeof values === 'object' && values !== null && Object.hasOwn(values, name.key))) continue
    return holder.key === 'secrets' ? `there is no secret "${name.key}"` : `the secret variable "${name.key}" was not given when the run was started`
  }
  return undefined
}

/** What a program became: its value, how that value is shown, and whether a secret went into it by name. */
type Outcome = { value: unknown; shown: unknown; secret: boolean } | { error: string }

const outcomeOf = (program: string, result: JqResult, secrets: readonly SecretPath[]): Outcome => {
  if ('error' in result) return result
  if (result.values.length > 1) return { error: `gives ${result.values.length} values; wrap it in [ ] to get a list` }
  const value = result.values[0] ?? null
  const path = plainPath(program)
  if (path) {
    const below = secretsBelow(path.map(({ key }) => key), secrets)
    const shown = hideSecrets(value, below)
    return { value, shown, secret: value !== null && below.some((rest) => rest.length === 0) }
  }
  // What a program makes of a secret is anybody's guess: it is not shown at all.
  const named = pathsIn(program).some((steps) =>
    secretsBelow(steps.map(({ key }) => key), secrets).some((rest) => rest.length === 0))
  return { value, shown: named && value !== null ? REDACTED : value, secret: named && value !== null }
}

const evaluatePrograms = async (
  programs: readonly string[],
  variables: Variables,
  jq: JqEvaluate,
  secrets: readonly SecretPath[],
): Promise<Map<string, Outcome>> => {
  const outcomes = new Map<string, Outcome>()
  const forJq: string[] = []
  for (const program of programs) {
    const path = plainPath(program)
    const missing = secrets.length > 0 ? missingSecret(program, variables, secrets) : undefined
    if (missing !== undefined) outcomes.set(program, { error: missing })
    else if (path) outcomes.set(program, outcomeOf(program, walkPath(path, variables), secrets))
    else forJq.push(program)
  }
  const results = forJq.length > 0 ? await jq(forJq, variables) : []
  for (const [index, program] of forJq.entries())
    outcomes.set(program, outcomeOf(program, results[index] ?? { error: 'was not answered' }, secrets))
  return outcomes
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value))

/** `value` with each template replaced by what `pick` makes of its program. */
const fill = (value: unknown, pick: (program: string) => unknown): unknown => {
  if (typeof value === 'string') {
    if (!value.includes('{{')) return value
    const parts = trimmed(parseTemplate(value).parts)
    const [only] = parts
    if (only !== undefined && typeof only !== 'string' && parts.length === 1) return pick(only.program)
    return parts.map((part) => (typeof part === 'string' ? part : textOf(pick(part.program)))).join('')
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, pick))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, pick)]))
}

const braced = (program: string): string => {
  const bare = program.trim()
  return `{{ ${bare.length > 200 ? `${bare.slice(0, 200)}…` : bare} }}`
}

const templateFault = (path: string, message: string): Fault => ({ path, code: 'template_error', message })

/** The problem of these faults: says the first, counts the others, lists all. */
const templateProblem = (faults: readonly Fault[]) => {
  const [first] = faults
  const others = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return problem('template_error', `${first?.path}: ${first?.message}${others}`, { details: { faults } })
}

export type Evaluated = {
  value: unknown
  /** The same with `[redacted]` where a secret path was named; what else may hold a secret's value is for the redactor. */
  redacted: unknown
  /** Paths of the fields that a secret went into by name, such as `config.value`. */
  secretFields: string[]
}

export type EvaluateOptions = { path: string; secrets?: readonly SecretPath[] }

/**
 * Evaluates every template in `value` over the variables. `options.path` is what `value` is called in faults (`config`).
 * @throws Problem `template_error` with all faults in its details.
 */
export const evaluateTemplates = async (value: unknown, variables: Variables, jq: JqEvaluate, options: EvaluateOptions): Promise<Evaluated> => {
  const fields = fieldsOf(value, options.path)
  const unclosed = fields.flatMap(({ path, fault }) => (fault === undefined ? [] : [templateFault(path, fault)]))
  const outcomes = await evaluatePrograms(programsOf(fields), variables, jq, options.secrets ?? [])
  const inField = ({ parts }: Field): [string, Outcome][] =>
    parts.flatMap((part): [string, Outcome][] => {
      const outcome = typeof part === 'string' ? undefined : outcomes.get(part.program)
      return outcome && typeof part !== 'string' ? [[part.program, outcome]] : []
    })
  const failed = fields.flatMap((field) =>
    inField(field).flatMap(([program, outcome]) =>
      'error' in outcome ? [templateFault(field.path, `${braced(program)}: ${outcome.error}`)] : []))
  const faults = [...unclosed, ...failed]
  if (faults.length > 0) throw templateProblem(faults)

  const picked = (from: 'value' | 'shown') => (program: string) => {
    const outcome = outcomes.get(program)
    return outcome && 'value' in outcome ? outcome[from] : null
  }
  const evaluated = fill(value, picked('value'))
  const hidden = [...outcomes.values()].some((outcome) => 'value' in outcome && outcome.shown !== outcome.value)
  return {
    value: evaluated,
    redacted: hidden ? fill(value, picked('shown')) : evaluated,
    secretFields: fields.filter((field) => inField(field).some(([, outcome]) => 'secret' in outcome && outcome.secret)).map(({ path }) => path),
  }
}

/** Evaluates one program without braces, such as a condition, as a template that is nothing else would be. @throws Problem `template_error` */
export const evaluateProgram = async (program: string, variables: Variables, jq: JqEvaluate, path: string): Promise<unknown> => {
  const outcome = (await evaluatePrograms([program], variables, jq, [])).get(program)
  if (!outcome || 'error' in outcome) throw templateProblem([templateFault(path, `${braced(program)}: ${outcome?.error ?? 'was not answered'}`)])
  return outcome.value
}

/** What is wrong with the templates in `value`, found without running any. */
export const checkTemplates = async (value: unknown, compile: JqCompile, path: string): Promise<Fault[]> => {
  const fields = fieldsOf(value, path)
  const programs = programsOf(fields).filter((program) => !plainPath(program))
  const faults = new Map((programs.length > 0 ? await compile(programs) : []).map((fault, index) => [programs[index], fault]))
  return fields.flatMap(({ path: field, source, parts, fault }) => [
    ...parts.flatMap((part) => {
      const found = typeof part === 'string' ? null : faults.get(part.program)
      if (!found || typeof part === 'string') return []
      const lines = source.slice(0, part.at).split('\n').length - 1
      const line = found.position && source.includes('\n') ? ` (line ${lines + found.position.line})` : ''
      return [templateFault(field, `${braced(part.program)}: ${found.message}${line}`)]
    }),
    ...(fault === undefined ? [] : [templateFault(field, fault)]),
  ])
}

/** Which paths the templates in `value` name, field by field. Those of a `plain` program are its value; others may be relative to anything. */
export type TemplatePaths = { field: string; program: string; plain: boolean; paths: (string | number)[][] }

export const templatePaths = (value: unknown, path = ''): TemplatePaths[] =>
  fieldsOf(value, path).flatMap(({ path: field, parts }) =>
    parts.flatMap((part) =>
      typeof part === 'string'
        ? []
        : [{
            field,
            program: part.program.trim(),
            plain: plainPath(part.program) !== undefined,
            paths: pathsIn(part.program).map((steps) => steps.map(({ key }) => key)),
          }]))
