import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

const RUNS = '/api/v1/workflow-runs'
const FORMS = '/api/v1/user-forms'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'
const CODE = { properties: { code: { type: 'string', pattern: '^[0-9]{6}$', title: 'Code' }, count: { type: 'integer' }, keep: { type: 'boolean', default: true } }, required: ['code'] }
const BUTTONS = [{ identifier: 'ok', label: 'OK', variant: 'PRIMARY' }, { identifier: 'no', label: 'No' }]
const ask = (config: Json, identifier = 'ask'): Json => ({ identifier, title: 'Ask', config: { type: 'USER_INPUT', title: 'Which <code>?', ...config } })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  await server.save(linear('code', [ask({ userInputs: CODE, description: 'For {{ .inputs.name }}' })], { title: 'Code workflow' }))
  await server.save(linear('buttons', [ask({ buttons: BUTTONS })]))
  await server.save(linear('brief', [ask({ timeoutMs: 1 })]))
  await server.save(linear('brief_ok', [ask({ timeoutMs: 1, onTimeout: 'continue' })]))
  await server.save(linear('for_few', [ask({ responders: { users: ['anna'], roles: ['viewer'] } })]))
  await server.save(linear('for_teams', [ask({ responders: { teams: ['finance'], users: ['Carla@acme.test'] } })]))
  await server.save(linear('twice', [ask({}, 'first'), ask({}, 'second')]))
})
afterAll(() => server[Symbol.asyncDispose]())

/** A run that waits, with its open form. */
const asked = async (workflowId: string, inputs?: Json): Promise<{ id: string; form: Json }> => {
  const { workflowRun } = await server.until((await server.run(workflowId, inputs)).id, (run) => run.awaiting !== null)
  return { id: workflowRun.id, form: workflowRun.awaiting as Json }
}
const submit = (formId: unknown, body?: Json) => server.call('POST', `${FORMS}/${formId as string}/submit`, body)
const paths = ({ status, body }: { status: number; body: Json }): string[] => {
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' })
  return (body.details as Json[]).map(({ path, code }) => `${path} ${code}`)
}

