import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClock } from '../../../server/clock.ts'
import { startGate, type Gate } from '../../gate.ts'
import { startTestServer, type Json, type TestServer } from '../../harness.ts'
import { startPortal, type Portal } from '../../portal/portal.ts'

/** Port's two ways of cancelling: the node that runs may finish, or it ends now. */

let server: TestServer
let portal: Portal
let gate: Gate
beforeAll(async () => {
  ;[portal, gate] = await Promise.all([startPortal(), startGate()])
  // All of each delay, not a part of it by chance.
  server = await startTestServer({}, { clock: { ...createClock(), random: () => 0.999_999 } })
  const call = { identifier: 'call', config: { type: 'WEBHOOK', url: `${gate.url}/held` } }
  await server.save({ identifier: 'calls', nodes: [call, { identifier: 'after', config: { type: 'TRANSFORM', value: 1 } }] })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await portal.close()
  await gate[Symbol.asyncDispose]()
})

let calls = 0
const cancelledAt = async (query: string, answer: () => void = () => undefined) => {
  const { id } = await server.run('calls')
  await gate.arrived('/held', ++calls)
  expect((await server.call('POST', `/v1/workflows/runs/${id}/cancel${query}`)).status).toBe(200)
  answer()
  const { workflowRun, activityRuns } = await server.settled(id)
  expect(workflowRun.state).toBe('CANCELLED')
  return activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)
}

test('by default the node that runs comes to its end, and none begins after it', async () => {
  expect(await cancelledAt('', () => gate.open('/held'))).toEqual(['trigger completed', 'call completed'])
  gate.shut('/held')
})

/** When this has come to pass, the run is cancelled with leave to finish. @returns what its nodes came to */
const cancelledWhen = async (nodes: Json[], when: (activityRuns: Json[]) => boolean) => {
  const { id: workflowId } = await server.save({ identifier: `w-${nodes[0]!.identifier}`, nodes })
  const { id } = await server.run(workflowId)
  await server.until(id, (_run, activityRuns) => when(activityRuns))
  expect((await server.call('POST', `/v1/workflows/runs/${id}/cancel`)).status).toBe(200)
  const { workflowRun, activityRuns } = await server.settled(id)
  expect(workflowRun.state).toBe('CANCELLED')
  return activityRuns.map(({ stepId, attempt, status }) => `${stepId} ${attempt} ${status}`)
}

test('an attempt that has not begun is none that may finish: the wait for it ends at once', async () => {
  const again = { identifier: 'again', config: { type: 'WEBHOOK', url: `${portal.url}/status/503` }, retry: { maxAttempts: 2, backoffMs: 600_000, maxBackoffMs: 600_000 } }
  expect(await cancelledWhen([again], (all) => all.some(({ status }) => status === 'scheduled'))).toEqual(['trigger 1 completed', 'again 1 failed', 'again 2 cancelled'])
})

test('a loop is none either, only the node that it is at', async () => {
  const wait = { identifier: 'wait', config: { type: 'DELAY', ms: 4_900 } }
  const loop = { identifier: 'loop', config: { type: 'FOR_EACH', items: Array.from({ length: 100 }, (_, index) => index), nodes: [wait] } }
  const ended = await cancelledWhen([loop], (all) => all.some(({ stepId, status }) => stepId === 'wait' && status === 'waiting'))
  // How many rounds there were before somebody came to cancel says nothing.
  expect([...ended.slice(0, 2), ended.at(-1)]).toEqual(['trigger 1 completed', 'loop 1 cancelled', 'wait 1 cancelled'])
})

test('a node that begins in the moment after it does nothing', async () => {
  const { engine, jq } = server.server.services
  const { cancel } = engine
  const { evaluateAll } = jq
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const asked = new Promise<void>((resolve) => {
    jq.evaluateAll = async (...programs) => {
      resolve()
      await answered
      return evaluateAll(...programs)
    }
  })
  // The worker hears of it from the store alone.
  engine.cancel = async () => undefined
  try {
    await server.save({ identifier: 'late', nodes: [{ identifier: 'late', config: { type: 'UPSERT_ENTITY', blueprintIdentifier: 'late', mapping: { identifier: '{{ .inputs | length }}' } } }] })
    const { id } = await server.run('late')
    await asked
    expect((await server.call('POST', `/v1/workflows/runs/${id}/cancel`)).status).toBe(200)
    answer()
    const { workflowRun, activityRuns } = await server.settled(id)
    expect(workflowRun.state).toBe('CANCELLED')
    expect(activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)).toEqual(['trigger completed', 'late cancelled'])
    expect((await server.call('GET', '/v1/blueprints/late/entities')).body.entities).toEqual([])
  } finally {
    Object.assign(engine, { cancel })
    Object.assign(jq, { evaluateAll })
  }
})

test('with force it ends now', async () => {
  expect(await cancelledAt('?force=true')).toEqual(['trigger completed', 'call cancelled'])
})
