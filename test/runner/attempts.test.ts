import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { loadCatalog } from '../../runner/catalog.ts'
import { problem } from '../../runner/model/problem.ts'
import { createClock } from '../../server/clock.ts'
import { defineStep, done, type Step } from '../../steps/lib/step.ts'
import { collectGarbage } from '../garbage.ts'
import { startGate } from '../gate.ts'
import { openHouse, type House } from '../house.ts'

/** Steps that the catalogue has not: one that never ends whatever it is told, and one that fails in a way nobody foresaw. */
const STUBBORN = defineStep({ summary: 'Never end.', config: z.strictObject({}), run: () => new Promise(() => undefined) })
const BROKEN = defineStep({
  summary: 'Throw what is no Problem.',
  config: z.strictObject({}),
  run: () => {
    throw new TypeError('inner text that nobody outside may see')
  },
})
const COUNTED = defineStep({
  summary: 'Succeed at the n-th attempt.',
  config: z.strictObject({ fails: z.int(), key: z.string() }),
  run: (_context, { fails, key }) => {
    const count = (tries.get(key) ?? 0) + 1
    tries.set(key, count)
    if (count <= fails) throw problem('step_failed', 'Not yet.')
    return done({ count })
  },
})
const tries = new Map<string, number>()
const LISTENING = defineStep({
  summary: 'Leave a listener behind.',
  config: z.strictObject({}),
  run: (context) => {
    contexts.push(new WeakRef(context))
    context.signal.addEventListener('abort', () => context.now())
    return done({})
  },
})
const contexts: WeakRef<object>[] = []

// A machine may be busy with other things; states are waited for, not times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
beforeAll(async () => {
  const catalog = new Map([...(await loadCatalog()), ...Object.entries<Step>({ STUBBORN, BROKEN, COUNTED, LISTENING } as never)])
  // All of each delay, not a part of it by chance.
  house = await openHouse({ MAX_CONCURRENT_RUNS: '4' }, { catalog, clock: { ...createClock(), random: () => 0.999_999 } })
})
afterAll(() => house[Symbol.asyncDispose]())

const open = (path: string, rest: object = {}) => ({ identifier: 'open', config: { type: 'NAVIGATE', url: `${house.portal.url}${path}` }, ...rest })
const quickRetry = { maxAttempts: 3, backoffMs: 20 }

describe('retries', () => {
  test('each attempt is its own row: it failed, the next was scheduled, then ran', async () => {
    const { workflowRun, activityRuns } = await house.finish([open('/flaky?key=retries&fails=2', { retry: quickRetry })])
    expect(workflowRun.state).toBe('COMPLETED')
    const attempts = activityRuns.filter(({ stepId }) => stepId === 'open')
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([[1, 'failed'], [2, 'failed'], [3, 'completed']])
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(3)
    expect(attempts[0]!.error).toMatchObject({ code: 'step_failed', stepId: 'open', attempt: 1, activityRunId: attempts[0]!.id, details: { status: 503 } })
    const told = (await house.events(workflowRun.id)).filter(({ data }) => data.stepId === 'open' && 'status' in data).map(({ data }) => `${data.attempt} ${data.status}`)
    expect(told).toEqual(['1 running', '1 failed', '2 scheduled', '2 running', '2 failed', '3 scheduled', '3 running', '3 completed'])
  })

  test('end with maxAttempts, and the run fails with the last problem', async () => {
    const { workflowRun, activityRuns } = await house.finish([open('/status/503', { retry: quickRetry })])
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', stepId: 'open', attempt: 3 } })
    expect(activityRuns.filter(({ stepId }) => stepId === 'open')).toHaveLength(3)
  })

  test('are not for what another attempt cannot help', async () => {
    const { activityRuns, workflowRun } = await house.finish([open('/status/404', { retry: quickRetry })])
    expect(activityRuns.filter(({ stepId }) => stepId === 'open')).toHaveLength(1)
    expect(workflowRun.error).toMatchObject({ code: 'step_failed', attempt: 1 })
  })

  test('wait as long as the other side asks, within bounds', async () => {
    const hook = { identifier: 'call', config: { type: 'WEBHOOK', url: `${house.portal.url}/status/429?retryAfter=600` }, retry: { maxAttempts: 2, backoffMs: 1, maxBackoffMs: 30 } }
    const { activityRuns } = await house.finish([hook])
    const [first, second] = activityRuns.filter(({ stepId }) => stepId === 'call')
    expect(Date.parse(second!.startedAt!) - Date.parse(first!.completedAt!)).toBeGreaterThanOrEqual(30)
  })
})

