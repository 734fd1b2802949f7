import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** One-time codes that others send on, and the questions that they answer. */

const CODES = '/api/v1/otp-codes'
const CODE = { properties: { code: { type: 'string', format: 'otp', pattern: '^[0-9]{6}$' } }, required: ['code'] }

let server: TestServer
let gate: Gate
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  gate = await startGate()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

let count = 0
const newAccount = (): string => `user-${++count}@acme.test`
const send = (account: string, code: string) => server.call('POST', CODES, { account, code })
const ask = (account: string, more: Json = {}): Json => ({ identifier: 'ask', config: { type: 'USER_INPUT', title: 'The code', account, userInputs: CODE, ...more } })
const isCode = (code: string): Json => ({ identifier: 'is', config: { type: 'TRANSFORM', value: `{{ .outputs.ask.values.code == "${code}" }}` } })
const begin = async (...nodes: Json[]): Promise<string> => (await server.run((await server.save(linear(`codes_${++count}`, nodes))).id)).id
const asked = (runId: string) => server.until(runId, ({ awaiting }) => awaiting !== null)
const took = async (runId: string): Promise<unknown> => ((await server.settled(runId)).workflowRun.outputs as Json).is?.value

test('a code answers the question that waits for it, and is shown nowhere', async () => {
  const account = newAccount()
  const runId = await begin(ask(account), isCode('481516'))
  await asked(runId)
  const { status, body } = await send(account.toUpperCase(), ' 481516 ')
  expect(status).toBe(201)
  expect(body).toEqual({ otpCode: { id: expect.any(String), account: account.toUpperCase(), taken: true, createdAt: expect.any(String), expiresAt: expect.any(String) } })
  expect(await took(runId)).toBe(true)
  const { workflowRun, activityRuns } = await server.get(runId)
  expect(workflowRun.outputs).toMatchObject({ ask: { values: { code: '[redacted]' } } })
  const events = JSON.stringify(await server.server.services.log.after(runId, 0))
  // The last node names the code in the workflow itself; nothing else does.
  expect(JSON.stringify([workflowRun, activityRuns.filter(({ stepId }) => stepId === 'ask'), body]) + events).not.toContain('481516')
})

