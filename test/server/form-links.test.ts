import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** The address at which somebody without an account answers one question. */

const QUESTION = {
  properties: {
    code: { type: 'string', format: 'otp', title: 'Security <code>', pattern: '^[0-9]{6}$', description: 'Six digits' },
    count: { type: 'integer' },
    sure: { type: 'boolean', title: 'I am sure' },
    place: { type: 'string', enum: ['Bern', 'Köln'] },
    'odd [name]': { type: 'string' },
  },
  required: ['code', 'sure'],
  order: ['code', 'count', 'sure', 'place', 'odd [name]'],
}

let server: TestServer
let member: Awaited<ReturnType<typeof as>>
beforeAll(async () => {
  // Nobody is trusted for where they call from: what works here works by the address alone.
  server = await startTestServer({ ...CALLERS, TRUSTED_NETWORKS: '' })
  member = await as(server, { sub: 'mia' })
})
afterAll(() => server[Symbol.asyncDispose]())

let count = 0
const asked = async (config: Json = {}, definition: Json = {}): Promise<{ runId: string; formId: string }> => {
  const { body } = await member.call('POST', '/api/v1/workflows', linear(`linked_${++count}`, [{ identifier: 'ask', config: { type: 'USER_INPUT', title: 'Which <b>code</b>?', description: 'It came by letter.', userInputs: QUESTION, ...config } }], { title: 'Acme & Co', ...definition }))
  const { id } = (await member.call('POST', '/api/v1/workflow-runs', { workflowId: body.workflow.id })).body
  const stop = new AbortController()
  for await (const _page of server.server.services.log.follow(id, 0, stop.signal)) {
    const { workflowRun } = (await member.call('GET', `/api/v1/workflow-runs/${id}`)).body
    if (workflowRun.awaiting) return { runId: id, formId: workflowRun.awaiting.formId }
  }
  throw new Error('The server stopped.')
}
const linkOf = async (formId: string, body: Json = {}): Promise<string> => (await member.call('POST', `/api/v1/user-forms/${formId}/link`, body)).body.url
const page = async (url: string, fields?: Record<string, string>): Promise<{ status: number; html: string; headers: Headers }> => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields ?? {})) form.append(name, value)
  const answer = await fetch(url, fields && { method: 'POST', body: form })
  return { status: answer.status, html: await answer.text(), headers: answer.headers }
}
const form = async (formId: string): Promise<Json> => (await member.call('GET', `/api/v1/user-forms/${formId}`)).body

describe('a link', () => {
  test('shows the question as a form, with no script and nothing from elsewhere', async () => {
    const { formId } = await asked()
    const { status, html, headers } = await page(await linkOf(formId))
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/html/)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(html).toContain('<h1>Which &#60;b&#62;code&#60;/b&#62;?</h1>')
    expect(html).toContain('Acme &#38; Co')
    expect(html).toMatch(/<label for="f0">Security &#60;code&#62;<\/label><input id="f0" name="f0" autofocus required type="text" inputmode="numeric" autocomplete="one-time-code" value="">/)
    expect(html).not.toMatch(/<script|<b>code/)
  })

  test('takes the answer once, without an account, and the run goes on', async () => {
    const { runId, formId } = await asked()
    const url = await linkOf(formId)
    const { status, html } = await page(url, { f0: '123456', f1: '3', f2: 'true', f3: 'Köln', f4: 'x' })
    expect(status).toBe(200)
    expect(html).toContain('Thank you.')
    expect(await form(formId)).toMatchObject({ status: 'answered', answeredBy: `link:${formId}`, values: { code: '[redacted]', count: 3, sure: true, place: 'Köln', 'odd [name]': 'x' } })
    expect((await member.call('GET', `/api/v1/workflow-runs/${runId}`)).body.workflowRun.awaiting).toBeNull()
    // Who made it, and that it was used: by whom nobody can say, least of all that it was who made it.
    const { entries } = (await (await as(server, { sub: 'ada', role: 'admin' })).call('GET', `/api/v1/audit?targetId=${formId}`)).body
    expect(entries).toMatchObject([
      { action: 'POST /answer/:token', actorKind: 'link', actorId: `link:${formId}`, targetType: 'user_form', address: expect.stringMatching(/127\.0\.0\.1/), status: 200 },
      { action: 'POST /api/v1/user-forms/:formId/link', actorKind: 'user', actorId: 'mia', targetType: 'user_form', status: 201 },
    ])
    expect(JSON.stringify(entries)).not.toContain(url.split('/answer/')[1])
  })

  test('what is left empty is not given, and no tick is a no', async () => {
    const { formId } = await asked()
    await page(await linkOf(formId), { f0: '123456', f1: '', f3: '', f4: '' })
    expect((await form(formId)).values).toEqual({ code: '[redacted]', sure: false })
  })

  test('says what is wrong with an answer, and the question stays open', async () => {
    const { formId } = await asked()
    const url = await linkOf(formId)
    const { status, html } = await page(url, { f0: '12', f1: 'many' })
    expect(status).toBe(400)
    expect(html).toContain('That is not the answer that was asked for.')
    expect(html).toMatch(/<li>code: .*<li>count: /)
    expect(html).toContain('Try again')
    expect((await form(formId)).status).toBe('pending')
    expect((await page(url, { f0: '123456' })).status).toBe(200)
  })

  test('that was used says so, to who looks and to who answers', async () => {
    const { formId } = await asked()
    const url = await linkOf(formId)
    const [first, second] = await Promise.all([page(url, { f0: '111111' }), page(url, { f0: '222222' })])
    expect(new Set([first.status, second.status])).toEqual(new Set([200, 409]))
    for (const fields of [undefined, { f0: '333333' }]) {
      const { status, html, headers } = await page(url, fields)
      expect(status).toBe(409)
      expect(headers.get('content-type')).toMatch(/^text\/html/)
      expect(html).toContain('<h1>This question was answered already.</h1>')
    }
  })

  test('whose time is over says so, and so does one whose question’s time is over', async () => {
    const { formId } = await asked()
    const { url, expiresAt } = (await member.call('POST', `/api/v1/user-forms/${formId}/link`, { expiresInMs: 1000 })).body
    expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 1000)
    while (Date.now() <= Date.parse(expiresAt)) await new Promise((resolve) => setTimeout(resolve, 20))
    for (const fields of [undefined, { f0: '333333' }]) {
      const { status, html } = await page(url, fields)
      expect(status).toBe(410)
      expect(html).toContain('<h1>The time of this link is over. Ask for another one.</h1>')
    }
    expect((await form(formId)).status).toBe('pending')
    // Another one for the same question still works.
    expect((await page(await linkOf(formId))).status).toBe(200)
  })

  test('of a run that was cancelled says so', async () => {
    const { runId, formId } = await asked()
    const url = await linkOf(formId)
    await member.call('POST', `/api/v1/workflow-runs/${runId}/cancel`, {})
    expect(await page(url)).toMatchObject({ status: 409, html: expect.stringContaining('was cancelled already') })
  })

  test('that was changed, cut off or made up opens nothing', async () => {
    const { formId } = await asked()
    const url = await linkOf(formId)
    const [base, token] = url.split('/answer/') as [string, string]
    const [payload, signature] = token.split('.') as [string, string]
    const other = Buffer.from(JSON.stringify(['acme', formId, Date.now() + 1e9, null])).toString('base64url')
    for (const bad of [token.slice(0, -1), `${payload}.`, payload, `${other}.${signature}`, 'x', `x.${signature}`, '%00', 'a'.repeat(3000)]) {
      const { status, html } = await page(`${base}/answer/${bad}`, { f0: '123456' })
      expect({ bad, status }).toEqual({ bad, status: 404 })
      expect(html).toContain('This link is not valid.')
    }
    expect((await form(formId)).status).toBe('pending')
  })

  test('opens nothing but its question', async () => {
    const { formId } = await asked()
    const token = (await linkOf(formId)).split('/answer/')[1]
    for (const path of [`/api/v1/user-forms/${formId}`, '/api/v1/workflow-runs', `/api/v1/hooks/${token}`])
      expect((await server.call('GET', path, undefined, { authorization: `Bearer ${token}` })).status).toBeGreaterThanOrEqual(401)
  })
})