test('a question is shown with its run, alone and in the list, all alike', async () => {
  const { id, form } = await asked('code', { name: 'Ms Brown' })
  const run = (await server.get(id)).workflowRun
  expect(form).toEqual({
    formId: expect.any(String),
    runId: id,
    workflowId: run.workflowId,
    workflowName: 'Code workflow',
    activityRunId: expect.any(String),
    stepName: 'Ask',
    title: 'Which <code>?',
    description: 'For Ms Brown',
    schema: { ...CODE, buttons: [] },
    html: expect.stringMatching(/^<form method="post"><h1>Which &#60;code&#62;\?<\/h1>.*<input id="[0-9a-f-]{36}-\d" name="code" required type="text".*<input id="[0-9a-f-]{36}-\d" name="count" type="number".*<input type="checkbox" id="[0-9a-f-]{36}-\d" name="keep" value="true" checked>.*<button/),
    status: 'pending',
    required: 1,
    missing: 1,
    answers: [],
    values: null,
    button: null,
    comments: null,
    answeredBy: null,
    answeredAt: null,
    expiresAt: expect.stringMatching(/Z$/),
    screenshotArtifactId: null,
    you: { mayAnswer: true, hasAnswered: false },
    createdAt: expect.stringMatching(/Z$/),
  })
  expect(Date.parse(form.expiresAt as string) - Date.parse(form.createdAt as string)).toBeLessThanOrEqual(7_200_000)
  expect((await server.call('GET', `${FORMS}/${form.formId}`)).body).toEqual(form)
  expect((await server.call('GET', `${FORMS}?workflowRunId=${run.identifier}`)).body).toEqual({ userForms: [form], pagination: { page: 1, limit: 10, total: 1, totalPages: 1 } })
  expect((await server.get(id)).activityRuns.at(-1)).toMatchObject({ id: form.activityRunId, stepId: 'ask', status: 'waiting' })
})

describe('an answer', () => {
  test('is taken, and the run goes on by itself with what was answered', async () => {
    const { id, form } = await asked('code')
    const { status, body } = await submit(form.formId, { values: { code: '123456', count: 3 }, comments: 'As printed.' })
    expect(status).toBe(200)
    expect(body).toEqual({
      userForm: {
        ...form,
        status: 'answered',
        missing: 0,
        answers: [{ values: { code: '123456', count: 3, keep: true }, button: null, comments: 'As printed.', answeredBy: null, answeredAt: body.userForm.answeredAt }],
        values: { code: '123456', count: 3, keep: true },
        comments: 'As printed.',
        answeredAt: expect.stringMatching(/Z$/),
        you: { mayAnswer: false, hasAnswered: false },
      },
      workflowRun: { id, status: expect.any(String), state: expect.any(String) },
    })
    const { workflowRun } = await server.settled(id)
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', awaiting: null })
    expect(workflowRun.outputs.ask).toEqual({ values: { code: '123456', count: 3, keep: true }, button: null, comments: 'As printed.', submittedBy: null, submittedAt: body.userForm.answeredAt })
  })

  test('that breaks the schema is refused with all faults, and the question stays open', async () => {
    const { id, form } = await asked('code')
    expect(paths(await submit(form.formId, { values: { count: 'x', other: 1 } })).sort()).toEqual(['values.code required', 'values.count wrong_type', 'values.other unknown_input'])
    expect(paths(await submit(form.formId, { values: { code: '12' }, button: 'ok' }))).toEqual(['button invalid_value'])
    expect(paths(await submit(form.formId))).toEqual(['values.code required'])
    expect(paths(await submit(form.formId, { value: {}, values: [] })).sort()).toEqual(['value unknown_field', 'values invalid_type'])
    expect(paths(await server.call('POST', `${FORMS}/${form.formId}/submit`, '{"values":{"__proto__":1}}'))).toEqual(['values.__proto__ custom'])
    expect((await submit(form.formId, { values: { code: '123456' }, comments: 'x'.repeat(10_001) })).status).toBe(400)
    expect((await server.get(id)).workflowRun.awaiting).toEqual(form)
    await submit(form.formId, { values: { code: '123456' } })
  })

  test('must name the button that was pressed, where there are some', async () => {
    const { id, form } = await asked('buttons')
    expect(form.schema.buttons).toEqual(BUTTONS)
    expect(form.html).toContain('<button name="button" value="ok">OK</button><button name="button" value="no">No</button>')
    expect(paths(await submit(form.formId))).toEqual(['button missing'])
    expect(paths(await submit(form.formId, { button: 'maybe' }))).toEqual(['button invalid_value'])
    expect((await submit(form.formId, { button: 'no' })).body.userForm).toMatchObject({ button: 'no' })
    expect((await server.settled(id)).workflowRun.outputs.ask).toMatchObject({ button: 'no', values: {} })
  })

  test('by way of the run is the same', async () => {
    const { id, form } = await asked('code')
    expect(paths(await server.call('POST', `${RUNS}/${id}/input`, { values: {} }))).toEqual(['values.code required'])
    const { status, body } = await server.call('POST', `${RUNS}/wfr_${id.replaceAll('-', '')}/input`, { values: { code: '123456' } })
    expect({ status, form: body.userForm.formId, run: body.workflowRun.id }).toEqual({ status: 200, form: form.formId, run: id })
    await server.settled(id)
  })

  test('counts once: the second is refused, also when both come at once', async () => {
    const { id, form } = await asked('code')
    const answers = await Promise.all(['111111', '222222'].map((code) => submit(form.formId, { values: { code } })))
    expect(answers.map(({ status }) => String(status)).sort()).toEqual(['200', '409'])
    await server.settled(id)
    expect(await submit(form.formId, { values: { code: '333333' } })).toMatchObject({ status: 409, body: { code: 'conflict', error: expect.stringContaining('answered') } })
    expect(await server.call('POST', `${RUNS}/${id}/input`, { values: { code: '333333' } })).toMatchObject({ status: 409 })
  })

  test('goes to the question that is open, when a run asks more than once', async () => {
    const { id, form } = await asked('twice')
    await server.call('POST', `${RUNS}/${id}/input`, {})
    const second = (await server.until(id, (run) => run.awaiting !== null && run.awaiting.formId !== form.formId)).workflowRun.awaiting
    expect((await server.call('POST', `${RUNS}/${id}/input`, {})).body.userForm).toMatchObject({ formId: second?.formId, status: 'answered' })
    expect((await server.settled(id)).workflowRun.state).toBe('COMPLETED')
  })

  test('comes too late when the time is over: 410, and the run has failed with input_expired', async () => {
    const { id } = await server.run('brief')
    const { workflowRun } = await server.settled(id)
    expect(workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'input_expired', stepId: 'ask' } })
    const [form] = (await server.call('GET', `${FORMS}?workflowRunId=${id}`)).body.userForms as [Json]
    expect(form).toMatchObject({ status: 'expired', values: null })
    for (const answer of [await submit(form.formId), await server.call('POST', `${RUNS}/${id}/input`, {})]) expect(answer).toMatchObject({ status: 410, body: { code: 'gone' } })
  })

  test('is not missed where the workflow goes on without one', async () => {
    expect((await server.settled((await server.run('brief_ok')).id)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { ask: { values: {}, button: null, submittedBy: null, timeout: true } } })
  })

  test('to what was never asked answers 409 for a run, 404 for a form', async () => {
    await server.save(linear('silent', [{ identifier: 'x', config: { type: 'TRANSFORM', value: 1 } }]))
    const { id } = (await server.settled((await server.run('silent')).id)).workflowRun
    expect(await server.call('POST', `${RUNS}/${id}/input`, {})).toMatchObject({ status: 409, body: { code: 'conflict' } })
    for (const unknown of [NOWHERE, 'x']) {
      expect((await submit(unknown)).status).toBe(404)
      expect((await server.call('GET', `${FORMS}/${unknown}`)).status).toBe(404)
      expect((await server.call('POST', `${RUNS}/${unknown}/input`, {})).status).toBe(404)
    }
  })

  test('is taken from those it was asked of, and says who gave it', async () => {
    const { id, form } = await asked('for_few')
    const path = `${FORMS}/${form.formId}/submit`
    const [anna, ben, vera] = [await as(server, { sub: 'anna', org: 'default' }), await as(server, { sub: 'ben', org: 'default' }), await as(server, { sub: 'vera', org: 'default', role: 'viewer' })]
    expect(await ben.call('POST', path, {})).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
    expect((await vera.call('POST', path, {})).status).toBe(403)
    expect((await anna.call('POST', path, {})).body.userForm).toMatchObject({ status: 'answered', answeredBy: 'anna' })
    expect((await server.settled(id)).workflowRun.outputs.ask).toMatchObject({ submittedBy: 'anna' })
  })
})