test('only a code that is newer than the request is taken', async () => {
  const account = newAccount()
  expect((await send(account, '111111')).body.otpCode.taken).toBe(false)
  const runId = await begin(ask(account), isCode('222222'))
  await asked(runId)
  expect((await server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  expect((await send(account, '222222')).body.otpCode.taken).toBe(true)
  expect(await took(runId)).toBe(true)
})

test('one that comes before the question, and after the node that had it sent began, is taken without a pause', async () => {
  const account = newAccount()
  const path = `/send-${count}`
  const runId = await begin({ identifier: 'sends', config: { type: 'WEBHOOK', url: `${gate.url}${path}`, method: 'GET' } }, ask(account), isCode('333333'))
  await gate.arrived(path)
  expect((await send(account, '333333')).body.otpCode.taken).toBe(false)
  gate.open(path)
  expect(await took(runId)).toBe(true)
  const types = (await server.server.services.log.after(runId, 0)).map(({ type }) => type)
  expect(types).not.toContain('run.awaiting_input')
})

test('the newest of several counts', async () => {
  const account = newAccount()
  const path = `/send-${count}`
  const runId = await begin({ identifier: 'sends', config: { type: 'WEBHOOK', url: `${gate.url}${path}`, method: 'GET' } }, ask(account), isCode('555555'))
  await gate.arrived(path)
  await send(account, '444444')
  await send(account, '555555')
  gate.open(path)
  expect(await took(runId)).toBe(true)
})

test('a code that is sent on twice, at once or later, answers one question', async () => {
  const account = newAccount()
  const [first, second] = [await begin(ask(account), isCode('666666')), await begin(ask(account), isCode('777777'))]
  await asked(first)
  await asked(second)
  const sent = await Promise.all([send(account, '666666'), send(account, '666666'), send(account, '666666')])
  expect(sent.filter(({ status }) => status === 201)).toHaveLength(1)
  expect(new Set(sent.map(({ body }) => body.otpCode.id)).size).toBe(1)
  expect(await took(first)).toBe(true)
  expect((await send(account, '666666')).status).toBe(200)
  expect((await server.get(second)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  await send(account, '777777')
  expect(await took(second)).toBe(true)
})

test('the same code for two accounts is two codes', async () => {
  const accounts = [newAccount(), newAccount()] as const
  const runs = [await begin(ask(accounts[0]), isCode('888888')), await begin(ask(accounts[1]), isCode('888888'))]
  for (const runId of runs) await asked(runId)
  for (const account of accounts) expect((await send(account, '888888')).status).toBe(201)
  expect(await Promise.all(runs.map(took))).toEqual([true, true])
})

test('what the question does not take as a code leaves it waiting', async () => {
  const account = newAccount()
  const runId = await begin(ask(account), isCode('999999'))
  await asked(runId)
  expect(await send(account, 'not it')).toMatchObject({ status: 201, body: { otpCode: { taken: false } } })
  expect((await server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  await send(account, '999999')
  expect(await took(runId)).toBe(true)
})

test('a person may still answer; then the code that comes answers nothing', async () => {
  const account = newAccount()
  const runId = await begin(ask(account), isCode('121212'))
  await asked(runId)
  await server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { code: '121212' } })
  expect(await took(runId)).toBe(true)
  expect((await send(account, '343434')).body.otpCode.taken).toBe(false)
})

test('a question whose time is over takes none', async () => {
  const account = newAccount()
  const runId = await begin(ask(account, { timeoutMs: 1 }))
  expect((await server.settled(runId)).workflowRun.error).toMatchObject({ code: 'input_expired' })
  expect((await send(account, '565656')).body.otpCode.taken).toBe(false)
})

test('codes stay in their org, and viewers send none', async () => {
  const account = newAccount()
  const runId = await begin(ask(account), isCode('787878'))
  await asked(runId)
  const stranger = await as(server, { sub: 'sam', org: 'globex', role: 'admin' })
  expect((await stranger.call('POST', CODES, { account, code: '787878' })).body.otpCode.taken).toBe(false)
  expect((await server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  const viewer = await as(server, { sub: 'vic', org: 'default', role: 'viewer' })
  expect((await viewer.call('POST', CODES, { account, code: '787878' })).status).toBe(403)
  const member = await as(server, { sub: 'mia', org: 'default' })
  expect((await member.call('POST', CODES, { account, code: '787878' })).status).toBe(201)
  expect(await took(runId)).toBe(true)
  expect(((await server.get(runId)).workflowRun.outputs as Json).ask.submittedBy).toBe('mia')
})

test('neither code nor account stands in the store', async () => {
  const account = newAccount()
  await send(account, '246813579')
  const runId = await begin(ask(account))
  await asked(runId)
  const files = ['errand.sqlite', 'errand.sqlite-wal'].map((name) => readFileSync(join(server.dataDir, name)))
  for (const bytes of files) expect(bytes.includes('246813579')).toBe(false)
  await server.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, {})
})

test('all faults of a call, and of a question that codes are to answer, are told', async () => {
  for (const body of [{}, { account: 'a' }, { account: ' ', code: '1' }, { account: 'a', code: '' }, { account: 1, code: 2 }, { account: 'a', code: '1', more: 1 }]) expect((await server.call('POST', CODES, body)).status).toBe(400)
  const faults = async (config: Json) => ((await server.call('POST', '/api/v1/workflows/validate', linear('x', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: 'T', account: 'a', ...config } }]))).body.faults as Json[]).map(({ path }) => path as string)
  expect(await faults({})).toEqual(['nodes[0].config.account'])
  expect(await faults({ userInputs: { properties: { a: { type: 'string' } } } })).toEqual(['nodes[0].config.account'])
  expect(await faults({ userInputs: CODE, buttons: [{ identifier: 'ok', label: 'OK' }] })).toEqual(['nodes[0].config.account'])
  expect(await faults({ userInputs: CODE, account: '{{ .inputs.user }}' })).toEqual([])
})
