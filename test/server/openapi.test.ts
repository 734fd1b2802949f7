import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadRoutes } from '../../server/routes.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
const DEFINITION = linear('documented', [
  { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { a: { type: 'string' } } } } },
  { identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: '?', buttons: [{ identifier: 'ok', label: 'OK' }] } },
], { title: 'Documented', settings: { viewport: { width: 800, height: 600 } } }) // prettier-ignore

let server: TestServer
let api: Json
beforeAll(async () => {
  server = await startTestServer()
  api = (await server.call('GET', '/openapi.json')).body
})
afterAll(() => server[Symbol.asyncDispose]())

const operations = (): { path: string; method: string; operation: Json }[] =>
  Object.entries(api.paths as Json).flatMap(([path, methods]) => Object.entries(methods as Json).map(([method, operation]) => ({ path, method, operation: operation as Json })))
const nodesIn = (value: unknown): Json[] => (typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(nodesIn)] : [])

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const found = await new Validator().validate(structuredClone(api))
    expect(found).toEqual({ valid: true })
    expect(api.openapi).toMatch(/^3\.1\./)
  })

  test('lists every route and no other', async () => {
    const routes = (await loadRoutes()).map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(operations().map(({ path, method }) => `${method} ${path}`).sort()).toEqual(routes.sort())
  })

  test('names every operation once', () => {
    const ids = operations().map(({ operation }) => operation.operationId as string)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/)
  })

  test('leads nowhere that there is nothing', () => {
    for (const { $ref } of nodesIn(api)) {
      if (typeof $ref !== 'string') continue
      expect({ $ref, found: $ref.replace('#/', '').split('/').reduce<Json | undefined>((at, name) => at?.[name] as Json | undefined, api) }).toEqual({ $ref, found: expect.any(Object) })
    }
  })

  test('says of each operation who may call, what its parameters are, and what it answers', () => {
    for (const { path, method, operation } of operations()) {
      const answers = Object.keys(operation.responses as Json)
      expect({ path, method, good: answers.some((status) => /^[23]/.test(status)) }).toEqual({ path, method, good: true })
      const named = (operation.parameters as Json[]).filter((parameter) => parameter.in === 'path').map(({ name }) => name as string)
      expect({ path, method, named }).toEqual({ path, method, named: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name) })
      if (path.startsWith('/api/')) expect({ path, method, answers }).toMatchObject({ answers: expect.arrayContaining(['400', '401', '403', '404', '500']) })
    }
    const create = api.paths[RUNS].post as Json
    expect(create.parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', in: 'header' }))
    expect(Object.keys(create.requestBody.content as Json)).toEqual(['application/json', 'multipart/form-data'])
    expect((api.paths[RUNS].get as Json).parameters).toContainEqual(expect.objectContaining({ name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 100 } }))
    expect((api.paths[`${RUNS}/{runId}/stream`].get as Json).responses['200'].content).toHaveProperty('text/event-stream')
  })

  test('names the server as the caller called it', async () => {
    const local = server.url.replace('127.0.0.1', 'localhost')
    expect(((await (await fetch(`${local}/openapi.json`)).json()) as Json).servers).toEqual([{ url: local }])
  })
})

