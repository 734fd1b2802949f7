import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import webhook from '../../steps/integrations/webhook.ts'
import { createEgress, createGuardedFetch } from '../../steps/lib/egress.ts'
import type { StepContext, Wake } from '../../steps/lib/step.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

type Seen = { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers']; body: string }
type Handler = (request: IncomingMessage, response: ServerResponse) => void

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** A server of the case's own, which writes down what it was sent. */
const serve = async () => {
  const seen: Seen[] = []
  let handler: Handler = (_request, response) => response.end()
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body })
      handler(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(next: Handler) {
      handler = next
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

let server: Awaited<ReturnType<typeof serve>>
let other: Awaited<ReturnType<typeof serve>>
const egress = createEgress({ allow: ['127.0.0.1'], deny: [], allowPrivate: false })
beforeEach(async () => {
  ;[server, other] = await Promise.all([serve(), serve()])
})
afterEach(() => {
  server.close()
  other.close()
})

const run = async (config: Record<string, unknown> = {}, over: Partial<StepContext> = {}) =>
  webhook.run(fakeContext({ fetch: createGuardedFetch(egress), ...over }), webhook.config.parse({ url: `${server.origin}/hook`, ...config }))
const failure = (config?: Record<string, unknown>, over?: Partial<StepContext>) => problemOf(() => run(config, over))
const json = (value: unknown, status = 200): Handler => (_request, response) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

describe('what is sent', () => {
  const bodies: [name: string, config: Record<string, unknown>, type: string | undefined, body: string][] = [
    ['an object goes as JSON', { body: { a: [1] } }, 'application/json', '{"a":[1]}'],
    ['a list goes as JSON', { body: [1] }, 'application/json', '[1]'],
    ['null goes as JSON', { body: null }, 'application/json', 'null'],
    ['a type that was set stays', { body: { a: 1 }, headers: { 'Content-Type': 'application/vnd.acme+json' } }, 'application/vnd.acme+json', '{"a":1}'],
    ['text goes as it is', { body: 'grüß' }, 'text/plain; charset=utf-8', 'grüß'],
    ['text under a type of its own is not quoted', { body: '<a/>', headers: { 'content-type': 'text/xml' } }, 'text/xml', '<a/>'],
    ['an object goes as a form when the type says so', { body: { a: 'x y', b: [1, 2] }, headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'application/x-www-form-urlencoded', 'a=x+y&b=1&b=2'],
    ['nothing goes without a body', {}, undefined, ''],
  ]
  test.each(bodies)('%s', async (_name, config, type, body) => {
    await run(config)
    expect(server.seen).toMatchObject([{ method: 'POST', url: '/hook', body }])
    expect(server.seen[0]?.headers['content-type']).toBe(type)
  })

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('the method may be %s', async (method) => {
    await run({ method })
    expect(server.seen[0]?.method).toBe(method)
  })

  test('headers go with it, numbers too', async () => {
    await run({ headers: { Authorization: 'Bearer abc', 'X-Count': 3 } })
    expect(server.seen[0]?.headers).toMatchObject({ authorization: 'Bearer abc', 'x-count': '3' })
  })

  const hostile: [name: string, headers: Record<string, string>, message: RegExp][] = [
    ['a line break in a value', { 'x-token': 'hunter2\r\nx-admin: 1' }, /^The value of the header "x-token" holds characters/],
    ['a bare line feed', { 'x-token': 'hunter2\nx' }, /^The value of the header "x-token"/],
    ['a zero byte', { 'x-token': 'hunter2\0' }, /^The value of the header "x-token"/],
    ['letters that headers cannot carry', { 'x-token': 'hunter2 €' }, /^The value of the header "x-token"/],
    ['a line break in a name', { 'x\r\ny': 'hunter2' }, /^"x\\r\\ny" is no header name/],
    ['no name', { '': 'hunter2' }, /^"" is no header name/],
    ['a host of another name', { Host: 'hunter2' }, /^The header "Host" cannot be set/],
    ['a length of its own', { 'content-length': '1' }, /^The header "content-length" cannot be set/],
    ['an encoding of its own', { 'Transfer-Encoding': 'chunked' }, /^The header "Transfer-Encoding" cannot be set/],
  ]
  test.each(hostile)('a header with %s is refused before anything is sent, and its value not shown', async (_name, headers, message) => {
    const found = await failure({ headers })
    expect(found).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(message) })
    expect(found.message + JSON.stringify(found.details ?? null)).not.toContain('hunter2')
    expect(server.seen).toEqual([])
  })
})

describe('what comes back', () => {
  const answers: [name: string, type: string | undefined, body: string | Buffer, data: unknown][] = [
    ['JSON is parsed', 'application/json; charset=utf-8', '{"id":7}', { id: 7 }],
    ['JSON of a dialect is parsed', 'application/problem+json', '[1]', [1]],
    ['JSON without a type is parsed', undefined, '{"id":7}', { id: 7 }],
    ['what only claims to be JSON stays text', 'application/json', 'oops', 'oops'],
    ['text stays text', 'text/plain', '{"id":7}', '{"id":7}'],
    ['text of another charset is read by it', 'text/html; charset=iso-8859-1', Buffer.from([0x67, 0x72, 0xfc, 0xdf]), 'grüß'],
    ['nothing is null', 'application/json', '', null],
  ]
  test.each(answers)('%s', async (_name, type, body, data) => {
    server.answer((_request, response) => response.writeHead(201, type ? { 'content-type': type, 'x-id': '9' } : { 'x-id': '9' }).end(body))
    const result = await run()
    expect(result).toMatchObject({ type: 'done', output: { response: { status: 201, data, headers: { 'x-id': '9' } } } })
    expect(result).not.toHaveProperty('output.response.encoding')
  })

  test('bytes come as base64, and the output says so', async () => {
    const bytes = Buffer.from([0x25, 0x50, 0x44, 0x46, 0, 255])
    server.answer((_request, response) => response.writeHead(200, { 'content-type': 'application/pdf' }).end(bytes))
    expect(await run()).toMatchObject({ output: { response: { data: bytes.toString('base64'), encoding: 'base64' } } })
  })

  test('a compressed answer is unpacked', async () => {
    server.answer((_request, response) => response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}')))
    expect(await run()).toMatchObject({ output: { response: { data: { a: 1 } } } })
  })

  test('several cookies stay apart', async () => {
    server.answer((_request, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end())
    expect(await run()).toMatchObject({ output: { response: { headers: { 'set-cookie': ['a=1', 'b=2'] } } } })
  })

  test('an answer over 10 MB is broken off, unpacked size counted', async () => {
    server.answer((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(11 * 1024 * 1024))))
    expect(await failure()).toMatchObject({ code: 'step_failed', retryable: false, message: 'The answer is larger than 10 MB.' })
  })
})

describe('what fails', () => {
  const statuses: [status: number, retryable: boolean][] = [[400, false], [401, false], [404, false], [422, false], [304, false], [429, true], [500, true], [503, true]]
  test.each(statuses)('%i fails the step; retryable: %s', async (status, retryable) => {
    server.answer((_request, response) => response.writeHead(status).end())
    expect(await failure()).toMatchObject({ code: 'step_failed', retryable, message: `POST ${server.origin}/hook answered ${status}.` })
  })

  test('the answer is told, without the query of the address or what was sent in confidence', async () => {
    server.answer((request, response) => {
      response.writeHead(422, { 'content-type': 'application/json', 'set-cookie': 'session=hunter3', 'x-echo': request.headers['x-api-key'] })
      response.end(JSON.stringify({ reason: 'month is unknown', sent: request.headers.authorization }))
    })
    const found = await failure({ url: `${server.origin}/hook?key=hunter1`, headers: { Authorization: 'Bearer hunter2', 'X-API-Key': 'hunter4"x' } })
    expect(found.details).toMatchObject({ url: `${server.origin}/hook`, response: { status: 422, data: expect.stringContaining('month is unknown') } })
    expect(found.message + JSON.stringify(found.details)).not.toMatch(/hunter/)
  })

  const hints: [value: string, ms: number | undefined][] = [['7', 7000], ['Fri, 02 Jan 2026 03:05:05 GMT', 60_000], ['Fri, 02 Jan 2015 03:05:05 GMT', 0], ['soon', undefined]]
  test.each(hints)('Retry-After: %s is passed on as %s ms', async (value, ms) => {
    server.answer((_request, response) => response.writeHead(503, { 'retry-after': value }).end())
    expect((await failure()).details).toHaveProperty('response.status', 503)
    expect(((await failure()).details as { retryAfterMs?: number }).retryAfterMs).toBe(ms)
  })

  test('a connection that breaks off in the answer is worth another attempt', async () => {
    server.answer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      response.socket?.destroySoon()
    })
    expect(await failure()).toMatchObject({ code: 'step_failed', retryable: true, message: `POST ${server.origin}/hook: the answer broke off.` })
  })

  test('a server that is not there is worth another attempt', async () => {
    other.close()
    expect(await failure({ url: other.origin })).toMatchObject({ code: 'step_failed', retryable: true, message: expect.stringMatching(/nothing answers on that port/) })
  })

  test('an address that the operator denies is not', async () => {
    expect(await failure({ url: 'http://127.0.0.3/' })).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringMatching(/not allowed/) })
  })

  test('half an address is a fault of the config', async () => {
    expect(await failure({ url: '/hook' })).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(/^url is no address/) })
  })
})

