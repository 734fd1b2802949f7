import vm from 'node:vm'
import { compilePattern } from './model/user-input-checks.ts'

/**
 * Tests texts against a workflow author's regular expressions. An expression like `^(a+)+$` takes ages over forty letters, so a limit on length is no
 * guard: the test runs where it can be broken off (`vm` interrupts a running expression), and all tests of one call share a budget of processor time.
 */

const BUDGET_MS = 100
/** A test that was broken off without having used its time was kept waiting by other work on the machine: it begins anew, this often. */
const MAX_TRIES = 20
/** Longer texts are not tested at all. */
export const MAX_PATTERN_TEXT = 10_000

const script = new vm.Script('expression.test(text)')
const room = vm.createContext(Object.create(null))

export type PatternTest = (pattern: string, text: string) => boolean | 'too slow'

/** What the processor has spent on this process; what it spends on others meanwhile is not the expression's fault. */
const spentMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export const createPatternTest = (): PatternTest => {
  let leftMs = BUDGET_MS
  const tryOnce = (): boolean | 'broken off' => {
    const started = spentMs()
    try {
      return script.runInContext(room, { timeout: Math.ceil(leftMs) }) === true
    } catch (error) {
      // An error of that other room: no `instanceof` here.
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'broken off'
      throw error
    } finally {
      leftMs -= spentMs() - started
    }
  }
  return (pattern, text) => {
    Object.assign(room, { expression: compilePattern(pattern) ?? /^/, text })
    try {
      for (let tries = 0; leftMs > 0 && tries < MAX_TRIES; tries++) {
        const result = tryOnce()
        if (result !== 'broken off') return result
      }
      return 'too slow'
    } finally {
      Object.assign(room, { expression: null, text: '' })
    }
  }
}