describe('what is answered is what the document says', () => {
  /** Checks an answer's body against the schema of its operation and status. */
  const check = (path: string, method: string, { status, body }: { status: number; body: Json }): void => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    addFormats.default(ajv)
    ajv.addSchema(api, 'api')
    const pointer = ['paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'].map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    const validate = ajv.compile({ $ref: `api#/${pointer}` })
    expect({ path, method, status, valid: validate(body), errors: validate.errors }).toEqual({ path, method, status, valid: true, errors: null })
  }

  test('for workflows', async () => {
    check('/api/v1/workflows', 'post', await server.call('POST', '/api/v1/workflows', DEFINITION))
    check('/api/v1/workflows', 'post', await server.call('POST', '/api/v1/workflows'))
    check('/api/v1/workflows', 'post', await server.call('POST', '/api/v1/workflows', DEFINITION))
    check('/api/v1/workflows', 'get', await server.call('GET', '/api/v1/workflows'))
    check('/api/v1/workflows', 'get', await server.call('GET', '/api/v1/workflows?cursor='))
    check('/api/v1/workflows/{workflowId}', 'get', await server.call('GET', '/api/v1/workflows/documented'))
    check('/api/v1/workflows/{workflowId}', 'patch', await server.call('PATCH', '/api/v1/workflows/documented', { title: 'x' }))
    check('/api/v1/workflows/{workflowId}', 'put', await server.call('PUT', '/api/v1/workflows/documented', DEFINITION))
    check('/api/v1/workflows/{workflowId}/versions', 'get', await server.call('GET', '/api/v1/workflows/documented/versions'))
    check('/api/v1/workflows/validate', 'post', await server.call('POST', '/api/v1/workflows/validate', {}))
    check('/api/v1/workflows/validate', 'post', await server.call('POST', '/api/v1/workflows/validate?workflowId=nobody', {}))
    check('/api/v1/step-types', 'get', await server.call('GET', '/api/v1/step-types'))
  })

  test('for runs, forms and artifacts', async () => {
    const form = new FormData()
    form.append('workflowId', 'documented')
    form.append('inputs[a]', 'x')
    const response = await fetch(server.url + RUNS, { method: 'POST', body: form })
    const started = { status: response.status, body: (await response.json()) as Json }
    const { id } = started.body as { id: string }
    const { workflowRun } = await server.until(id, (run) => run.awaiting !== null)
    const formId = workflowRun.awaiting!.formId
    check(RUNS, 'post', started)
    check(RUNS, 'post', await server.call('POST', RUNS, { workflowId: 'documented', inputs: { b: 1 } }))
    check(RUNS, 'get', await server.call('GET', RUNS))
    check(`${RUNS}/{runId}`, 'get', await server.call('GET', `${RUNS}/${id}`))
    check(`${RUNS}/{runId}`, 'get', await server.call('GET', `${RUNS}/nobody`))
    check(`${RUNS}/dashboard/{workflowId}`, 'get', await server.call('GET', `${RUNS}/dashboard/documented`))
    check('/api/v1/user-forms', 'get', await server.call('GET', '/api/v1/user-forms'))
    check('/api/v1/user-forms/{formId}', 'get', await server.call('GET', `/api/v1/user-forms/${formId}`))
    check('/api/v1/user-forms/{formId}/submit', 'post', await server.call('POST', `/api/v1/user-forms/${formId}/submit`, { button: 'ok' }))
    await server.settled(id)
    check(`${RUNS}/{runId}`, 'get', await server.call('GET', `${RUNS}/${id}`))
    check(`${RUNS}/{runId}/rerun`, 'post', await server.call('POST', `${RUNS}/${id}/rerun`, {}))
    check(`${RUNS}/{runId}/cancel`, 'post', await server.call('POST', `${RUNS}/${(await server.run('documented')).id}/cancel`, {}))
    check(`${RUNS}/cancel`, 'post', await server.call('POST', `${RUNS}/cancel`, { runIds: [id] }))
    await server.save(linear('quick', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
    check(`${RUNS}/execute`, 'post', await server.call('POST', `${RUNS}/execute`, { workflowId: 'quick' }))
    check(`${RUNS}/execute`, 'post', await server.call('POST', `${RUNS}/execute`, { workflowId: 'documented' }, { prefer: 'respond-async' }))
    check('/api/v1/artifacts', 'get', await server.call('GET', '/api/v1/artifacts'))
    check('/health', 'get', await server.call('GET', '/health'))
    check('/ready', 'get', await server.call('GET', '/ready'))
  })
})

describe('around it', () => {
  const outside = (path: string) => fetch(server.url + path, { headers: { 'x-forwarded-for': '192.0.2.1' } })

  test('health, readiness and the document ask nobody who they are', async () => {
    for (const path of ['/health', '/ready', '/openapi.json', '/docs']) expect({ path, status: (await outside(path)).status }).toEqual({ path, status: 200 })
    expect((await outside('/api/v1/workflows')).status).toBe(401)
    expect(await (await outside('/health')).json()).toEqual({ status: 'ok' })
    expect(await (await outside('/ready')).json()).toEqual({ status: 'ok', store: 'ok', browser: 'ok' })
  })

  test('a server that cannot start a browser, or reach its store, is not ready', async () => {
    const { browsers, db } = server.server.services
    const { ready } = browsers
    const { read } = db
    const broken = (): Promise<never> => Promise.reject(new Error('secret path'))
    try {
      browsers.ready = broken
      const first = await outside('/ready')
      expect({ status: first.status, body: await first.json() }).toEqual({ status: 503, body: { status: 'failed', store: 'ok', browser: 'failed' } })
      browsers.ready = ready
      db.read = broken
      const second = await outside('/ready')
      expect({ status: second.status, body: await second.json() }).toEqual({ status: 503, body: { status: 'failed', store: 'failed', browser: 'ok' } })
    } finally {
      browsers.ready = ready
      db.read = read
    }
    expect((await outside('/ready')).status).toBe(200)
  })
})