describe('time', () => {
  const silent: Handler = () => {}

  test('no answer in timeoutMs is a step_timeout', async () => {
    server.answer(silent)
    expect(await failure({ timeoutMs: 50 })).toMatchObject({ code: 'step_timeout', message: `POST ${server.origin}/hook did not answer within 50 ms.` })
  })
  test('an answer that stops half way is one, too', async () => {
    server.answer((_request, response) => void response.writeHead(200).write('half'))
    expect(await failure({ timeoutMs: 200 })).toMatchObject({ code: 'step_timeout' })
  })
  test('the time of the node bounds it without one', async () => {
    server.answer(silent)
    expect(await failure({}, { remainingMs: () => 50 })).toMatchObject({ code: 'step_timeout' })
  })
  test('onTimeout: continue goes on', async () => {
    server.answer(silent)
    expect(await run({ timeoutMs: 50, onTimeout: 'continue' })).toEqual({ type: 'done', output: { timeout: true } })
  })
  test('a cancelled run is not a time-out', async () => {
    const abort = new AbortController()
    server.answer(() => abort.abort(new Error('cancel')))
    await expect(run({ onTimeout: 'continue' }, { signal: abort.signal })).rejects.toThrow('cancel')
  })
})

describe('redirects', () => {
  const to = (location: string, status = 302): Handler => (_request, response) => response.writeHead(status, { location }).end()

  test('a GET follows one, and keeps its headers on the same server', async () => {
    server.answer((request, response) => (request.url === '/hook' ? to('/next')(request, response) : json({ ok: true })(request, response)))
    expect(await run({ method: 'GET', headers: { 'x-api-key': 'abc' } })).toMatchObject({ output: { response: { status: 200, data: { ok: true } } } })
    expect(server.seen.map(({ url, headers }) => [url, headers['x-api-key']])).toEqual([['/hook', 'abc'], ['/next', 'abc']])
  })
  test('another server gets none of the headers', async () => {
    server.answer(to(`${other.origin}/there`))
    await run({ method: 'GET', headers: { 'x-api-key': 'abc', authorization: 'Bearer abc' } })
    expect(other.seen).toMatchObject([{ url: '/there' }])
    expect(JSON.stringify(other.seen)).not.toContain('abc')
  })
  test('one into a denied network is refused', async () => {
    server.answer(to('http://127.0.0.2:8081/secret'))
    expect(await failure({ method: 'GET' })).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringMatching(/^Calls to 127\.0\.0\.2 are not allowed/) })
  })
  test('one to something that is no web address is refused', async () => {
    server.answer(to('file:///etc/passwd'))
    expect(await failure({ method: 'GET' })).toMatchObject({ message: expect.stringMatching(/must begin with http/) })
  })
  test('a circle ends after five', async () => {
    server.answer(to('/hook'))
    expect(await failure({ method: 'GET' })).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringMatching(/no more than 5 are followed/) })
    expect(server.seen).toHaveLength(6)
  })
  test.each([302, 307])('a POST does not follow a %i', async (status) => {
    server.answer(to(`${other.origin}/`, status))
    expect(await failure({ body: { a: 1 } })).toMatchObject({ code: 'step_failed', message: expect.stringMatching(/only a GET request follows one/) })
    expect(other.seen).toEqual([])
  })
})

