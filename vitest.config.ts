import { defineConfig } from 'vitest/config'
import type { Reporter } from 'vitest/reporters'

/** One plain last line for whoever reads the output by machine: `41 passed, 0 failed, 2 skipped`. */
const closingLine: Reporter = {
  onTestRunEnd(modules, errors) {
    let passed = 0
    let skipped = 0
    let failed = errors.length
    for (const file of modules) {
      const before = failed
      for (const test of file.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') passed++
        else if (state === 'failed') failed++
        else skipped++
      }
      // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
      if (file.state() === 'failed' && failed === before) failed++
    }
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    process.stdout.write(`\n${line}\n`)
  },
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // A worker keeps what it has imported: to do it anew for every file took half of the suite's processor time.
    isolate: false,
    // Each file may start a Chromium and a server of its own: more than two at once only makes them slow.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // Real browsers and processes on a shared machine: where nobody watches, a test may be unlucky once. Twice is a fault.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default', closingLine],
  },
})
