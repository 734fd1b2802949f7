import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** Values that templates name and that no call gives back. */

const SECRETS = '/api/v1/secrets'
type Somebody = Awaited<ReturnType<typeof as>>

let server: TestServer
let admin: Somebody
let member: Somebody
let viewer: Somebody
let stranger: Somebody
beforeAll(async () => {
  server = await startTestServer(CALLERS)
  admin = await as(server, { sub: 'ada', role: 'admin' })
  member = await as(server, { sub: 'mia' })
  viewer = await as(server, { sub: 'vic', role: 'viewer' })
  stranger = await as(server, { sub: 'sam', org: 'globex', role: 'admin' })
})
afterAll(() => server[Symbol.asyncDispose]())

const put = (name: string, value: unknown, who: Somebody = admin) => who.call('PUT', `${SECRETS}/${name}`, { value })

let count = 0
/** What a run puts out whose one node is `value`, and what it fails with. */
const evaluate = async (value: unknown, more: { envs?: Json; definition?: Json; nodes?: Json[] } = {}): Promise<Json> => {
  const { body } = await member.call('POST', '/api/v1/workflows', linear(`secrets_${++count}`, more.nodes ?? [{ identifier: 'use', config: { type: 'TRANSFORM', value } }], more.definition))
  if (!body.workflow) throw new Error(JSON.stringify(body))
  const started = await member.call('POST', '/api/v1/workflow-runs/execute', { workflowId: body.workflow.id, ...(more.envs && { envs: more.envs }) })
  if (!started.body.workflowRun) throw new Error(JSON.stringify(started.body))
  return started.body.workflowRun as Json
}

describe('the calls', () => {
  test('put makes one and changes it, and no call tells its value', async () => {
    const made = await put('API_TOKEN', 'first-value')
    expect(made).toMatchObject({ status: 201, body: { secret: { name: 'API_TOKEN', createdByUserId: 'ada', updatedByUserId: 'ada' } } })
    const changed = await put('API_TOKEN', 'second-value')
    expect(changed.status).toBe(200)
    const got = await admin.call('GET', `${SECRETS}/API_TOKEN`)
    expect(got.body).toEqual({ secret: { name: 'API_TOKEN', createdByUserId: 'ada', updatedByUserId: 'ada', createdAt: made.body.secret.createdAt, updatedAt: expect.any(String) } })
    expect(JSON.stringify([made.body, changed.body, got.body, (await admin.call('GET', SECRETS)).body])).not.toMatch(/first-value|second-value/)
  })

  test('the list goes by name and has pages', async () => {
    for (const name of ['LIST_C', 'LIST_A', 'LIST_B']) await put(name, 'x')
    const { body } = await member.call('GET', `${SECRETS}?limit=2&page=1`)
    expect(body.secrets).toHaveLength(2)
    const all = (await member.call('GET', `${SECRETS}?limit=100`)).body
    expect((all.secrets as Json[]).map(({ name }) => name as string).filter((name) => name.startsWith('LIST'))).toEqual(['LIST_A', 'LIST_B', 'LIST_C'])
    expect(all.pagination.total).toBe(all.secrets.length)
  })

  test('who may do what', async () => {
    const may = async (who: Somebody) => [(await put('ROLES', 'x', who)).status, (await who.call('GET', `${SECRETS}/ROLES`)).status, (await who.call('GET', SECRETS)).status, (await who.call('DELETE', `${SECRETS}/ROLES`)).status]
    expect(await may(viewer)).toEqual([403, 403, 403, 403])
    await put('ROLES', 'x')
    expect(await may(member)).toEqual([403, 200, 200, 403])
    expect(await may(admin)).toEqual([200, 200, 200, 204])
    expect((await admin.call('DELETE', `${SECRETS}/ROLES`)).status).toBe(404)
  })

  test('each org has its own', async () => {
    await put('SHARED', 'acme-value')
    expect((await stranger.call('GET', `${SECRETS}/SHARED`)).status).toBe(404)
    expect((await stranger.call('DELETE', `${SECRETS}/SHARED`)).status).toBe(404)
    expect((await put('SHARED', 'globex-value', stranger)).status).toBe(201)
    expect((await evaluate('{{ .secrets.SHARED == "acme-value" }}')).outputs.use).toEqual({ value: true })
  })

  test('all faults are told, and none tells the value', async () => {
    for (const name of ['1st', 'with space', 'a'.repeat(101), '__proto__', 'constructor', 'naïve']) expect({ name, status: (await put(encodeURIComponent(name), 'x')).status }).toEqual({ name, status: 400 })
    for (const value of [undefined, '', 1, null, ['hunter2-x'], { hunter2: 'hunter2-x' }, 'hunter2-x'.repeat(10_000)]) {
      const { status, body } = await put('FAULTY', value)
      expect(status).toBe(400)
      expect(JSON.stringify(body)).not.toContain('hunter2-x')
    }
    expect((await admin.call('PUT', `${SECRETS}/FAULTY`, { value: 'x', more: 1 })).body.details).toMatchObject([{ path: 'more', code: 'unknown_field' }])
    expect((await admin.call('GET', `${SECRETS}/FAULTY`)).status).toBe(404)
  })

  test('every change is in the audit log, with the name and without the value', async () => {
    await put('AUDITED', 'quiet-please')
    await admin.call('DELETE', `${SECRETS}/AUDITED`)
    const { entries } = (await admin.call('GET', '/api/v1/audit?targetId=AUDITED')).body
    expect(entries).toMatchObject([
      { action: 'DELETE /api/v1/secrets/:name', actorId: 'ada', targetType: 'secret', status: 204 },
      { action: 'PUT /api/v1/secrets/:name', actorId: 'ada', targetType: 'secret', status: 201 },
    ])
    expect(JSON.stringify(entries)).not.toContain('quiet-please')
  })
})