const refused: [name: string, config: Record<string, unknown>, fault: RegExp][] = [
  ['a GET whose end is reported later', { synchronized: false, method: 'GET' }, /^method: must not be GET when the node is ended later/],
  ['a GET with a body', { method: 'GET', body: {} }, /^body: means nothing in a GET request/],
  ['an unknown method', { method: 'TRACE' }, /^method: /],
  ['an unknown field', { agents: true }, /Unrecognized key: "agents"/],
  ['an object as a header', { headers: { a: {} } }, /^headers\.a: /],
]
test.each(refused)('refuses %s', (_name, config, fault) => {
  expect(faultsOf(webhook.config, { url: 'https://a.test', ...config })).toEqual([expect.stringMatching(fault)])
})

describe('a node that another system ends', () => {
  const logs: string[] = []
  const log: StepContext['log'] = (level, message) => void logs.push(`${level} ${message}`)
  beforeEach(() => void logs.splice(0))

  test('the call says which node it is, and the node waits, a day unless it says otherwise', async () => {
    server.answer(json({ queued: true }, 202))
    expect(await run({ synchronized: false, body: { a: 1 }, headers: { 'content-type': 'text/plain' } }, { log })).toEqual({ type: 'wait', wait: { type: 'external', timeoutMs: 86_400_000 } })
    expect(server.seen[0]?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(server.seen[0]!.body)).toEqual({ context: { workflowRunId: 'wfr_1', nodeRunId: 'wfnr_1' }, payload: { a: 1 } })
    expect(logs).toEqual([`INFO ${server.origin}/hook took it with 202; it is to report the end.`])
    expect(await run({ synchronized: false, timeoutMs: 5000 }, { log })).toMatchObject({ wait: { timeoutMs: 5000 } })
  })

  test('a call that is refused fails the node as ever, and nobody waits', async () => {
    server.answer(json({}, 503))
    expect(await failure({ synchronized: false })).toMatchObject({ code: 'step_failed', retryable: true })
  })

  test('the bound of the report is not that of the call', async () => {
    server.answer((_request, response) => void setTimeout(() => response.writeHead(202).end(), 50))
    expect(await run({ synchronized: false, timeoutMs: 1 }, { log })).toMatchObject({ type: 'wait' })
  })

  test('an agent is left the call, and nothing is sent from here', async () => {
    expect(await run({ agent: true })).toEqual({ type: 'wait', wait: { type: 'external', timeoutMs: 86_400_000, installationId: '_PORT_EXEC_AGENT' } })
    expect(server.seen).toEqual([])
  })

  const resume = (wake: Wake, config: Record<string, unknown> = {}) => webhook.resume!(fakeContext(), webhook.config.parse({ url: 'https://acme.test/hook?key=k', synchronized: false, ...config }), wake)
  const report = (result: 'SUCCESS' | 'FAILED' | 'CANCELLED', output: unknown = null, message: string | null = null): Wake => ({ type: 'external', result, output, message })

  test('what it reports is what the node puts out', async () => {
    expect(await resume(report('SUCCESS', { id: 7 }))).toEqual({ type: 'done', output: { id: 7 } })
    expect(await resume(report('SUCCESS'))).toEqual({ type: 'done', output: {} })
  })

  test.each([
    ['FAILED', null, 'https://acme.test/hook reported that it failed.'],
    ['CANCELLED', null, 'https://acme.test/hook reported that it was cancelled.'],
    ['FAILED', 'No paper.', 'No paper.'],
  ] as const)('a report of %s (%s) fails the node, once and for all', async (result, message, shown) => {
    expect(await problemOf(() => resume(report(result, { id: 7 }, message)))).toMatchObject({ code: 'step_failed', message: shown, retryable: false, details: { output: { id: 7 } } })
  })

  test('a report that does not come fails the node, or not', async () => {
    expect(await problemOf(() => resume({ type: 'expired' }, { timeoutMs: 1000 }))).toMatchObject({ code: 'external_timeout', message: 'https://acme.test/hook did not report its end within 1000 ms.' })
    expect(await resume({ type: 'expired' }, { onTimeout: 'continue' })).toEqual({ type: 'done', output: { timeout: true } })
  })
})

test('every call is signed over its time and body', async () => {
  await run({ body: { a: 1 } })
  await run({ method: 'GET' })
  const timestamp = String(Math.floor(Date.parse('2026-01-02T03:04:05.000Z') / 1000))
  expect(server.seen.map(({ headers }) => [headers['x-port-timestamp'], headers['x-port-signature']])).toEqual([
    [timestamp, `v1,signed(${timestamp}.{"a":1})`],
    [timestamp, `v1,signed(${timestamp}.)`],
  ])
})
