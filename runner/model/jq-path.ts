/**
 * Plain paths: jq programs that only point at a value, such as `.outputs.a["my-node"][0]`. Most templates are one, and walking them here
 * saves the trip to jq. They must give what jq gives, down to the text of its errors; whatever is not surely one of them is left to jq.
 */

export type PathStep = { key: string | number; optional: boolean }
export type Path = readonly PathStep[]

/** What a program gave, in the terms of jq: any number of values, or an error. */
export type JqResult = { values: unknown[] } | { error: string }

const space = '[ \\t\\r\\n]*'
const text = '"([^"\\\\\\u0000-\\u001f\\ud800-\\udfff]*)"'
const step = new RegExp(
  `(?:\\.([A-Za-z_][A-Za-z0-9_]*)|\\.${text}|\\.?\\[${space}${text}${space}\\]|\\.?\\[${space}(-?[1-9][0-9]{0,8}|0)${space}\\])(\\?)?`,
  'y',
)

/** The longest path that starts at the `.` at `at`, and where it ends; no steps when there is none. */
export const readPath = (program: string, at: number): { path: Path; end: number } => {
  const path: PathStep[] = []
  let end = at
  for (step.lastIndex = at; program[at] === '.'; end = step.lastIndex) {
    const found = step.exec(program)
    if (!found) break
    const [, name, quoted, bracketed, index, optional] = found
    path.push({ key: name ?? quoted ?? bracketed ?? Number(index), optional: optional !== undefined })
  }
  return { path, end }
}

/** The path that `program` is, or undefined when jq has to say what it is. */
export const plainPath = (program: string): Path | undefined => {
  const bare = program.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
  if (bare === '.') return []
  const { path, end } = readPath(bare, 0)
  return path.length > 0 && end === bare.length ? path : undefined
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

/** Follows `path` into `value` as jq does: nothing is null, and what cannot be looked into is an error, or no value at all with a `?`. */
export const walkPath = (path: Path, value: unknown): JqResult => {
  let at: unknown = value ?? null
  for (const { key, optional } of path) {
    if (at === null) continue
    if (typeof key === 'number' && Array.isArray(at)) at = (at as unknown[]).at(key) ?? null
    else if (typeof key === 'string' && typeof at === 'object' && !Array.isArray(at))
      at = Object.hasOwn(at, key) ? ((at as Record<string, unknown>)[key] ?? null) : null
    else if (optional) return { values: [] }
    else return { error: `Cannot index ${kindOf(at)} with ${typeof key === 'number' ? 'number' : `string "${key}"`}` }
  }
  return { values: [at] }
}