describe('in templates', () => {
  test('a run knows those that its workflow names, by whatever path', async () => {
    await put('PLAIN', 'plain-value')
    await put('with-dash', 'dash-value')
    const { outputs } = await evaluate({ a: '{{ .secrets.PLAIN == "plain-value" }}', b: '{{ .secrets["with-dash"] == "dash-value" }}', c: '{{ "\\(.secrets.PLAIN)!" == "plain-value!" }}' })
    expect(outputs.use).toEqual({ a: true, b: true, c: true })
  })

  test('and no others: not even a program that looks at all of its variables sees them', async () => {
    await put('UNNAMED', 'unnamed-value')
    const { outputs } = await evaluate('{{ [.. | strings] | any(. == "unnamed-value") }}')
    expect(outputs.use).toEqual({ value: false })
  })

  test('a program that picks them by itself knows all of them', async () => {
    await put('PICKED', 'picked-value')
    const { outputs } = await evaluate('{{ .secrets["PIC" + "KED"] == "picked-value" }}')
    expect(outputs.use).toEqual({ value: true })
  })

  test('conditions and the insides of loops name them, too', async () => {
    await put('IN_CONDITION', 'go')
    await put('IN_LOOP', 'round')
    const { outputs } = await evaluate(null, {
      nodes: [
        { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
        { identifier: 'if', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', expression: '.secrets.IN_CONDITION == "go"' }] } },
        { identifier: 'each', config: { type: 'FOR_EACH', items: ['round', 'other'], nodes: [{ identifier: 'same', config: { type: 'TRANSFORM', value: '{{ .secrets.IN_LOOP == .item }}' } }] } },
      ],
      definition: { connections: [{ sourceIdentifier: 'start', targetIdentifier: 'if' }, { sourceIdentifier: 'if', sourceOutletIdentifier: 'yes', targetIdentifier: 'each' }] },
    })
    expect(outputs.each.items).toEqual([{ same: { value: true } }, { same: { value: false } }])
  })

  test.each([
    ['alone', '{{ .secrets.NOWHERE }}', 'config.value: {{ .secrets.NOWHERE }}: there is no secret "NOWHERE"'],
    ['in a text', 'Bearer {{ .secrets["no-where"] }}', 'config.value: {{ .secrets["no-where"] }}: there is no secret "no-where"'],
    ['on its way to jq', '{{ "x" + .secrets.NOWHERE | @base64 }}', 'there is no secret "NOWHERE"'],
  ])('one that is not there fails the node, and is named: %s', async (_name, value, message) => {
    expect((await evaluate(value)).error).toMatchObject({ code: 'template_error', stepId: 'use', message: expect.stringContaining(message) })
  })

  test('unless the program says what to do without it', async () => {
    expect((await evaluate('{{ .secrets.NOWHERE // "none" }}')).outputs.use).toEqual({ value: 'none' })
  })

  test('what a run of another workflow is given of a secret is hidden there, too', async () => {
    await put('HANDED_ON', 'handed-on-value')
    const { body } = await member.call('POST', '/api/v1/workflows', linear('takes_it', [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { key: { type: 'string' } } } } },
      { identifier: 'is_it', config: { type: 'TRANSFORM', value: { right: '{{ .inputs.key == "handed-on-value" }}', header: 'Basic {{ .inputs.key }}' } } },
    ]))
    const { outputs } = await evaluate(null, { nodes: [{ identifier: 'call', config: { type: 'RUN_WORKFLOW', workflow: body.workflow.id, inputs: { key: '{{ .secrets.HANDED_ON }}' } } }] })
    expect(outputs.call.outputs.is_it).toEqual({ right: true, header: 'Basic [redacted]' })
    const child = (await member.call('GET', `/api/v1/workflow-runs/${outputs.call.runId}`)).body
    expect(child.workflowRun.inputs).toEqual([{ name: 'key', value: '[redacted]' }])
    expect(JSON.stringify(child)).not.toContain('handed-on-value')
  })
})

