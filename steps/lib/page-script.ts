import { problem } from '../../runner/model/problem.ts'
import type { Json } from './step.ts'

/** Thrown in the page when the result is part of the page itself. */
const NO_JSON = 'errand: not JSON'

/**
 * What the author wrote, an expression or a function of `arg` that may use `await`, as one expression for `page.evaluate`, which hands its
 * result to `then`. It stands outside the function that runs it, so that no name of ours can shadow one of the page.
 */
function script(source: string, arg: Json, then: string): string {
  // The line break keeps a comment at the end from swallowing the bracket.
  const written = `async () => (${source.trim().replace(/;+$/, '')}\n)`
  return `(async (written, isOfPage) => {
    const run = async () => { const it = await written(); return typeof it === 'function' ? it(${JSON.stringify(arg)}) : it };
    ${then}
  })(${written}, (it) => it === window || typeof it?.nodeType === 'number')`
}

/** The result of the author's expression. */
export const pageScript = (source: string, arg: Json = null): string =>
  script(source, arg, `const result = await run(); if (isOfPage(result)) throw new TypeError('${NO_JSON}'); return result`)

/** What one try of an expression gave. */
export type Tried = { value?: unknown; thrown?: string }

/** The same for an expression that is tried until it is true: `app.ready` may throw while there is no `app`, and that only means "not yet". */
export const triedScript = (source: string): string =>
  script(source, null, 'try { const value = await run(); return { value: isOfPage(value) ? true : value } } catch (error) { return { thrown: String(error) } }')

/** A script's result as JSON: undefined is null, dates are text. @throws Problem `step_failed` for what JSON cannot hold */
export function toJson(value: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(value ?? null)) as Json
  } catch {
    throw notJson('it refers to itself or holds a number too large')
  }
}

const notJson = (why: string) => problem('step_failed', `The result of the expression is not JSON: ${why}.`, { retryable: false })

/** Rethrows what a script of the page threw, told from a fault of the step. */
export function scriptProblem(error: unknown): never {
  if (!(error instanceof Error)) throw error
  const thrown = /^page\.\w+: (.*?)(?:\n\s+at |$)/s.exec(error.message)?.[1]
  if (thrown?.includes(NO_JSON)) throw notJson('it is an element of the page; give its text or an attribute')
  if (thrown?.startsWith('SyntaxError')) throw problem('step_failed', `The expression cannot be read: ${thrown}.`, { retryable: false })
  throw error
}
