import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const START = '/api/v1/workflow-runs'
const ECHO = { identifier: 'echo', config: { type: 'TRANSFORM', value: { inputs: '{{ .inputs }}', envs: '{{ .envs }}' } } }
const PROPERTIES = {
  month: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}$' },
  count: { type: 'integer', minimum: 1, maximum: 10 },
  ratio: { type: 'number' },
  flag: { type: 'boolean' },
  tags: { type: 'array', items: { type: 'integer' } },
  address: { type: 'object', properties: { city: { type: 'string' }, zip: { type: 'integer' } } },
  mode: { type: 'string', enum: ['fast', 'slow'], default: 'slow' },
  toString: { type: 'string' },
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.save(
    linear('typed', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: PROPERTIES, required: ['month'] } } }, ECHO], {
      envs: [{ name: 'PORTAL', value: 'https://portal.test' }, { name: 'LANG', value: 'en' }],
    }),
  )
  await server.save(linear('untyped', [ECHO]))
})
afterAll(() => server[Symbol.asyncDispose]())

const post = async (fields: [string, string][], path = START) => {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as Json }
}
const echoed = async ({ status, body }: { status: number; body: Json }): Promise<Json> => {
  expect({ status, error: body.error }).toEqual({ status: 202, error: null })
  return (await server.settled(body.id as string)).workflowRun.outputs.echo as Json
}
const faultsOf = ({ status, body }: { status: number; body: Json }): string[] => {
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' })
  return (body.details as Json[]).map(({ path, code }) => `${path} ${code}`)
}
const start = (inputs: unknown, workflowId = 'typed') => server.call('POST', START, { workflowId, inputs })
const total = async (): Promise<number> => (await server.call('GET', START)).body.pagination.total as number

test('a run is created at once: 202, PENDING, its address in Location, its inputs listed, ready to be read', async () => {
  const workflow = (await server.call('GET', '/api/v1/workflows/typed')).body.workflow as Json
  const { status, headers, body } = await start({ month: '2026-01', count: 3 })
  expect(status).toBe(202)
  expect(headers.get('location')).toBe(`${START}/${body.id}`)
  expect(headers.get('x-workflow-run-id')).toBe(body.id)
  expect(body).toEqual({
    id: expect.any(String),
    identifier: `wfr_${(body.id as string).replaceAll('-', '')}`,
    workflowId: workflow.id,
    workflowIdentifier: 'typed',
    workflowName: 'typed',
    workflowVersion: 1,
    status: 'scheduled',
    state: 'PENDING',
    currentStateName: null,
    inputs: [{ name: 'month', value: '2026-01' }, { name: 'count', value: 3 }, { name: 'mode', value: 'slow' }],
    outputs: {},
    error: null,
    jobRunId: null,
    rerunOf: null,
    createdByUserId: null,
    createdAt: expect.any(String),
    startedAt: null,
    updatedAt: body.createdAt,
    completedAt: null,
    durationMs: null,
    awaiting: null,
  })
  expect((await server.settled(body.id as string)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { echo: { inputs: { month: '2026-01', count: 3, mode: 'slow' } } } })
})

