import { spawn, spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '../../../db/api-keys.ts'
import { newApiKey } from '../../../server/api-key.ts'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'

/** Port's documented example of an external system: called by a WEBHOOK node, it reports before it answers. */

const SCRIPT = fileURLToPath(new URL('process_webhook.py', import.meta.url))
const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0

type WebhookData = { context: { workflowRunId: string; nodeRunId: string }; payload: { name: string; fail: boolean } }
type Credentials = { id: string; key: string }

let server: TestServer
let credentials: Credentials
let outside: Server
/** What the system outside does with a call; it answers when that is done. */
let process: (data: WebhookData) => Promise<void>

beforeAll(async () => {
  server = await startTestServer()
  const { db, clock } = server.server.services
  const { key, hash } = newApiKey()
  credentials = { id: clock.newId(), key }
  await createApiKey(db, { id: credentials.id, org: 'default', name: null, role: 'member', isMachine: true, hash, createdAt: clock.now(), expiresAt: null })
  outside = createServer((request, response) => {
    void text(request)
      .then((body) => process(JSON.parse(body) as WebhookData))
      .then(() => response.end('{}'), (error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  const { port } = outside.address() as AddressInfo
  await server.save(
    linear('example', [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { name: { type: 'string' }, fail: { type: 'boolean', default: false } }, required: ['name'] } } },
      { identifier: 'create_resource', config: { type: 'WEBHOOK', url: `http://127.0.0.1:${port}/`, synchronized: false, body: { name: '{{ .inputs.name }}', fail: '{{ .inputs.fail }}' } } },
      { identifier: 'notify', config: { type: 'TRANSFORM', value: { resourceId: '{{ .outputs.create_resource.resourceId }}' } } },
    ]),
  )
})
afterAll(async () => {
  outside.close()
  await server[Symbol.asyncDispose]()
})

const runPython = (data: WebhookData): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn('python3', [SCRIPT, server.url, credentials.id, credentials.key], { stdio: ['pipe', 'ignore', 'pipe'], env: { PATH: globalThis.process.env.PATH, NO_PROXY: '*' } })
    const errors = text(child.stderr)
    child.on('error', reject)
    child.on('close', (code) => void errors.then((said) => (code === 0 ? resolve() : reject(new Error(said)))))
    child.stdin.end(JSON.stringify(data))
  })

/** The same requests, byte for byte. */
const sendTheSame = async ({ context, payload }: WebhookData): Promise<void> => {
  const update = async (body: string) => {
    const { body: token } = await server.call('POST', '/v1/auth/access_token', { clientId: credentials.id, clientSecret: credentials.key })
    const answer = await server.call('PATCH', `/v1/workflows/runs/${context.workflowRunId}/nodes/${context.nodeRunId}`, body, { authorization: `Bearer ${token.accessToken}` })
    if (answer.status >= 400) throw new Error(JSON.stringify(answer.body))
  }
  await update('{"status": "IN_PROGRESS", "logs": [{"logLevel": "INFO", "log": "Processing started"}]}')
  await update(
    payload.fail
      ? '{"status": "COMPLETED", "result": "FAILED", "logs": [{"logLevel": "ERROR", "log": "Operation failed: no such service"}]}'
      : `{"status": "COMPLETED", "result": "SUCCESS", "output": {"resourceId": "${payload.name}"}, "logs": [{"logLevel": "INFO", "log": "Operation completed: {'resourceId': '${payload.name}'}"}]}`,
  )
}

const ended = async (inputs: Json): Promise<Json> => {
  const { identifier } = await server.run('example', inputs)
  await server.settled(identifier)
  return (await server.call('GET', `/v1/workflows/runs/${identifier}`)).body.run as Json
}
const logsOf = (run: Json): string[] => (run.nodeRuns as Json[]).find(({ node }) => node.identifier === 'create_resource')!.nodeRunLogs.map(({ logLevel, log }: Json) => `${logLevel} ${log}`)

/** What the node itself says, when the call that did it all is answered. */
const TAKEN: unknown = expect.stringMatching(/^INFO .* took it with 200/)

describe.each([
  ['as it is written, in Python', runPython, hasRequests],
  ['by its requests', sendTheSame, true],
] as const)('the example %s', (_name, how, isPossible) => {
  test.skipIf(!isPossible)('finishes the node, and what it puts out goes on', async () => {
    process = how
    const run = await ended({ name: 'abc123' })
    expect(run).toMatchObject({ result: 'SUCCESS', variables: { outputs: { create_resource: { resourceId: 'abc123' }, notify: { resourceId: 'abc123' } } } })
    expect(logsOf(run)).toEqual(['INFO Processing started', "INFO Operation completed: {'resourceId': 'abc123'}", TAKEN])
  })

  test.skipIf(!isPossible)('fails the node, and says why', async () => {
    process = how
    const run = await ended({ name: 'x', fail: true })
    expect(run).toMatchObject({ result: 'FAILED', error: { message: 'Operation failed: no such service' } })
    expect(logsOf(run)).toEqual(['INFO Processing started', 'ERROR Operation failed: no such service', TAKEN])
  })
})
