import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** Questions that several people must answer, each once. */

const FORMS = '/api/v1/user-forms'
const BUTTONS = [{ identifier: 'ok', label: 'Pay' }, { identifier: 'no', label: 'Refuse' }, { identifier: 'later', label: 'Later', required: 2 }]
const TWO = { buttons: BUTTONS, responders: { teams: ['finance'], required: 2 } }

const dataDir = mkdtempSync(join(tmpdir(), 'errand-approvals-'))
let server: TestServer
const start = async () => {
  server = await startTestServer(CALLERS, { dataDir })
}
beforeAll(start)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Somebody who may answer. */
const someone = (sub: string, more: Partial<Parameters<typeof as>[1]> = {}) => as(server, { sub, org: 'default', teams: ['finance'], ...more })

/** An API key, of a person or of nobody. */
const keyFor = async (person: string | null, role: 'admin' | 'member' = 'admin'): Promise<string> => {
  const { status, body } = await server.call('POST', '/api/v1/api-keys', { role, ...(person !== null && { person }) })
  expect({ status, person: body.apiKey?.person }).toEqual({ status: 201, person })
  return body.key as string
}
const withKey = (key: string, method: string, path: string, body?: unknown) => server.call(method, path, body, { authorization: `Bearer ${key}` })

let count = 0
const asked = async (config: Json, after: Json[] = []): Promise<{ id: string; formId: string }> => {
  const workflow = `shared_${++count}`
  await server.save(linear(workflow, [{ identifier: 'ask', config: { type: 'USER_INPUT', title: 'Pay?', ...config } }, ...after]))
  const { workflowRun } = await server.until((await server.run(workflow)).id, ({ awaiting }) => awaiting !== null)
  return { id: workflowRun.id, formId: (workflowRun.awaiting as Json).formId }
}
const press = async (formId: string, sub: string, button: string | undefined, more: Json = {}) => (await someone(sub)).call('POST', `${FORMS}/${formId}/submit`, { ...(button && { button }), ...more })
const form = async (formId: string): Promise<Json> => (await server.call('GET', `${FORMS}/${formId}`)).body

describe('what ends the wait', () => {
  const rows: [name: string, config: Json, presses: [who: string, button?: string][], ended: Json | null][] = [
    ['one of two is not enough', TWO, [['anna', 'ok']], null],
    ['two of two are', TWO, [['anna', 'ok'], ['ben', 'ok']], { button: 'ok', submittedBy: 'ben' }],
    ['one refusal is, at once', TWO, [['anna', 'no']], { button: 'no', submittedBy: 'anna' }],
    ['one refusal after one approval is', TWO, [['anna', 'ok'], ['ben', 'no']], { button: 'no', submittedBy: 'ben' }],
    ['buttons are not counted together', TWO, [['anna', 'ok'], ['ben', 'later']], null],
    ['a button that needs several itself waits for them', TWO, [['anna', 'later'], ['ben', 'ok'], ['cleo', 'later']], { button: 'later', submittedBy: 'cleo' }],
    ['without buttons, as many answers', { responders: { required: 2 } }, [['anna'], ['ben']], { button: null, submittedBy: 'ben' }],
    ['the first button’s own count holds', { buttons: [{ identifier: 'ok', label: 'Pay', required: 1 }, { identifier: 'no', label: 'No', required: 2 }], responders: { required: 3 } }, [['anna', 'no'], ['ben', 'ok']], { button: 'ok', submittedBy: 'ben' }],
  ]
  test.each(rows)('%s', async (_name, config, presses, ended) => {
    const { id, formId } = await asked(config)
    for (const [who, button] of presses) expect((await press(formId, who, button)).status).toBe(200)
    if (!ended) {
      expect(await form(formId)).toMatchObject({ status: 'pending', missing: 1 })
      expect((await server.get(id)).workflowRun).toMatchObject({ state: 'AWAITING_USER_INPUT', awaiting: { formId, missing: 1 } })
      return
    }
    const { outputs, state } = (await server.settled(id)).workflowRun
    const answers = presses.map(([submittedBy, button = null]) => ({ values: {}, button, comments: null, submittedBy, submittedAt: expect.stringMatching(/Z$/) }))
    expect(state).toBe('COMPLETED')
    expect(outputs.ask).toMatchObject({ ...ended, answers })
  })
})

