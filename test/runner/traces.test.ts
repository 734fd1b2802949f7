import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'
import { unzip } from '../unzip.ts'

/** Which traces are kept, and that what is kept can be opened. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
beforeAll(async () => {
  house = await openHouse({}, { ownChromium: 'shell' })
})
afterAll(() => house[Symbol.asyncDispose]())

const open = (path: string, rest: Json = {}) => step('open', { type: 'NAVIGATE', url: `${house.portal.url}${path}` }, rest)
const click = step('click', { type: 'CLICK', target: 'h1' })
const retry = { maxAttempts: 3, backoffMs: 1 }
const secret = step('start', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } } } })
const flaky = () => open(`/flaky?fails=1&key=${Math.random()}`, { retry })

const tracesOf = async (nodes: Json[], trace: string | undefined, rest: { inputs?: Json } = {}): Promise<Map<string, Buffer>[]> => {
  const { workflowRun } = await house.finish(nodes, { ...rest, definition: trace === undefined ? {} : { settings: { trace } } })
  const { body } = await house.server.call('GET', `/api/v1/artifacts?workflowRunId=${workflowRun.id}&type=trace`)
  return Promise.all((body.artifacts as { signedUrl: string }[]).map(async ({ signedUrl }) => unzip(Buffer.from(await (await fetch(signedUrl)).arrayBuffer()))))
}
const actions = (files: Map<string, Buffer>): string[] => {
  const lines = files.get('trace.trace')!.toString('utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Json).filter(({ type }) => type === 'before').map(({ method, params }) => `${method} ${params?.url ?? ''}`.trim())
}

test.each<[trace: string | undefined, of: string, count: number]>([
  ['off', 'a run that is retried and fails', 0],
  ['on', 'a run that goes well', 1],
  ['on', 'a run with a secret', 1],
  ['on-failure', 'a run that goes well', 0],
  ['on-failure', 'a run that fails', 1],
  ['on-failure', 'a run with a secret that fails', 1],
  [undefined, 'a run that goes well', 0],
  [undefined, 'a run that is retried', 1],
  [undefined, 'a run with a secret that is retried', 1],
])('trace "%s" keeps of %s: %i', async (trace, what, count) => {
  const hasSecret = what.includes('secret')
  const first = what.includes('retried') ? flaky() : open('/console')
  const nodes = [...(hasSecret ? [secret] : []), first, click, ...(what.includes('fails') ? [step('fail', { type: 'FAIL', message: 'No.' })] : [])]
  const traces = await tracesOf(nodes, trace, hasSecret ? { inputs: { password: 'hunter2-hunter2' } } : {})
  expect(traces).toHaveLength(count)
  for (const files of traces) {
    expect([...files.keys()]).toEqual(expect.arrayContaining(['trace.trace', 'trace.network']))
    expect(actions(files).length).toBeGreaterThan(0)
    // From the first step on, where the whole run is recorded.
    if (trace !== undefined) expect(actions(files)[0]).toMatch(/^goto .*\/console$/)
  }
})

test('of a retried step it holds the attempts after the first', async () => {
  const [files] = await tracesOf([flaky(), click], undefined)
  expect(actions(files!).filter((action) => action.startsWith('goto'))).toHaveLength(1)
})

test('it is kept in parts where the run waits: what comes after the answer is recorded, too', async () => {
  const runId = await house.begin([open('/console'), step('ask', { type: 'USER_INPUT', title: 'Well?' }), click], { definition: { settings: { trace: 'on' } } })
  await house.server.until(runId, ({ state }) => state === 'AWAITING_USER_INPUT')
  await house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: {} })
  const { activityRuns } = await house.server.settled(runId)
  const parts = activityRuns.flatMap(({ artifacts }) => artifacts).filter(({ type }) => type === 'trace')
  expect(parts.map(({ displayName }) => displayName)).toEqual(['trace-1.zip', 'trace-2.zip'])
  const found = await Promise.all(parts.map(async ({ signedUrl }) => actions(await unzip(Buffer.from(await (await fetch(signedUrl)).arrayBuffer())))))
  expect(found[1]!.some((action) => action.startsWith('click'))).toBe(true)
})
