import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../harness.ts'
import { startPortal, type Portal } from '../../portal/portal.ts'

/** Port's two ways of cancelling: the node that runs may finish, or it ends now. */

let server: TestServer
let portal: Portal
beforeAll(async () => {
  portal = await startPortal()
  server = await startTestServer()
  const call = { identifier: 'call', config: { type: 'WEBHOOK', url: `${portal.url}/hook/slow?ms=1500` } }
  await server.save({ identifier: 'calls', nodes: [call, { identifier: 'after', config: { type: 'TRANSFORM', value: 1 } }] })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await portal.close()
})

const cancelledAt = async (query: string) => {
  portal.reset()
  const { id } = await server.run('calls')
  await portal.until(() => portal.open().length === 1)
  expect((await server.call('POST', `/v1/workflows/runs/${id}/cancel${query}`)).status).toBe(200)
  const { workflowRun, activityRuns } = await server.settled(id)
  expect(workflowRun.state).toBe('CANCELLED')
  return activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)
}

test('by default the node that runs comes to its end, and none begins after it', async () => {
  expect(await cancelledAt('')).toEqual(['trigger completed', 'call completed'])
})

test('with force it ends now', async () => {
  expect(await cancelledAt('?force=true')).toEqual(['trigger completed', 'call cancelled'])
})