describe('each person', () => {
  test('counts once, by whichever way, and what was answered is shown meanwhile', async () => {
    const { id, formId } = await asked(TWO)
    const first = await press(formId, 'anna', 'ok', { comments: 'Checked.' })
    expect(first.body).toMatchObject({ userForm: { status: 'pending', required: 2, missing: 1, button: null, answeredBy: null, answers: [{ answeredBy: 'anna', button: 'ok', comments: 'Checked.', answeredAt: expect.stringMatching(/Z$/) }] }, workflowRun: { id, state: 'AWAITING_USER_INPUT' } })
    expect((await (await someone('anna')).call('GET', `/api/v1/workflow-runs/${id}`)).body.workflowRun.awaiting).toEqual(first.body.userForm)
    const again = { status: 409, body: { code: 'conflict', error: 'You have answered this question already.' } }
    for (const button of ['ok', 'no']) expect(await press(formId, 'anna', button)).toMatchObject(again)
    expect(await (await someone('anna')).call('POST', `/api/v1/workflow-runs/${id}/input`, { button: 'ok' })).toMatchObject(again)
    expect((await form(formId)).answers).toHaveLength(1)
    const last = await (await someone('ben')).call('POST', `/api/v1/workflow-runs/${id}/input`, { button: 'ok' })
    expect(last.body.userForm).toMatchObject({ status: 'answered', missing: 0, button: 'ok', answeredBy: 'ben', answers: [{ answeredBy: 'anna' }, { answeredBy: 'ben' }] })
    expect(await press(formId, 'cleo', 'ok')).toMatchObject({ status: 409, body: { error: expect.stringContaining('answered already') } })
    const { entries } = (await server.call('GET', '/api/v1/audit?limit=100')).body
    const submitted = (entries as Json[]).filter(({ targetId, action }) => [formId, id].includes(targetId) && action !== 'POST /api/v1/workflow-runs')
    expect(submitted.map(({ actorId, status }) => `${actorId} ${status}`).sort()).toEqual(['anna 200', 'ben 200'])
  })

  test('counts once when all come at once', async () => {
    const { id, formId } = await asked({ ...TWO, responders: { required: 3 } })
    const all = await Promise.all(['anna', 'ben', 'anna', 'anna', 'ben'].map((who) => press(formId, who, 'ok')))
    expect(all.map(({ status }) => String(status)).sort()).toEqual(['200', '200', '409', '409', '409'])
    expect(await form(formId)).toMatchObject({ status: 'pending', missing: 1 })
    const [one, two] = await Promise.all([press(formId, 'cleo', 'ok'), press(formId, 'dora', 'ok')])
    expect(new Set([one.status, two.status])).toEqual(new Set([200, 409]))
    expect((await server.settled(id)).workflowRun.outputs.ask).toMatchObject({ answers: { length: 3 } })
  })

  test('has to be known, and to be asked: what may be anybody’s does not count', async () => {
    const { formId } = await asked(TWO)
    const path = `${FORMS}/${formId}/submit`
    const refused: [name: string, call: Promise<{ status: number; body: Json }>][] = [
      ['without credentials', server.call('POST', path, { button: 'ok' })],
      ['a machine', (await someone('robot', { isMachine: true })).call('POST', path, { button: 'ok' })],
      ['one who is not asked', (await someone('otto', { teams: [] })).call('POST', path, { button: 'ok' })],
      ['a viewer', (await someone('vera', { role: 'viewer' })).call('POST', path, { button: 'ok' })],
    ]
    for (const [name, call] of refused) expect({ name, status: (await call).status }).toEqual({ name, status: 403 })
    expect(await (await someone('anna')).call('POST', `${FORMS}/${formId}/link`, {})).toMatchObject({ status: 409, body: { error: expect.stringContaining('several people') } })
    expect((await form(formId)).answers).toEqual([])
    expect(await withKey(await keyFor(null), 'POST', path, { button: 'ok' })).toMatchObject({ status: 403, body: { error: expect.stringContaining('made for them') } })
    expect((await form(formId)).answers).toEqual([])
  })

  test('is the same whichever key they use, and whether they use one', async () => {
    const { formId } = await asked({ ...TWO, responders: { users: ['anna', 'ben'], required: 2 } })
    const path = `${FORMS}/${formId}/submit`
    const [desk, phone, bens] = [await keyFor('anna', 'member'), await keyFor('anna', 'member'), await keyFor('ben', 'member')]
    expect((await withKey(desk, 'POST', path, { button: 'ok' })).body.userForm).toMatchObject({ missing: 1, answers: [{ answeredBy: 'anna' }] })
    expect((await withKey(phone, 'POST', path, { button: 'ok' })).status).toBe(409)
    expect((await press(formId, 'anna', 'ok')).status).toBe(409)
    expect((await withKey(bens, 'POST', path, { button: 'ok' })).body.userForm).toMatchObject({ status: 'answered', answeredBy: 'ben' })
  })

  test('is told where they stand, wherever the question is shown', async () => {
    const { id, formId } = await asked(TWO)
    const shown = async (who: Awaited<ReturnType<typeof someone>>) => {
      const [one, list, run, all] = await Promise.all([`${FORMS}/${formId}`, `${FORMS}?workflowRunId=${id}`, `/api/v1/workflow-runs/${id}`, `/api/v1/workflow-runs?state=AWAITING_USER_INPUT&limit=100`].map(async (path) => (await who.call('GET', path)).body))
      return [one!.you, list!.userForms[0].you, run!.workflowRun.awaiting.you, (all!.workflowRuns as Json[]).find((each) => each.id === id)!.awaiting.you]
    }
    const four = (you: Json) => [you, you, you, you]
    expect(await shown(await someone('anna'))).toEqual(four({ mayAnswer: true, hasAnswered: false }))
    expect((await press(formId, 'anna', 'ok')).body.userForm.you).toEqual({ mayAnswer: false, hasAnswered: true })
    expect(await shown(await someone('anna'))).toEqual(four({ mayAnswer: false, hasAnswered: true }))
    expect(await shown(await someone('ben'))).toEqual(four({ mayAnswer: true, hasAnswered: false }))
    for (const other of [await someone('otto', { teams: [] }), await someone('vera', { role: 'viewer' }), await someone('robot', { isMachine: true }), server]) expect(await shown(other as typeof server & { authorization: string })).toEqual(four({ mayAnswer: false, hasAnswered: false }))
    await press(formId, 'ben', 'ok')
    expect((await (await someone('cleo')).call('GET', `${FORMS}/${formId}`)).body.you).toEqual({ mayAnswer: false, hasAnswered: false })
  })

  test('that fails to answer has not answered', async () => {
    const { formId } = await asked({ ...TWO, userInputs: { properties: { limit: { type: 'integer' } }, required: ['limit'] } })
    for (const body of [{ button: 'ok' }, { button: 'maybe', values: { limit: 1 } }, { values: { limit: 1 } }]) expect((await press(formId, 'anna', undefined, body)).status).toBe(400)
    expect((await press(formId, 'anna', 'ok', { values: { limit: 5 } })).body.userForm).toMatchObject({ values: null, answers: [{ answeredBy: 'anna', values: { limit: 5 } }] })
  })
})

