import type { JqResult } from './jq-path.ts'

/** How jq left: its exit status (3: the program does not compile), or why it was ended. */
export type JqExit = { status: number; output: string; errors: string } | { broken: 'time' | 'memory' | 'output' | 'crash' }

/** Why a program does not compile. `line` counts from 1 within the program. */
export type JqFault = { message: string; position?: { line: number } }

/** One kind of question about programs: how several are put into one, and how jq's answer is read. */
export type JqQuestion<Answer> = {
  join(programs: readonly string[]): string
  /** The answers of a joined program; undefined when one of the programs spoilt it, and they must be asked about one by one. */
  split(exit: JqExit, count: number): Answer[] | undefined
  read(exit: JqExit): Answer
  refuse(message: string): Answer
}

const maxMessageLength = 500

export const shortened = (message: string): string =>
  message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message

const brokenMessage: Record<Extract<JqExit, { broken: string }>['broken'], string> = {
  time: 'ran longer than 1 s',
  memory: 'needed more than 256 MB of memory',
  output: 'gave more than 16 MB or 100,000 values',
  crash: 'is more than jq can take',
}

/** jq knows larger numbers than JavaScript; it gives the largest of ours where it has to. */
const parse = (json: string): unknown =>
  /\dE\+?\d{3}/i.test(json)
    ? JSON.parse(json, (_key, value: unknown) =>
        value === Infinity ? Number.MAX_VALUE : value === -Infinity ? -Number.MAX_VALUE : value)
    : JSON.parse(json)

/** The faults jq names: each on a line that starts with `jq: error: `, followed by the program it is in. */
const compileFault = (errors: string): JqFault => {
  const found = [...errors.matchAll(/^jq: error: (.+?)(?: at <top-level>, line (\d+):)?$/gm)]
  const messages = found.map(([, message = '']) => message.replace(/ \((?:Unix shell quoting issues\?|Could not expand .*)\)$/, ''))
  const line = found.find((fault) => fault[2] !== undefined)?.[2]
  return {
    message: shortened(messages.join('; ') || 'does not compile'),
    ...(line === undefined ? {} : { position: { line: Number(line) } }),
  }
}

const runtimeError = (errors: string): string => {
  const at = errors.lastIndexOf('jq: error (at ')
  return shortened((at < 0 ? errors : errors.slice(at)).replace(/^jq: error \(at [^)]*\)(?: \(not a string\))?: /, '').trim())
}

/** What is wrong with a program that does not compile. `halt_error(3)` leaves with the same status, but without jq's words. */
const faultIn = (exit: { status: number; errors: string }): JqFault | null =>
  exit.status === 3 && exit.errors.startsWith('jq: error: ') ? compileFault(exit.errors) : null

/** What do the programs give? */
export const evaluation: JqQuestion<JqResult> = {
  join: (programs) => programs.map((program) => `(try {v: [${program}\n]} catch {e: .})`).join(','),

  split(exit, count) {
    if ('broken' in exit || exit.status !== 0) return undefined
    const lines = exit.output.trimEnd().split('\n')
    if (lines.length !== count) return undefined
    try {
      return lines.map((line) => {
        const { v, e } = parse(line) as { v?: unknown[]; e?: unknown }
        return v ? { values: v } : { error: shortened(typeof e === 'string' ? e : JSON.stringify(e)) }
      })
    } catch {
      return undefined
    }
  },

  read(exit) {
    if ('broken' in exit) return { error: brokenMessage[exit.broken] }
    const fault = faultIn(exit)
    if (fault) return { error: fault.message }
    if (exit.status !== 0) return { error: runtimeError(exit.errors) || `ended with status ${exit.status}` }
    try {
      return { values: parse(`[${exit.output.trimEnd().replaceAll('\n', ',')}]`) as unknown[] }
    } catch {
      return { error: 'gives a value that is nested too deep' } // jq leaves out what lies below its depth limit
    }
  },

  refuse: (message) => ({ error: message }),
}

/** Do the programs compile? Asked with no input at all, so that nothing runs. */
export const compilation: JqQuestion<JqFault | null> = {
  join: (programs) => programs.map((program) => `[${program}\n]`).join(','),
  split: (exit, count) => ('status' in exit && exit.status === 0 ? Array<null>(count).fill(null) : undefined),
  read: (exit) => ('broken' in exit ? { message: brokenMessage[exit.broken] } : faultIn(exit)),
  refuse: (message) => ({ message }),
}
