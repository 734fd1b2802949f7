import { expect, test } from 'vitest'
import runWorkflow from '../../steps/control/run-workflow.ts'
import { fakeContext, problemOf } from '../fake-context.ts'

const config = runWorkflow.config.parse({ workflow: 'other', inputs: { n: 1 } })

test('waits for the run that it starts', async () => {
  expect(await runWorkflow.run(fakeContext(), config)).toEqual({ type: 'wait', wait: { type: 'child', workflow: 'other', inputs: { n: 1 } } })
})

test('with wait false it only starts it', async () => {
  const started: unknown[] = []
  const startRun = async (...given: unknown[]) => {
    started.push(given)
    return { runId: 'r' }
  }
  expect(await runWorkflow.run(fakeContext({ startRun }), { ...config, wait: false })).toEqual({ type: 'done', output: { runId: 'r' } })
  expect(started).toEqual([['other', { n: 1 }]])
})

test('what the run put out is what it puts out', async () => {
  expect(await runWorkflow.resume!(fakeContext(), config, { type: 'external', result: 'SUCCESS', output: { runId: 'r' }, message: null })).toEqual({ type: 'done', output: { runId: 'r' } })
})

test.each([
  ['FAILED', 'It broke.', 'It broke.'],
  ['FAILED', null, 'The run of other failed.'],
  ['CANCELLED', null, 'The run of other was cancelled.'],
] as const)('a run that ended as %s (%s) fails the node', async (result, message, shown) => {
  const problem = await problemOf(async () => runWorkflow.resume!(fakeContext(), config, { type: 'external', result, output: null, message }))
  expect(problem.code).toBe('step_failed')
  expect(problem.message).toBe(shown)
})