describe('inputs', () => {
  test('keep their types as JSON, and defaults are filled in', async () => {
    const inputs = { month: '2026-01', count: 3, ratio: 0.5, flag: false, tags: [1, 2], address: { city: 'Köln', zip: 50667 }, mode: 'fast', toString: 'x' }
    expect((await echoed(await start(inputs))).inputs).toEqual(inputs)
    expect((await echoed(await start({ month: '2026-01' }))).inputs).toEqual({ month: '2026-01', mode: 'slow' })
  })

  test('may be any where the workflow names none', async () => {
    const inputs = { a: [1, { b: null }], 'a b': 'x', constructorOf: 1 }
    expect((await echoed(await start(inputs, 'untyped'))).inputs).toEqual(inputs)
    expect((await echoed(await server.call('POST', START, { workflowId: 'untyped' }))).inputs).toEqual({})
  })

  test('come as JSON text in one field of a form', async () => {
    const fields: [string, string][] = [['workflowId', 'typed'], ['inputs', '{"month":"2026-01","count":3,"tags":[4]}'], ['envs', '{"LANG":"de"}']]
    expect(await echoed(await post(fields))).toEqual({ inputs: { month: '2026-01', count: 3, tags: [4], mode: 'slow' }, envs: { PORTAL: 'https://portal.test', LANG: 'de' } })
  })

  test('come as bracket fields, and are read as the types that the workflow names', async () => {
    const fields: [string, string][] = [
      ['workflowId', 'typed'], ['inputs[month]', '2026-01'], ['inputs[count]', '3'], ['inputs[ratio]', '-0.5'], ['inputs[flag]', 'false'],
      ['inputs[tags]', '1'], ['inputs[tags]', '2'], ['inputs[address]', '{"city":"Köln","zip":50667}'], ['inputs[toString]', '12'], ['envs[LANG]', 'de'], ['envs[NEW_1]', '7'],
    ]
    expect(await echoed(await post(fields))).toEqual({
      inputs: { month: '2026-01', count: 3, ratio: -0.5, flag: false, tags: [1, 2], address: { city: 'Köln', zip: 50667 }, toString: '12', mode: 'slow' },
      envs: { PORTAL: 'https://portal.test', LANG: 'de', NEW_1: '7' },
    })
    const repeated: [string, string][] = [['workflowId', 'typed'], ['inputs[month]', '2026-01'], ['inputs[tags][]', '5'], ['inputs[address][city]', 'Bonn'], ['inputs[address][zip]', '53111']]
    expect((await echoed(await post(repeated))).inputs).toMatchObject({ tags: [5], address: { city: 'Bonn', zip: 53111 } })
  })

  test('that are missing, unknown or wrong are all told, with their paths, and no run is made', async () => {
    const before = await total()
    const wrong = { count: 11, ratio: 'x', flag: 'true', tags: [1, 'b'], address: { zip: 1.5, street: 'x' }, mode: 'medium', other: 1 }
    const faults = ['inputs.address.street unknown_input', 'inputs.address.zip wrong_type', 'inputs.count too_large', 'inputs.flag wrong_type', 'inputs.mode enum',
      'inputs.month required', 'inputs.other unknown_input', 'inputs.ratio wrong_type', 'inputs.tags[1] wrong_type'] // prettier-ignore
    expect(faultsOf(await start(wrong)).sort()).toEqual(faults)
    for (const path of ['/execute', '/execute/stream']) expect(faultsOf(await server.call('POST', START + path, { workflowId: 'typed', inputs: wrong })).sort()).toEqual(faults)
    const fields: [string, string][] = [['workflowId', 'typed'], ['inputs[month]', 'January'], ['inputs[count]', '3.5'], ['inputs[flag]', 'yes'], ['inputs[tags]', 'x']]
    expect(faultsOf(await post(fields)).sort()).toEqual(['inputs.count wrong_type', 'inputs.flag wrong_type', 'inputs.month pattern', 'inputs.tags[0] wrong_type'])
    expect(await total()).toBe(before)
  })

  test('that could reach an object’s prototype are refused by name, in every form', async () => {
    const raw = (inputs: string, workflowId = 'untyped') => server.call('POST', START, `{"workflowId":"${workflowId}","inputs":${inputs}}`)
    expect(faultsOf(await raw('{"__proto__":{"admin":true}}'))).toEqual(['inputs.__proto__ custom'])
    expect(faultsOf(await raw('{"a":{"__proto__":1},"constructor":{"prototype":1}}')).sort()).toEqual(['inputs.a.__proto__ reserved_name', 'inputs.constructor reserved_name'])
    expect(faultsOf(await raw('{"month":"2026-01","prototype":1}', 'typed'))).toEqual(['inputs.prototype reserved_name'])
    for (const name of ['inputs[__proto__]', 'inputs[__proto__][admin]', 'inputs[a][__proto__][admin]', 'inputs[constructor][prototype][admin]'])
      expect(faultsOf(await post([['workflowId', 'untyped'], [name, 'true']]))).not.toEqual([])
    expect(({} as Json).admin).toBeUndefined()
  })

  test('that nest without end, or are too many, are refused', async () => {
    const deep = `{"workflowId":"untyped","inputs":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
    expect(faultsOf(await server.call('POST', START, deep))).toEqual([expect.stringMatching(/ too_deep$/)])
    expect(faultsOf(await start(Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`n${index}`, 1])), 'untyped'))).toEqual(['inputs too_many'])
  })

  test('that are no object are refused in plain words, in every form', async () => {
    for (const inputs of [[1], 5, 'text', '[1]', 'null']) expect(faultsOf(await start(inputs))).toEqual([expect.stringMatching(/^inputs /)])
    for (const [name, value] of [['inputs', '{'], ['inputs', '[]'], ['inputs', ''], ['envs', '{"A"}']] as [string, string][])
      expect(faultsOf(await post([['workflowId', 'untyped'], [name, value]]))).toEqual([expect.stringMatching(new RegExp(`^${name} `))])
    expect(faultsOf(await post([['workflowId', 'untyped'], ['inputs', '{}'], ['inputs[a]', '1']]))).toEqual(['inputs[""] custom'])
  })

  test('of a password are kept out of every answer', async () => {
    await server.save(
      linear('secretive', [
        { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { pin: { type: 'string', format: 'password' } }, required: ['pin'] } } },
        { identifier: 'use', config: { type: 'TRANSFORM', value: { text: 'the pin is {{ .inputs.pin }}!' } } },
      ]),
    )
    const started = await server.call('POST', START, { workflowId: 'secretive', inputs: { pin: 'hunter22' } })
    expect(started.body.inputs).toEqual([{ name: 'pin', value: '[redacted]' }])
    const detail = await server.settled(started.body.id as string)
    expect(detail.workflowRun.outputs).toEqual({ start: { pin: '[redacted]' }, use: { text: 'the pin is [redacted]!' } })
    expect(JSON.stringify(detail)).not.toContain('hunter22')
  })
})

describe('envs', () => {
  test('given with the call take the place of the workflow’s for this run only', async () => {
    const envsOf = async (envs?: Json) => (await echoed(await server.call('POST', START, { workflowId: 'typed', inputs: { month: '2026-01' }, envs }))).envs as Json
    expect(await envsOf({ LANG: 'fr', OTHER: 'x' })).toEqual({ PORTAL: 'https://portal.test', LANG: 'fr', OTHER: 'x' })
    expect(await envsOf()).toEqual({ PORTAL: 'https://portal.test', LANG: 'en' })
  })

  test('that are no text, or no name, are all told', async () => {
    const raw = await server.call('POST', START, '{"workflowId":"untyped","envs":{"A":1,"b-c":"x","C":null}}')
    expect(faultsOf(raw).sort()).toEqual(['envs.A invalid_union', 'envs.C invalid_union', 'envs["b-c"] invalid_key'])
    expect(faultsOf(await server.call('POST', START, '{"workflowId":"untyped","envs":{"__proto__":"x"}}'))).toEqual(['envs.__proto__ custom'])
  })
})

describe('the call', () => {
  test('names a workflow that there is', async () => {
    for (const workflowId of ['nobody', '0197d0d0-0000-7000-8000-000000000000', 'a\u0000b', '%ZZ']) {
      expect(await server.call('POST', START, { workflowId })).toMatchObject({ status: 404, body: { code: 'not_found', error: expect.any(String) } })
    }
  })

  test('names all unknown fields and everything that is missing', async () => {
    expect(faultsOf(await server.call('POST', START, { workflow: 'typed', input: {} })).sort()).toEqual(['input unknown_field', 'workflow unknown_field', 'workflowId invalid_type'])
    expect(faultsOf(await server.call('POST', START))).toEqual(['workflowId invalid_type'])
    expect(faultsOf(await post([['workflowId', 'typed'], ['workflowId', 'untyped']]))).toEqual(['workflowId invalid_type'])
    expect(faultsOf(await post([['workflowId', 'untyped'], ['inputz[a]', '1']]))).toEqual(['inputz unknown_field'])
  })
})