describe('buttons', () => {
  test('are the form’s own, and one must be pressed', async () => {
    const { formId } = await asked({ userInputs: undefined, buttons: [{ identifier: 'yes', label: 'Pay <now>' }, { identifier: 'no', label: 'Refuse', variant: 'DANGER' }] })
    const url = await linkOf(formId)
    const { html } = await page(url)
    expect(html).toContain('<button name="button" value="yes">Pay &#60;now&#62;</button><button name="button" value="no" class="danger">Refuse</button>')
    expect((await page(url, { x: '' })).status).toBe(400)
    expect((await page(url, { button: 'maybe' })).status).toBe(400)
    expect((await page(url, { button: 'no' })).status).toBe(200)
    expect(await form(formId)).toMatchObject({ button: 'no', answeredBy: `link:${formId}` })
  })
})

describe('who may make one', () => {
  test('whoever may answer, and nobody else', async () => {
    const { formId } = await asked()
    const make = async (claims: Parameters<typeof as>[1], id = formId) => (await (await as(server, claims)).call('POST', `/api/v1/user-forms/${id}/link`, {})).status
    expect(await make({ sub: 'vic', role: 'viewer' })).toBe(403)
    expect(await make({ sub: 'sam', org: 'globex', role: 'admin' })).toBe(404)
    expect(await make({ sub: 'max' })).toBe(201)
    const { formId: forAnna } = await asked({ responders: { users: ['anna'] } })
    expect(await make({ sub: 'max' }, forAnna)).toBe(403)
    expect(await make({ sub: 'anna' }, forAnna)).toBe(201)
    const hidden = await asked({}, { allowAnyoneToViewRuns: false })
    expect(await make({ sub: 'max' }, hidden.formId)).toBe(404)
    // Its maker's link works for others all the same.
    expect((await page(await linkOf(hidden.formId), { f0: '123456' })).status).toBe(200)
  })

  test('none for what is answered, and its faults are told', async () => {
    const { formId } = await asked()
    for (const body of [{ expiresInMs: 1 }, { expiresInMs: '1h' }, { more: 1 }]) expect((await member.call('POST', `/api/v1/user-forms/${formId}/link`, body)).status).toBe(400)
    const { expiresAt } = (await member.call('POST', `/api/v1/user-forms/${formId}/link`, { expiresInMs: 86_400_000 * 30 })).body
    expect(expiresAt).toBe((await form(formId)).expiresAt)
    await page(await linkOf(formId), { f0: '123456' })
    expect((await member.call('POST', `/api/v1/user-forms/${formId}/link`, {})).status).toBe(409)
  })
})