describe('onFailure: continue', () => {
  test('keeps the attempt failed, gives its error to later nodes, and the run goes on', async () => {
    const { workflowRun, activityRuns } = await house.finish([
      open('/status/404', { onFailure: 'continue' }),
      { identifier: 'after', config: { type: 'TRANSFORM', value: { code: '{{ .outputs.open.error.code }}' } } },
    ])
    expect(workflowRun.state).toBe('COMPLETED')
    expect(workflowRun.error).toBeNull()
    expect(workflowRun.outputs).toMatchObject({ open: { error: { code: 'step_failed' } }, after: { code: 'step_failed' } })
    expect(activityRuns.map(({ stepId, status }) => [stepId, status])).toEqual([['trigger', 'completed'], ['open', 'failed'], ['after', 'completed']])
  })

  test('an address that does not answer does not disturb the next one', async () => {
    const closed = await startGate()
    await closed[Symbol.asyncDispose]()
    const nowhere = { identifier: 'nowhere', config: { type: 'NAVIGATE', url: closed.url }, onFailure: 'continue' }
    const { workflowRun } = await house.finish([nowhere, open('/console')], { definition: { settings: { screenshots: 'off' } } })
    expect(workflowRun.error).toBeNull()
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { nowhere: { error: { code: 'step_failed' } }, open: { status: 200 } } })
  })

  test('comes after the retries', async () => {
    const { activityRuns, workflowRun } = await house.finish([open('/status/500', { onFailure: 'continue', retry: { maxAttempts: 2, backoffMs: 1 } })])
    expect(workflowRun.state).toBe('COMPLETED')
    expect(activityRuns.filter(({ status }) => status === 'failed')).toHaveLength(2)
  })
})

describe('time limits', () => {
  test('a page that never comes: step_timeout, naming the address', async () => {
    const { workflowRun } = await house.finish([open('/console'), { ...open('/never', { timeoutMs: 1000 }), identifier: 'never' }])
    expect(workflowRun.error).toMatchObject({ code: 'step_timeout', stepId: 'never', message: expect.stringContaining('/never') })
    await house.portal.until(() => house.portal.open().length === 0)
  })

  test('a step that heeds nothing is left behind, and the run goes on', async () => {
    const { workflowRun } = await house.finish([{ identifier: 'stuck', config: { type: 'STUBBORN' }, timeoutMs: 200, onFailure: 'continue' }, open('/console')])
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { stuck: { error: { code: 'step_timeout' } } } })
  })

  test('an endless script in the page: the page is usable for the next attempt', async () => {
    const { workflowRun, activityRuns } = await house.finish([
      open('/storage'),
      // The first attempt freezes the page that it finds; the second finds the flag that the first one left.
      {
        identifier: 'spin',
        config: { type: 'EVALUATE', expression: '() => { if (localStorage.getItem("spun")) return document.title; localStorage.setItem("spun", "yes"); for (;;) {} }' },
        timeoutMs: 700,
        retry: { maxAttempts: 2, backoffMs: 1 },
      },
    ])
    expect(activityRuns.filter(({ stepId }) => stepId === 'spin').map(({ status, error }) => [status, error?.code])).toEqual([['failed', 'step_timeout'], ['completed', undefined]])
    expect(workflowRun.outputs).toMatchObject({ spin: { value: expect.stringContaining('Storage') } })
  })

  test('the whole run: run_timeout, and what was at work is closed', async () => {
    const { workflowRun, activityRuns } = await house.finish([open('/never')], { definition: { settings: { runTimeoutMs: 400 } } })
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'run_timeout', stepId: null } })
    expect(activityRuns.at(-1)).toMatchObject({ stepId: 'open', status: 'cancelled', error: { code: 'interrupted' } })
  })

  test('the whole run, in a step that heeds nothing', async () => {
    const { workflowRun } = await house.finish([{ identifier: 'stuck', config: { type: 'STUBBORN' } }], { definition: { settings: { runTimeoutMs: 200 } } })
    expect(workflowRun.error).toMatchObject({ code: 'run_timeout' })
  })

  test('the whole run, in a wait for the next attempt', async () => {
    const { workflowRun, activityRuns } = await house.finish([{ identifier: 'slow', config: { type: 'COUNTED', fails: 9, key: 'slow' }, retry: { maxAttempts: 9, backoffMs: 60_000, backoffFactor: 1 } }], {
      definition: { settings: { runTimeoutMs: 600 } },
    })
    expect(workflowRun.error).toMatchObject({ code: 'run_timeout' })
    expect(activityRuns.filter(({ status }) => !['completed', 'failed', 'cancelled'].includes(status))).toEqual([])
  })
})

describe('ends', () => {
  test('NO_ACTION: completed with no action taken, and later nodes never run', async () => {
    const { workflowRun, activityRuns } = await house.finish([{ identifier: 'nothing', config: { type: 'NO_ACTION', reason: 'all paid' } }, { identifier: 'later', config: { type: 'FAIL', message: 'x' } }])
    expect(workflowRun).toMatchObject({ state: 'COMPLETED_WITH_NO_ACTION_TAKEN', status: 'completed', error: null, outputs: { nothing: { reason: 'all paid' } } })
    expect(activityRuns.map(({ stepId }) => stepId)).toEqual(['trigger', 'nothing'])
  })

  test('FAIL: failed with its message', async () => {
    const { workflowRun, activityRuns } = await house.finish([{ identifier: 'stop', config: { type: 'FAIL', message: 'Balance is {{ 3 * 4 }}' } }])
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', message: 'Balance is 12', stepId: 'stop' } })
    expect(activityRuns.at(-1)).toMatchObject({ status: 'failed', error: { code: 'step_failed' } })
  })

  test('a fault of our own is internal, and its inner text stays inside', async () => {
    const { workflowRun } = await house.finish([{ identifier: 'broken', config: { type: 'BROKEN' } }])
    expect(workflowRun.error).toMatchObject({ code: 'internal', message: 'Internal error.' })
    expect(JSON.stringify(workflowRun)).not.toContain('inner text')
  })
})