test('a question for a team is answered by whoever is in it, or is named by e-mail address', async () => {
  const { form } = await asked('for_teams')
  const path = `${FORMS}/${form.formId}/submit`
  const ben = await as(server, { sub: 'ben', org: 'default', teams: ['sre'], email: 'ben@acme.test' })
  expect(await ben.call('POST', path, {})).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
  const fay = await as(server, { sub: 'fay', org: 'default', teams: ['sre', 'finance'] })
  expect((await fay.call('POST', path, {})).body.userForm).toMatchObject({ answeredBy: 'fay' })
  const carla = await as(server, { sub: 'carla', org: 'default', email: 'carla@acme.test' })
  expect((await carla.call('POST', `${FORMS}/${(await asked('for_teams')).form.formId}/submit`, {})).status).toBe(200)
})

describe('a secret answer', () => {
  const PASSWORD = 'correct-horse-battery'
  const OTP = '90817263'

  test('reaches the steps, and is never shown nor stored in clear', async () => {
    const userInputs = { properties: { password: { type: 'string', format: 'password' }, otp: { type: 'string', format: 'otp' }, user: { type: 'string' } } }
    await server.save(linear('secret', [ask({ userInputs }), { identifier: 'use', config: { type: 'TRANSFORM', value: { lengths: '{{ [(.outputs.ask.values.password, .outputs.ask.values.otp) | length] | tojson }}', told: 'pw {{ .outputs.ask.values.password }}, otp {{ .outputs.ask.values.otp }}' } } }]))
    const { id, form } = await asked('secret')
    const submitted = await submit(form.formId, { values: { password: PASSWORD, otp: OTP, user: 'brown' } })
    expect(submitted.body.userForm.values).toEqual({ password: '[redacted]', otp: '[redacted]', user: 'brown' })
    const detail = await server.settled(id)
    expect(detail.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { ask: { values: { password: '[redacted]', otp: '[redacted]', user: 'brown' } }, use: { told: 'pw [redacted], otp [redacted]' } } })
    const shown = [submitted.body, detail, (await server.call('GET', `${FORMS}/${form.formId}`)).body, await (await fetch(`${server.url}${RUNS}/${id}/stream`)).text()]
    const stored = ['errand.sqlite', 'errand.sqlite-wal'].map((name) => readFileSync(join(server.dataDir, name)).toString('latin1'))
    for (const secret of [PASSWORD, OTP]) for (const text of [JSON.stringify(shown), ...stored]) expect(text.includes(secret)).toBe(false)
    expect(stored.join('').includes('brown')).toBe(true)
  })
})

