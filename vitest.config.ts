import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
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

/** Where most of the time goes. What is long comes first, so that no worker is still at it when the others have nothing left; vitest knows it only from the run before. */
const LONG = ['runner/session-logins', 'runner/kill-loop', 'web/', 'steps/download', 'runner/job-kill', 'runner/jq', 'runner/browser-deaths', 'runner/restart', 'demo', 'portal', 'runner/', 'steps/']
const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((start) => moduleId.includes(`/test/${start}`))
  return at < 0 ? LONG.length : at
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/temp-folder.ts',
    environment: 'node',
    pool: 'forks',
    // Tests leave much behind that is soon garbage: with room for it, it is looked through less often.
    execArgv: ['--max-semi-space-size=64'],
    // A worker keeps what it has imported: to do it anew for every file took half of the suite's processor time.
    isolate: false,
    // One more than there are processors, because most files also wait; each has a Chromium and a server of its own.
    maxWorkers: Math.min(availableParallelism() + 1, 6),
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // Real browsers and processes on a shared machine: where nobody watches, a test may be unlucky once. Twice is a fault.
    retry: process.env.CI ? 1 : 0,
    reporters: ['default', closingLine],
  },
})
