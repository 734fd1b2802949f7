import vm from 'node:vm'
import { compilePattern } from './model/user-input-checks.ts'

/**
 * Tests texts against a workflow author's regular expressions. An expression like `^(a+)+$` takes ages over forty letters, so a limit on length is no
 * guard: the test runs where it can be broken off (`vm` interrupts a running expression), and all tests of one call share a budget.
 */

const BUDGET_MS = 100
/** Longer texts are not tested at all. */
export const MAX_PATTERN_TEXT = 10_000

const script = new vm.Script('expression.test(text)')
const room = vm.createContext(Object.create(null))

export type PatternTest = (pattern: string, text: string) => boolean | 'too slow'

export const createPatternTest = (): PatternTest => {
  let leftMs = BUDGET_MS
  return (pattern, text) => {
    if (leftMs <= 0) return 'too slow'
    const started = performance.now()
    Object.assign(room, { expression: compilePattern(pattern) ?? /^/, text })
    try {
      return script.runInContext(room, { timeout: Math.ceil(leftMs) }) === true
    } catch (error) {
      // An error of that other room: no `instanceof` here.
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'too slow'
      throw error
    } finally {
      leftMs -= performance.now() - started
      Object.assign(room, { expression: null, text: '' })
    }
  }
}