test('answers survive a restart, and secrets among them are shown to nobody', async () => {
  const PASSWORD = 'correct-horse-battery'
  const userInputs = { properties: { password: { type: 'string', format: 'password' }, note: { type: 'string' } } }
  const { id, formId } = await asked({ ...TWO, userInputs }, [{ identifier: 'use', config: { type: 'TRANSFORM', value: { lengths: '{{ [.outputs.ask.answers[].values.password | length] | tojson }}', told: '{{ .outputs.ask.answers[0].values.password }}' } } }])
  await press(formId, 'anna', 'ok', { values: { password: PASSWORD, note: 'first' } })
  await server[Symbol.asyncDispose]()
  await start()
  expect(await form(formId)).toMatchObject({ status: 'pending', missing: 1, answers: [{ answeredBy: 'anna', values: { password: '[redacted]', note: 'first' } }] })
  expect((await press(formId, 'anna', 'ok')).status).toBe(409)
  await press(formId, 'ben', 'ok', { values: { password: 'x7', note: 'second' } })
  const detail = await server.settled(id)
  expect(detail.workflowRun.outputs).toMatchObject({
    ask: { values: { note: 'second' }, answers: [{ values: { password: '[redacted]', note: 'first' } }, { values: { password: '[redacted]', note: 'second' } }] },
    use: { lengths: '[21,2]', told: '[redacted]' },
  })
  const stored = ['errand.sqlite', 'errand.sqlite-wal'].map((name) => readFileSync(join(dataDir, name)).toString('latin1')).join('')
  expect(stored.includes(PASSWORD) || JSON.stringify([detail, await form(formId)]).includes(PASSWORD)).toBe(false)
  expect(stored.includes('second')).toBe(true)
})

test('a question that too few have answered in time expires as any other', async () => {
  const once = async (timeoutMs: number): Promise<{ id: string; formId: string; status: number }> => {
    const { id, formId } = await asked({ ...TWO, timeoutMs })
    return { id, formId, status: (await press(formId, 'anna', 'ok')).status }
  }
  // A machine too busy for Anna to be in time proves nothing: then there is more of it.
  const soon = await once(800)
  const { id, formId, status } = soon.status === 200 ? soon : await once(20_000)
  expect(status).toBe(200)
  expect((await server.settled(id)).workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'input_expired' } })
  expect(await form(formId)).toMatchObject({ status: 'expired', missing: 1, answers: [{ answeredBy: 'anna' }] })
  expect((await press(formId, 'ben', 'ok')).status).toBe(410)
})

test('a cancelled run takes no more of them', async () => {
  const { id, formId } = await asked(TWO)
  await press(formId, 'anna', 'ok')
  await server.call('POST', `/api/v1/workflow-runs/${id}/cancel`, {})
  expect((await press(formId, 'ben', 'ok')).status).toBe(409)
  expect(await form(formId)).toMatchObject({ status: 'cancelled', answers: [{ answeredBy: 'anna' }] })
})

test('whoever follows the run is told of each answer', async () => {
  const { id, formId } = await asked(TWO)
  await press(formId, 'anna', 'ok')
  await press(formId, 'ben', 'ok')
  await server.settled(id)
  const text = await (await fetch(`${server.url}/api/v1/workflow-runs/${id}/stream?lastEventId=1`)).text()
  const [received, ...more] = text.split('\n\n').filter((frame) => frame.includes('event: user-input-received'))
  expect(more).toEqual([])
  expect(JSON.parse(received!.split('data: ')[1]!)).toMatchObject({ content: { inputRequestId: formId, by: 'anna', button: 'ok', required: 2, missing: 1 } })
})