describe('the list', () => {
  const list = async (query: string): Promise<Json> => {
    const { status, body } = await server.call('GET', `${FORMS}?${query}`)
    expect({ query, status }).toEqual({ query, status: 200 })
    return body
  }

  test('can be asked for a status, a run, a word, and in an order', async () => {
    await server.save(linear('sorted_b', [ask({ title: 'Sort me 50%_x' })], { title: 'B-flow' }))
    await server.save(linear('sorted_a', [ask({ title: 'sort ME' })], { title: 'A-flow' }))
    const [b, a] = [await asked('sorted_b'), await asked('sorted_a')]
    await server.call('POST', `${RUNS}/${b.id}/cancel`)
    const found = async (query: string) => ((await list(query)).userForms as Json[]).map(({ formId }) => (formId === a.form.formId ? 'a' : formId === b.form.formId ? 'b' : '?'))
    const rows: [query: string, found: string[]][] = [
      ['search=sort%20me', ['a', 'b']],
      ['search=b-FLOW', ['b']],
      [`search=${encodeURIComponent('50%_')}`, ['b']],
      ['search=sort%20me&status=pending', ['a']],
      ['search=sort%20me&status=cancelled', ['b']],
      ['search=sort%20me&status=answered', []],
      [`workflowRunId=${b.id}`, ['b']],
      [`workflowRunId=${NOWHERE}`, []],
      ['workflowRunId=x', []],
      ['search=sort%20me&sortOrder=asc', ['b', 'a']],
      ['search=sort%20me&sortBy=workflowName&sortOrder=asc', ['a', 'b']],
      ['search=sort%20me&sortBy=updatedAt', ['b', 'a']],
      ['search=sort%20me&limit=1&page=2', ['b']],
    ]
    for (const [query, expected] of rows) expect({ query, found: await found(query) }).toEqual({ query, found: expected })
    expect((await list('search=sort%20me&limit=1')).pagination).toEqual({ page: 1, limit: 1, total: 2, totalPages: 2 })
  })

  test.each(['status=open', 'sortBy=values', 'sortOrder=up', 'page=0', 'limit=101'])('refuses %s, by name', async (query) => {
    const { status, body } = await server.call('GET', `${FORMS}?${query}`)
    expect({ status, path: body.details[0].path as string }).toEqual({ status: 400, path: query.split('=')[0] })
  })
})
