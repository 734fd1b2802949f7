import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

/** What a caller can send to harm the server, or to see its insides: each is answered with its fault, and none with a 500. */

const RUNS = '/api/v1/workflow-runs'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'
const HUGE = 'x'.repeat(6000)

let server: TestServer
/** What the server logged as its own fault: nothing that a caller sends may be one. */
const logged: string[] = []
beforeAll(async () => {
  server = await startTestServer({}, { logger: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }) })
  await server.save(linear('quick', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => {
  expect(logged).toEqual([])
})

/**
 * Writes bytes as they are, and gives the status and body of the first answer; null when the server just hangs up.
 * @param hangUp whether nothing more comes, so that a body ends before its time
 */
const send = (bytes: string | Uint8Array, { hangUp = false } = {}): Promise<{ status: number; body: Json } | null> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n')
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
      resolve(text === '' ? null : { status, body: /^content-type: application\/json/im.test(head) && /^content-length:/im.test(head) ? (JSON.parse(body) as Json) : {} })
    })
    socket.write(bytes)
    if (hangUp) socket.end()
  })
const host = () => `Host: ${new URL(server.url).host}\r\nConnection: close\r\n`
const get = (path: string, headers = '') => send(Buffer.from(`GET ${path} HTTP/1.1\r\n${host()}${headers}\r\n`, 'latin1'))
const post = (path: string, headers: string, body: string | Uint8Array) =>
  send(Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${host()}${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`, 'latin1'), Buffer.from(body)]))
const JSON_TYPE = 'Content-Type: application/json\r\n'
const FORM_TYPE = 'Content-Type: multipart/form-data; boundary=b\r\n'
/** An error as the contract shapes it: a sentence, a slug, and perhaps details. */
const isError = (body: Json): boolean =>
  typeof body.error === 'string' && body.error.length > 3 && /^[a-z_]+$/.test(body.code as string) && Object.keys(body).every((key) => ['error', 'code', 'details'].includes(key))

describe('addresses', () => {
  const ids = ['%ZZ', '%', '%C0%AF', '%00', 'a%00b', '%FF%FE', '..%2f..%2f', '%2e%2e', HUGE, "'%20OR%201=1--", '%F0%9F%92%A9', 'null', 'undefined', '__proto__', 'constructor', '-1', `${NOWHERE}%0d%0aX:%20y`, '{{.inputs}}', '%3Cscript%3E']
  const paths = [RUNS, `${RUNS}/dashboard`, '/api/v1/workflows', '/api/v1/user-forms', '/api/v1/artifacts'].flatMap((base) => ids.map((id) => `${base}/${id}`))
  const below = ids.flatMap((id) => [`${RUNS}/${id}/stream`, `/api/v1/artifacts/${id}/content`, `/api/v1/workflows/${id}/versions`])

  test('with ids that are none answer 400 or 404, as errors', async () => {
    const answers = await Promise.all([...paths, ...below].map(async (path) => ({ path, ...(await get(path)) })))
    for (const { path, status, body = {} } of answers) expect({ path, status, isError: isError(body) }).toEqual({ path, status: expect.toSatisfy((code) => code === 400 || code === 404), isError: true })
  })

  test('with ids that are none change nothing, either', async () => {
    for (const id of ids) {
      for (const path of [`${RUNS}/${id}/cancel`, `${RUNS}/${id}/rerun`, `${RUNS}/${id}/input`, `/api/v1/user-forms/${id}/submit`]) {
        const answer = await post(path, JSON_TYPE, '{}')
        expect({ path, status: answer?.status, isError: isError(answer?.body ?? {}) }).toEqual({ path, status: expect.toSatisfy((status) => status === 400 || status === 404), isError: true })
      }
    }
  })

  test('that lead nowhere, or by a method that nothing takes, answer 404 with what was called', async () => {
    for (const [method, path] of [['GET', '/nothing'], ['GET', '/api/v1'], ['GET', '/api/v1/workflow-run'], ['PUT', RUNS], ['DELETE', `${RUNS}/${NOWHERE}`], ['PATCH', '/health'], ['BREW', '/health'], ['POST', '/openapi.json'], ['GET', '//api/v1/workflows'], ['GET', '/API/V1']] as const) {
      const answer = await send(`${method} ${path} HTTP/1.1\r\n${host()}\r\n`)
      if (method === 'BREW') expect(answer?.status).toBe(400)
      else expect(answer).toEqual({ status: 404, body: { error: `There is nothing at ${method} ${path}.`, code: 'not_found' } })
    }
  })

  test('that try to leave a folder of pages get nothing out of it', async () => {
    for (const path of ['/docs/../package.json', '/docs/..%2fpackage.json', '/docs/%2e%2e/%2e%2e/package.json', '/docs/..%5c..%5cpackage.json', '/trace-viewer/..%2f..%2f..%2fpackage.json', '/docs/%ZZ', '/docs/%00', '/trace-viewer/%c0%ae%c0%ae/x', `/docs/${HUGE}`]) {
      const answer = await get(path)
      expect({ path, status: answer?.status }).toEqual({ path, status: expect.toSatisfy((status) => status === 400 || status === 403 || status === 404) })
    }
  })

  test('with queries of every kind are read, or refused by name', async () => {
    for (const query of ['%ZZ=1', 'page[]=1', 'page[a]=1', '__proto__[x]=1', 'constructor=1&__proto__=2', '&&&=&', 'limit=%00', `search=%00%ff`, 'status[$ne]=x', 'cursor=%27', `x=${HUGE}`, '?'.repeat(100), 'page=１']) {
      const answer = await get(`${RUNS}?${query}`)
      expect({ query, status: answer?.status }).toEqual({ query, status: expect.toSatisfy((status) => status === 200 || status === 400) })
    }
    expect(({} as Json).x).toBeUndefined()
  })
})

describe('bodies', () => {
  const start = (headers: string, body: string | Uint8Array) => post(RUNS, headers, body)
  const rows: [name: string, headers: string, body: string | Uint8Array, status: number][] = [
    ['broken JSON', JSON_TYPE, '{"workflowId":', 400],
    ['JSON with a comment', JSON_TYPE, '{"workflowId":"quick"}//', 400],
    ['two JSON values', JSON_TYPE, '{}{}', 400],
    ['no UTF-8', JSON_TYPE, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a NUL', JSON_TYPE, '{"workflowId":"a\\u0000"}', 404],
    ['a lone surrogate', JSON_TYPE, '{"workflowId":"\\ud800"}', 404],
    ['a list', JSON_TYPE, '[]', 400],
    ['a text', JSON_TYPE, '"quick"', 400],
    ['null', JSON_TYPE, 'null', 400],
    ['the same key twice, the last of which counts', JSON_TYPE, '{"workflowId":"nobody","workflowId":5}', 400],
    ['numbers beyond all numbers', JSON_TYPE, '{"workflowId":1e999}', 400],
    ['an id of 100 KB', JSON_TYPE, `{"workflowId":"${'x'.repeat(100_000)}"}`, 400],
    ['JSON over 1 MB', JSON_TYPE, `{"workflowId":"quick","inputs":{"a":"${'x'.repeat(1_048_576)}"}}`, 413],
    ['JSON that is packed, and over 1 MB when it is not', `${JSON_TYPE}Content-Encoding: gzip\r\n`, gzipSync(`{"workflowId":"quick","inputs":{"a":"${'x'.repeat(50_000_000)}"}}`), 413],
    ['JSON that says it is packed', `${JSON_TYPE}Content-Encoding: gzip\r\n`, '{"workflowId":"quick"}', 400],
    ['JSON in a packing that nobody knows', `${JSON_TYPE}Content-Encoding: zip\r\n`, '{}', 415],
    ['JSON in letters that nobody knows', 'Content-Type: application/json; charset=klingon\r\n', '{}', 415],
    ['JSON that says it is a form', 'Content-Type: application/x-www-form-urlencoded\r\n', '{"workflowId":"quick"}', 415],
    ['text', 'Content-Type: text/plain\r\n', '{"workflowId":"quick"}', 415],
    ['XML', 'Content-Type: application/xml\r\n', '<a/>', 415],
    ['no type', '', '{"workflowId":"quick"}', 415],
    ['a type that is none', 'Content-Type: ;;;/=\r\n', '{}', 415],
    ['a form without its boundary', 'Content-Type: multipart/form-data\r\n', '--b\r\n\r\n', 400],
    ['a form of another kind', 'Content-Type: multipart/mixed; boundary=b\r\n', '--b--\r\n', 415],
    ['a form that ends in a header', FORM_TYPE, '--b\r\nContent-Disposition: form-data; na', 400],
    ['a form whose header has no end', FORM_TYPE, `--b\r\nContent-Disposition: form-data; name="${'x'.repeat(200_000)}`, 400],
    ['a form with a name of 500 characters', FORM_TYPE, `--b\r\nContent-Disposition: form-data; name="inputs[${'x'.repeat(500)}]"\r\n\r\n1\r\n--b--\r\n`, 400],
    ['a form with a name that goes 100 deep', FORM_TYPE, `--b\r\nContent-Disposition: form-data; name="inputs${'[a]'.repeat(90)}"\r\n\r\n1\r\n--b--\r\n`, 400],
    ['a form that would make a list of four thousand million', FORM_TYPE, '--b\r\nContent-Disposition: form-data; name="inputs[a][4000000000]"\r\n\r\n1\r\n--b--\r\n', 400],
    ['a form of 2000 fields', FORM_TYPE, `${Array.from({ length: 2000 }, (_, index) => `--b\r\nContent-Disposition: form-data; name="f${index}"\r\n\r\n1\r\n`).join('')}--b--\r\n`, 400],
    ['a form with a field of more than 1 MB', FORM_TYPE, `--b\r\nContent-Disposition: form-data; name="inputs[a]"\r\n\r\n${'x'.repeat(1_100_000)}\r\n--b--\r\n`, 413],
  ]
  test.each(rows)('that are %s', async (_name, headers, body, status) => {
    const answer = await start(headers, body)
    expect({ status: answer?.status, isError: isError(answer?.body ?? {}) }).toEqual({ status, isError: true })
  })

  test('that are forms where only JSON is taken: 415', async () => {
    expect(await post('/api/v1/workflows', FORM_TYPE, '--b--\r\n')).toMatchObject({ status: 415 })
  })

  test('that end too soon, or are longer than they said', async () => {
    expect(await send(`POST ${RUNS} HTTP/1.1\r\n${host()}${JSON_TYPE}Content-Length: 1000\r\n\r\n{"workflowId"`, { hangUp: true })).toSatisfy((answer) => answer === null || answer.status === 400)
    expect(await send(`POST ${RUNS} HTTP/1.1\r\n${host()}${JSON_TYPE}Content-Length: 2\r\n\r\n{}{"workflowId":"quick"}`)).toMatchObject({ status: 400 })
    expect(await send(`POST ${RUNS} HTTP/1.1\r\n${host()}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n`)).toMatchObject({ status: 400 })
    expect(await send(`POST ${RUNS} HTTP/1.1\r\n${host()}${JSON_TYPE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatchObject({ status: 400 })
    expect(await send(`POST ${RUNS} HTTP/1.1\r\n${host()}${JSON_TYPE}Content-Length: -1\r\n\r\n`)).toMatchObject({ status: 400 })
  })
})

describe('headers', () => {
  const odd = ['\u0001', '"', ';;;', ',,,', 'x'.repeat(5000), 'ÿþ', '=', '*', '0', '-1', '9'.repeat(400), '${jndi:ldap://x}', '{{ .x }}', "' OR 1=1"]
  const names = ['Prefer', 'If-None-Match', 'Last-Event-ID', 'Range', 'If-Range', 'Accept', 'Accept-Encoding', 'Accept-Language', 'User-Agent', 'Cookie', 'Expect', 'X-HTTP-Method-Override', 'If-Modified-Since', 'Content-Language']

  test('of every kind are read, or refused', async () => {
    const { workflowRun } = await server.settled((await server.run('quick')).id)
    for (const path of [`${RUNS}/${workflowRun.id}`, `${RUNS}/${workflowRun.id}/stream`]) {
      for (const name of names) {
        const answers = await Promise.all(odd.map(async (value) => ({ name, value, status: (await get(path, `${name}: ${value}\r\n`))?.status })))
        for (const answer of answers) expect(answer).toEqual({ ...answer, status: expect.toSatisfy((status) => [200, 204, 304, 400, 417, 431].includes(status as number)) })
      }
    }
  })

  test('that name another server, a token that is none, or keys that are none, are refused', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', `Bearer ${HUGE}`, 'Bearer er_', 'Bearer e30.e30.', 'Bearer \u00ff']) {
      expect(await get(RUNS, `Authorization: ${authorization}\r\n`)).toMatchObject({ status: 401, body: { code: 'not_authenticated' } })
    }
    expect(await send(`GET ${RUNS} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n`)).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
    for (const key of ['a b', HUGE, '\u00fc']) expect(await post(RUNS, `${JSON_TYPE}Idempotency-Key: ${key}\r\n`, '{"workflowId":"quick"}')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  test('that are no HTTP at all get an answer, or a closed door', async () => {
    for (const bytes of ['GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\u0016\u0003\u0001\u0002', `GET / HTTP/1.1\r\n${host()}X: ${'x'.repeat(100_000)}\r\n\r\n`, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET / HTTP/1.1\r\n${host()}Bad Header: x\r\n\r\n`])
      expect((await send(bytes, { hangUp: true }).catch(() => null))?.status ?? 400).toSatisfy((status: number) => status >= 400 && status < 500)
  })
})

test('an error inside the server is told without a word of what it was, and logged', async () => {
  const { db } = server.server.services
  const { read } = db
  try {
    db.read = () => Promise.reject(new Error('SELECT secret FROM table at /srv/errand/db'))
    expect(await server.call('GET', RUNS)).toMatchObject({ status: 500, body: { error: 'Internal error.', code: 'internal' } })
  } finally {
    db.read = read
  }
  expect(logged.splice(0).join('')).toContain('SELECT secret')
})

test('after all that the server works as before', async () => {
  const run = await server.run('quick')
  expect((await server.settled(run.id)).workflowRun.state).toBe('COMPLETED')
})
