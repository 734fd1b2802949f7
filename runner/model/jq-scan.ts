import { type Path, plainPath, readPath } from './jq-path.ts'

/**
 * Reads jq programs just far enough to know where one ends, what it names, and whether it can stand beside another. Whether it is right
 * is for jq to say.
 */

const opens: Record<string, string> = { ')': '(', ']': '[', '}': '{' }

/** Looks at a character of code (not of a text or a comment) before it is counted: an index to go on from instead, or 'stop'. */
type Look = (at: number, top: string | undefined) => number | 'stop' | undefined

/** Goes through the code of a program. Texts are left out, what is interpolated into them is not. */
const scan = (program: string, from: number, look: Look): { at: number; open: string[]; crossed: boolean } => {
  const open: string[] = []
  let crossed = false
  let at = from
  for (; at < program.length; at++) {
    const char = program.charAt(at)
    const top = open.at(-1)
    if (top === '"') {
      if (char === '"') open.pop()
      else if (char === '\\' && program[++at] === '(') open.push('(')
      continue
    }
    const seen = look(at, top)
    if (seen === 'stop') break
    if (seen !== undefined) at = seen - 1
    else if ('"([{'.includes(char)) open.push(char)
    else if (opens[char] === undefined) continue
    else if (top === opens[char]) open.pop()
    else crossed = true
  }
  return { at, open, crossed }
}

/** Where the comment at `at` ends: with its line, or before the braces that close the template. */
const afterComment = (program: string, at: number): number => {
  const end = /\n|\}\}/.exec(program.slice(at))
  return end ? at + end.index : program.length
}

/** Where the `}}` is that closes the template whose program starts at `from`, and what is still open there; -1 when nothing closes it. */
export const programEnd = (source: string, from: number): { end: number; inText: boolean } => {
  const { at: end, open } = scan(source, from, (at, top) => {
    if (source[at] === '#') return afterComment(source, at)
    // A `}` that no `{` waits for can only be ours. What else is still open then is a mistake that jq tells better.
    return source[at] === '}' && source[at + 1] === '}' && top !== '{' ? 'stop' : undefined
  })
  return { end: end < source.length ? end : -1, inText: open.at(-1) === '"' }
}

/** Every path that a program names, as far as can be seen without running it: `.a.b | map(.c)` names `.a.b` and `.c`. */
export const pathsIn = (program: string): Path[] => {
  const plain = plainPath(program)
  if (plain) return [plain]
  const paths: Path[] = []
  scan(program, 0, (at) => {
    if (program[at] === '#') return afterComment(program, at)
    if (program[at] !== '.' || /[\w.)\]}"?$]/.test(program.charAt(at - 1))) return undefined
    const { path, end } = readPath(program, at)
    if (path.length > 0) paths.push(path)
    return end > at ? end : undefined
  })
  return paths
}

/** What ends all programs at once, may only stand at the start, tells where it stands, or may hide the bracket that follows. */
const reaching = /\b(?:halt|halt_error|import|include|module|__loc__)\b|#/

/** Whether the program means the same between brackets beside other programs as it does alone. */
export const isSelfContained = (program: string): boolean => {
  const { open, crossed } = scan(program, 0, () => undefined)
  return open.length === 0 && !crossed && !reaching.test(program)
}