describe('templates', () => {
  const transform = (value: unknown, rest: object = {}) => ({ identifier: 'make', config: { type: 'TRANSFORM', value }, ...rest })

  test.each([
    ['a program error', { total: '{{ .inputs.name | tonumber }}' }, 'config.value.total', '.inputs.name | tonumber'],
    ['a program that never ends', { total: ['{{ [recurse(.)] }}'] }, 'config.value.total[0]', 'recurse'],
  ])('%s: template_error, naming the field and the program, not tried again', async (_name, value, path, program) => {
    const { workflowRun, activityRuns } = await house.finish([transform(value, { retry: quickRetry })], { inputs: { name: 'Ada' } })
    expect(workflowRun.error).toMatchObject({ code: 'template_error', stepId: 'make' })
    expect(JSON.stringify(workflowRun.error)).toContain(path)
    expect(workflowRun.error!.message).toContain(program)
    expect(activityRuns.filter(({ stepId }) => stepId === 'make')).toHaveLength(1)
  })

  test('what they give is checked like what was written: validation_failed, naming the field', async () => {
    const { workflowRun } = await house.finish([{ identifier: 'open', config: { type: 'NAVIGATE', url: '{{ .inputs.url }}', waitUntil: '{{ .inputs.until }}' } }], { inputs: { url: 'file:///etc/passwd', until: 'tomorrow' } })
    expect(workflowRun.error).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(/config\.url.*config\.waitUntil/) })
  })

  test('variables take the place of the output, and see it as .response and .result.response', async () => {
    const { workflowRun } = await house.finish([
      transform({ a: 1, b: [2, 3] }, { variables: { sum: '{{ .response.a + .result.response.b[1] }}', who: '{{ .inputs.name }}' } }),
      { identifier: 'after', config: { type: 'TRANSFORM', value: '{{ .outputs.make }}' } },
    ], { inputs: { name: 'Ada' } })
    expect(workflowRun.outputs).toMatchObject({ make: { sum: 4, who: 'Ada' }, after: { sum: 4, who: 'Ada' } })
  })

  test('an error in variables is told there', async () => {
    const { workflowRun } = await house.finish([transform({ a: 'x' }, { variables: { n: '{{ .response.a | tonumber }}' } })])
    expect(workflowRun.error).toMatchObject({ code: 'template_error' })
    expect(JSON.stringify(workflowRun.error)).toContain('variables.n')
  })

  test('a bare value becomes {value}, and the run, the workflow and the environment can be named', async () => {
    const { workflowRun } = await house.finish([transform('{{ [.run.id, .workflow.version, .envs.CITY, .inputs.trigger] }}')], { inputs: { trigger: 1 }, definition: { envs: [{ name: 'CITY', value: 'Oslo' }] } })
    expect(workflowRun.outputs).toMatchObject({ make: { value: [workflowRun.id, 1, 'Oslo', 1] } })
  })
})

test('what an attempt held is free when its run has ended, also when its step goes on listening', async () => {
  contexts.length = 0
  for (let n = 0; n < 4; n++) await house.finish([{ identifier: 'listen', config: { type: 'LISTENING' } }])
  expect(contexts).toHaveLength(4)
  // What was last at work may still lie on a stack.
  await expect
    .poll(() => {
      collectGarbage()
      return contexts.filter((context) => context.deref()).length
    }, { interval: 20 })
    .toBeLessThanOrEqual(1)
})

test('the name of the state is the one that the node gives, else its identifier, and stays after the end', async () => {
  const runId = await house.begin([open('/console', { stateName: 'opening_console' }), { identifier: 'pause', config: { type: 'DELAY', ms: 300 } }, { identifier: 'done', stateName: 'all_done', config: { type: 'TRANSFORM', value: 1 } }])
  expect((await house.server.until(runId, (_run, activities) => activities.some(({ stepId }) => stepId === 'open'))).workflowRun.currentStateName).toMatch(/opening_console|pause/)
  expect((await house.server.until(runId, (_run, activities) => activities.some(({ stepId, status }) => stepId === 'pause' && status === 'waiting'))).workflowRun.currentStateName).toBe('pause')
  expect((await house.server.settled(runId)).workflowRun.currentStateName).toBe('all_done')
  const names = (await house.events(runId)).filter(({ type }) => type.startsWith('run.') || type === 'activity.started').map(({ data }) => data.currentStateName)
  expect([...new Set(names)]).toEqual([null, 'trigger', 'opening_console', 'pause', 'all_done'])
})
