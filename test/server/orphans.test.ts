import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cancelRun } from '../../db/end-run.ts'
import { createFollowers } from '../../db/followers.ts'
import { startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'

const dataDir = tempDir()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({}, { dataDir })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

const LONG = { identifier: 'wait', config: { type: 'DELAY', ms: 600_000 } }
const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }
const call = (workflow: string, rest: Json = {}) => ({ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow, ...rest } })
const begin = async (identifier: string, definition: Json): Promise<string> => (await server.run((await server.save({ identifier, ...definition })).id)).id
const runsOf = async (workflow: string): Promise<Json[]> => (await server.call('GET', `/api/v1/workflow-runs?workflowId=${workflow}`)).body.workflowRuns as Json[]
/** The run of a workflow that only another run starts. */
const childOf = async (workflow: string): Promise<string> => {
  await expect.poll(() => runsOf(workflow)).toHaveLength(1)
  return (await runsOf(workflow))[0]!.id as string
}
const waiting = (id: string) => server.until(id, ({ status }) => status === 'waiting')
const cancel = (id: string, body: Json = {}) => server.call('POST', `/api/v1/workflow-runs/${id}/cancel`, body)

describe('a run that another waits for is cancelled', () => {
  test('with it, and so are those that it waits for in turn, for the same reason', async () => {
    await server.save({ identifier: 'last', nodes: [LONG] })
    await server.save({ identifier: 'middle', nodes: [call('last')] })
    const first = await begin('first', { nodes: [call('middle')] })
    const ids = [first, await childOf('middle'), await childOf('last')]
    for (const id of ids) await waiting(id)
    expect((await cancel(first, { reason: 'Changed my mind.' })).status).toBe(200)
    for (const id of ids) expect((await server.settled(id)).workflowRun).toMatchObject({ state: 'CANCELLED', error: { code: 'cancelled', message: 'Changed my mind.' } })
  })

  test('when it fails', async () => {
    await server.save({ identifier: 'beside', nodes: [LONG] })
    const fail = { identifier: 'fail', config: { type: 'FAIL', message: 'No.' } }
    const connections = [['trigger', 'call'], ['trigger', 'ask'], ['ask', 'fail']].map(([sourceIdentifier, targetIdentifier]) => ({ sourceIdentifier, targetIdentifier }))
    const parent = await begin('fails', { nodes: [{ identifier: 'trigger', config: { type: 'SELF_SERVE_TRIGGER' } }, call('beside'), ASK, fail], connections })
    const child = await childOf('beside')
    await server.until(parent, ({ state }) => state === 'AWAITING_USER_INPUT')
    await server.call('POST', `/api/v1/workflow-runs/${parent}/input`, { values: {} })
    expect((await server.settled(parent)).workflowRun).toMatchObject({ state: 'FAILED', error: { message: 'No.' } })
    expect((await server.settled(child)).workflowRun).toMatchObject({ state: 'CANCELLED', error: { message: 'The run that waited for this one has ended.' } })
  })

  test('not when it was only started', async () => {
    await server.save({ identifier: 'loose', nodes: [LONG] })
    const parent = await begin('starts', { nodes: [call('loose', { wait: false }), ASK] })
    await waiting(parent)
    const child = await childOf('loose')
    await waiting(child)
    await cancel(parent)
    // What is cancelled after this one was seen to be no orphan.
    await server.save({ identifier: 'tight', nodes: [LONG] })
    const other = await begin('waits', { nodes: [call('tight')] })
    await waiting(other)
    await cancel(other)
    await server.settled(await childOf('tight'))
    expect((await server.get(child)).workflowRun.state).toBe('AWAITING_EXTERNAL')
    await cancel(child)
  })

  test('by the next server, when the one before was killed in between', async () => {
    await server.save({ identifier: 'left', nodes: [LONG] })
    const parent = await begin('leaves', { nodes: [call('left')] })
    await waiting(parent)
    const child = await childOf('left')
    await waiting(child)
    const { db, clock } = server.server.services
    // Written, and nobody told of it.
    await cancelRun(db, createFollowers(), parent, { reason: 'Enough.', force: false, at: clock.now() })
    await server.server.stop()
    server = await startTestServer({}, { dataDir })
    expect((await server.settled(child)).workflowRun).toMatchObject({ state: 'CANCELLED', error: { message: 'Enough.' } })
  })
})

test('a run that is cancelled just before it starts another does not start it', async () => {
  const userInputs = { properties: { n: { type: 'number' } }, required: { jqQuery: '[]' } }
  await server.save({ identifier: 'never', nodes: [{ identifier: 'begin', config: { type: 'SELF_SERVE_TRIGGER', userInputs } }, LONG] })
  const { id: workflowId } = await server.save({ identifier: 'late', nodes: [call('never')] })
  const { jq } = server.server.services
  const { evaluate } = jq
  let goOn = (): void => undefined
  const cancelled = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const starting = new Promise<void>((resolve) => {
    jq.evaluate = async (...given) => {
      resolve()
      await cancelled
      return evaluate(...given)
    }
  })
  try {
    const { id } = await server.run(workflowId)
    await starting
    expect((await cancel(id)).body.state).toBe('CANCELLING')
    goOn()
    expect((await server.settled(id)).workflowRun.state).toBe('CANCELLED')
    expect(await runsOf('never')).toEqual([])
  } finally {
    Object.assign(jq, { evaluate })
  }
})