describe('a value that is replaced while a run waits', () => {
  const nodes = [
    { identifier: 'before', config: { type: 'TRANSFORM', value: { header: 'Key {{ .secrets.CHANGING }}' } } },
    { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Go on?' } },
    { identifier: 'after', config: { type: 'TRANSFORM', value: { old: '{{ .outputs.before.header }}', now: '{{ .secrets.CHANGING == "newer-value" }}', same: '{{ .outputs.before.header == "Key older-value" }}' } } },
  ]
  const when = async (id: string, wanted: (run: Json) => boolean): Promise<Json> => {
    const stop = new AbortController()
    for await (const _page of server.server.services.log.follow(id, 0, stop.signal)) {
      const found = (await member.call('GET', `/api/v1/workflow-runs/${id}`)).body
      if (wanted(found.workflowRun)) return found
    }
    throw new Error('The server stopped.')
  }
  const asked = async (): Promise<string> => {
    const { body } = await member.call('POST', '/api/v1/workflows', linear(`changing_${++count}`, nodes))
    const { id } = (await member.call('POST', '/api/v1/workflow-runs', { workflowId: body.workflow.id })).body
    await when(id, ({ state }) => state === 'AWAITING_USER_INPUT')
    return id as string
  }
  const ended = (id: string): Promise<Json> => when(id, ({ completedAt }) => completedAt !== null)

  test('is used from then on, and the old one stays hidden; also in a run from there on', async () => {
    await put('CHANGING', 'older-value')
    const id = await asked()
    await put('CHANGING', 'newer-value')
    await member.call('POST', `/api/v1/workflow-runs/${id}/input`, { values: {} })
    const found = await ended(id)
    expect(found.workflowRun.outputs.after).toEqual({ old: 'Key [redacted]', now: true, same: true })
    const again = (await member.call('POST', `/api/v1/workflow-runs/${id}/rerun`, { fromStepId: 'after' })).body
    const second = await ended(again.id)
    expect(second.workflowRun.outputs.after).toEqual({ old: 'Key [redacted]', now: true, same: true })
    expect(JSON.stringify([found, second])).not.toMatch(/older-value|newer-value/)
  })
})

describe('secret variables', () => {
  const definition = { envs: [{ name: 'TOKEN', secret: true, description: 'Given at the start' }, { name: 'PLAIN', value: 'plain' }] }

  test('that the workflow marks are given at the start, used, and shown nowhere', async () => {
    const run = await evaluate({ header: 'Bearer {{ .envs.TOKEN }}', right: '{{ .envs.TOKEN == "env-secret-value" }}', plain: '{{ .envs.PLAIN }}' }, { definition, envs: { TOKEN: 'env-secret-value' } })
    expect(run.outputs.use).toEqual({ header: 'Bearer [redacted]', right: true, plain: 'plain' })
    const { runs } = { runs: (await member.call('GET', `/api/v1/workflow-runs/${run.id}`)).body }
    expect(JSON.stringify(runs)).not.toContain('env-secret-value')
  })

  test('that the caller marks are treated the same, as JSON and in a form', async () => {
    const run = await evaluate('{{ .envs.OWN }}', { envs: { OWN: { value: 'callers-own-value', secret: true }, OTHER: { value: 'y', secret: false } } })
    expect(run.outputs.use).toEqual({ value: '[redacted]' })
    const { body } = await member.call('POST', '/api/v1/workflows', linear(`form_${++count}`, [{ identifier: 'use', config: { type: 'TRANSFORM', value: '{{ .envs.OWN }}' } }]))
    const form = new FormData()
    for (const [name, value] of [['workflowId', body.workflow.id], ['envs[OWN][value]', 'callers-own-value'], ['envs[OWN][secret]', 'true']]) form.append(name, value)
    const answer = await fetch(`${server.url}/api/v1/workflow-runs/execute`, { method: 'POST', body: form, headers: { authorization: member.authorization } })
    expect(((await answer.json()) as Json).workflowRun.outputs.use).toEqual({ value: '[redacted]' })
  })

  test('that nobody gave fail the node that names them', async () => {
    expect((await evaluate('{{ .envs.TOKEN }}', { definition })).error).toMatchObject({ code: 'template_error', message: expect.stringContaining('the secret variable "TOKEN" was not given') })
  })

  test('have no value in the workflow, where everybody would read it', async () => {
    const faults = async (envs: Json[]) => (await member.call('POST', '/api/v1/workflows/validate', linear('x', [{ identifier: 'n', config: { type: 'NO_ACTION' } }], { envs }))).body.faults
    expect(await faults([{ name: 'TOKEN', secret: true, value: 'in the open' }])).toMatchObject([{ path: 'envs[0].value' }])
    expect(await faults([{ name: 'TOKEN' }])).toMatchObject([{ path: 'envs[0].value', message: 'is missing' }])
    expect(await faults(definition.envs)).toEqual([])
  })
})
