import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { totpSeed } from '../portal/login.ts'
import { step } from '../restarts.ts'

/** Logins with a second factor, from whichever side the code comes and however many boxes it goes into. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const CODE = { properties: { code: { type: 'string', format: 'otp' } }, required: ['code'] }

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house[Symbol.asyncDispose]())
beforeEach(() => house.portal.reset())

const signIn = (user: string): Json[] => [
  step('login', { type: 'NAVIGATE', url: `${house.portal.url}/login` }),
  step('user', { type: 'FILL', target: { label: 'User name' }, value: user }),
  step('password', { type: 'FILL', target: { label: 'Password' }, value: 'demo-password' }),
  step('sign_in', { type: 'CLICK', target: { role: 'button', name: 'Sign in' } }),
]
const verify = step('verify', { type: 'CLICK', target: { role: 'button', name: 'Verify' } })
const inside = step('inside', { type: 'WAIT_FOR', target: '#employees', failIf: { role: 'alert' } })
const ask = (config: Json = {}) => step('ask', { type: 'USER_INPUT', title: 'Security code', userInputs: CODE, ...config })
const boxes = (value: string) => step('boxes', { type: 'FILL', target: 'input.digit', perCharacter: true, value })
const asked = (runId: string, count = 1) => house.server.until(runId, ({ awaiting }, activityRuns) => awaiting !== null && activityRuns.filter(({ stepId }) => stepId === 'ask').length === count)

test('a code that is sent on goes into six boxes', async () => {
  const runId = await house.begin([...signIn('demo-boxes'), ask({ account: '+49 151 1234' }), boxes('{{ .outputs.ask.values.code }}'), verify, inside])
  await asked(runId)
  expect((await house.server.call('POST', '/api/v1/otp-codes', { account: '+49 151 1234', code: '246810' })).body.otpCode.taken).toBe(true)
  expect((await house.server.settled(runId)).workflowRun.error).toBeNull()
})

test('a code of a stored seed goes into one field, and is shown nowhere', async () => {
  await house.server.call('PUT', '/api/v1/secrets/PORTAL_TOTP', { value: totpSeed })
  const { workflowRun } = await house.finish([...signIn('demo-totp'), step('totp', { type: 'TOTP', secret: '{{ .secrets.PORTAL_TOTP }}' }), step('code', { type: 'FILL', target: { label: 'Security code' }, value: '{{ .outputs.totp.code }}' }), verify, inside])
  expect(workflowRun).toMatchObject({ error: null, outputs: { totp: { code: '[redacted]' } } })
})

test('a person answers by a link, typed key by key into the boxes', async () => {
  const runId = await house.begin([...signIn('demo-boxes'), ask(), step('boxes', { type: 'TYPE', target: 'input.digit', perCharacter: true, value: '{{ .outputs.ask.values.code }}' }), verify, inside])
  const { workflowRun } = await asked(runId)
  const { url } = (await house.server.call('POST', `/api/v1/user-forms/${workflowRun.awaiting!.formId}/link`, {})).body
  const page = await (await fetch(url)).text()
  // What the portal shows goes with the question, by an address of its own.
  const [, picture = ''] = /<img src="([^"]+)"/.exec(page) ?? []
  expect((await fetch(new URL(picture.replaceAll('&#38;', '&'), url))).headers.get('content-type')).toBe('image/png')
  const form = new FormData()
  form.append('f0', '246810')
  expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200)
  expect((await house.server.settled(runId)).workflowRun.error).toBeNull()
})

test('a wrong code fails at once with what the portal says', async () => {
  const example = JSON.parse(readFileSync(new URL('../../examples/export-employees.json', import.meta.url), 'utf8').replaceAll('http://127.0.0.1:4010', house.portal.url)) as Json
  const { id } = await house.server.save(example)
  const run = await house.server.run(id, { user: 'demo-2fa', password: 'demo-password' })
  await house.server.until(run.id, ({ awaiting }) => awaiting !== null)
  await house.server.call('POST', `/api/v1/workflow-runs/${run.id}/input`, { values: { code: '000000' } })
  const { workflowRun, activityRuns } = await house.server.settled(run.id)
  expect(workflowRun.error).toMatchObject({ code: 'step_failed', stepId: 'table', message: 'alert appeared first: That code is not right. Please try again.' })
  const { startedAt, completedAt } = activityRuns.at(-1)!
  expect(Date.parse(completedAt!) - Date.parse(startedAt!)).toBeLessThan(10_000)
})

test('or is asked for again, as the documentation shows', async () => {
  const [, documented = ''] = /```json\n(\{ "identifier": "acme_2fa_login"[\s\S]*?)```/.exec(readFileSync(new URL('../../docs/workflows.md', import.meta.url), 'utf8')) ?? []
  const again = ((JSON.parse(documented.replaceAll('#account', '#employees')) as Json).nodes as Json[]).find(({ identifier }) => identifier === 'two_factor')!
  const runId = await house.begin([...signIn('demo-boxes'), again, step('read', { type: 'EXTRACT', fields: { title: { target: 'h1' } } })])
  const send = (code: string) => house.server.call('POST', '/api/v1/otp-codes', { account: 'robot@acme.example', code })
  await asked(runId)
  await send('000000')
  await asked(runId, 2)
  // The wrong one is not taken once more.
  expect((await send('000000')).status).toBe(200)
  expect((await house.server.get(runId)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  await send('246810')
  const { workflowRun } = await house.server.settled(runId)
  expect(workflowRun).toMatchObject({ error: null, outputs: { two_factor: { count: 2 }, read: { title: expect.any(String) } } })
})
