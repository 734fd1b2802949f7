import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

const START = '/api/v1/workflow-runs'
const ECHO = { identifier: 'echo', config: { type: 'TRANSFORM', value: '{{ .inputs }}' } }
const FILE = { type: 'string', format: 'file' }
const LIMIT = 300_000
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ MAX_UPLOAD_BYTES: String(LIMIT), ...CALLERS })
  const form = (identifier: string, properties: Json, required: string[] = []) =>
    linear(identifier, [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties, required } } }, ECHO])
  await server.save(form('one_file', { doc: FILE, note: { type: 'string' } }, ['doc']))
  await server.save(form('many_files', { docs: { type: 'array', items: FILE }, meta: { type: 'object' } }))
  await server.save(linear('any', [ECHO]))
})
afterAll(() => server[Symbol.asyncDispose]())

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const filesIn = (...folder: string[]): string[] =>
  readdirSync(join(server.dataDir, ...folder), { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []))
/** What lies on disk of uploads, done or not. */
const onDisk = (): string[] => [...filesIn('tmp', 'uploads'), ...filesIn('artifacts')].sort()
/** Resolves when as many uploads are being written as `wanted`. */
const uploading = async (wanted: (count: number) => boolean): Promise<void> => {
  while (!wanted(filesIn('tmp', 'uploads').length)) await new Promise((resolve) => setImmediate(resolve))
}
/** Resolves when no upload lies about any more; the answer to a refused call does not wait for that. */
const swept = () => uploading((count) => count === 0)

type Part = [name: string, value: string | { bytes: Uint8Array<ArrayBuffer>; name: string; type?: string }]
const post = async (parts: Part[], path = START) => {
  const form = new FormData()
  for (const [name, value] of parts) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new Blob([value.bytes], { type: value.type ?? '' }), value.name)
  }
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: form })
  return { status: response.status, body: (await response.json()) as Json }
}
const bytes = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size))
const outputs = async ({ status, body }: { status: number; body: Json }): Promise<Json> => {
  expect({ status, error: body.error }).toEqual({ status: 202, error: null })
  return (await server.settled(body.id as string)).workflowRun.outputs.echo as Json
}
const faultsOf = ({ status, body }: { status: number; body: Json }): string[] => {
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' })
  return (body.details as Json[]).map(({ path, code }) => `${path} ${code}`)
}

describe('a file', () => {
  test('becomes an artifact of the run, and its facts are the input’s value', async () => {
    const content = bytes(100_000)
    const started = await post([['workflowId', 'one_file'], ['inputs[doc]', { bytes: content, name: 'März "2026".pdf', type: 'application/pdf' }], ['inputs[note]', 'with a file']])
    const doc = { artifactId: expect.any(String), name: 'März "2026".pdf', mimeType: 'application/pdf', sizeBytes: 100_000, sha256: sha256(content) }
    expect(await outputs(started)).toEqual({ doc, note: 'with a file' })
    const { artifacts } = (await server.call('GET', `/api/v1/artifacts?workflowRunId=${started.body.id}`)).body as { artifacts: Json[] }
    expect(artifacts).toEqual([expect.objectContaining({ type: 'input_file', displayName: 'März "2026".pdf', mimeType: 'application/pdf', fileSizeBytes: 100_000, fileHash: sha256(content), activityRunId: null })])
    const got = await fetch(`${server.url}/api/v1/artifacts/${artifacts[0]!.id}/content`)
    expect(sha256(new Uint8Array(await got.arrayBuffer()))).toBe(sha256(content))
    expect(filesIn('tmp', 'uploads')).toEqual([])
  })

  test('may be empty, and may be one of several under one name or as a list', async () => {
    const [a, b] = [bytes(10), bytes(0)]
    const parts: Part[] = [['workflowId', 'many_files'], ['inputs[docs]', { bytes: a, name: 'a.bin' }], ['inputs[docs]', { bytes: b, name: 'b.bin' }]]
    expect(await outputs(await post(parts))).toEqual({ docs: [expect.objectContaining({ name: 'a.bin', sizeBytes: 10, sha256: sha256(a) }), expect.objectContaining({ name: 'b.bin', sizeBytes: 0, sha256: sha256(b) })] })
    expect(((await outputs(await post([['workflowId', 'any'], ['inputs[x][]', { bytes: a, name: 'a.bin' }]]))).x as Json).sha256).toBe(sha256(a))
  })

  test('alone in a list of files is a list of one', async () => {
    expect(await outputs(await post([['workflowId', 'many_files'], ['inputs[docs]', { bytes: bytes(4), name: 'only.bin' }]]))).toEqual({ docs: [expect.objectContaining({ name: 'only.bin' })] })
  })

  test('with a name that tries to leave its folder keeps the last part of it, and lies where its id says', async () => {
    const started = await post([['workflowId', 'one_file'], ['inputs[doc]', { bytes: bytes(3), name: '../../../../etc/cron.d/evil' }]])
    const { doc } = (await outputs(started)) as { doc: Json }
    expect(doc.name).toBe('evil')
    expect(filesIn('artifacts')).toContain(doc.artifactId)
  })

  test('can be given again by naming its artifact, and only what the store knows of it counts', async () => {
    const content = bytes(5)
    const { doc } = (await outputs(await post([['workflowId', 'one_file'], ['inputs[doc]', { bytes: content, name: 'true.txt', type: 'text/plain' }]]))) as { doc: Json }
    const forged = { ...doc, name: 'forged.exe', mimeType: 'text/html', sizeBytes: 1, sha256: '0'.repeat(64) }
    expect(await outputs(await server.call('POST', START, { workflowId: 'one_file', inputs: { doc: forged } }))).toEqual({ doc })
    expect(await outputs(await server.call('POST', START, { workflowId: 'any', inputs: { deep: [{ doc: forged }] } }))).toEqual({ deep: [{ doc }] })
  })

  test('that is named but not there, or belongs to another org or a hidden run, is refused with its path', async () => {
    const { doc } = (await outputs(await post([['workflowId', 'one_file'], ['inputs[doc]', { bytes: bytes(5), name: 'ours.txt' }]]))) as { doc: Json }
    const invented = { ...doc, artifactId: NOWHERE }
    expect(faultsOf(await server.call('POST', START, { workflowId: 'one_file', inputs: { doc: invented } }))).toEqual(['inputs.doc unknown_file'])
    expect(faultsOf(await server.call('POST', START, { workflowId: 'many_files', inputs: { docs: [doc, invented, { ...doc, artifactId: '../../etc/passwd' }], meta: { x: invented } } })).sort()).toEqual(
      ['inputs.docs[1] unknown_file', 'inputs.docs[2] unknown_file', 'inputs.meta.x unknown_file'])
    const stranger = await as(server, { sub: 'eve', org: 'elsewhere' })
    await stranger.call('POST', '/api/v1/workflows', linear('any', [ECHO]))
    expect(faultsOf(await stranger.call('POST', START, { workflowId: 'any', inputs: { doc } }))).toEqual(['inputs.doc unknown_file'])
    await server.call('PATCH', '/api/v1/workflows/one_file', { allowAnyoneToViewRuns: false })
    const member = await as(server, { sub: 'max', org: 'default' })
    expect(faultsOf(await member.call('POST', START, { workflowId: 'any', inputs: { doc } }))).toEqual(['inputs.doc unknown_file'])
    await server.call('PATCH', '/api/v1/workflows/one_file', { allowAnyoneToViewRuns: true })
    expect((await member.call('POST', START, { workflowId: 'any', inputs: { doc } })).status).toBe(202)
  })
})

describe('a file that comes with an answer', () => {
  const asked = async (): Promise<{ id: string; formId: string }> => {
    const { workflowRun } = await server.until((await server.run('asks_file')).id, (run) => run.awaiting !== null)
    return { id: workflowRun.id, formId: (workflowRun.awaiting as Json).formId as string }
  }
  beforeAll(async () => {
    const userInputs = { properties: { contract: FILE, pages: { type: 'array', items: FILE }, count: { type: 'integer' } }, required: ['contract'] }
    await server.save(linear('asks_file', [{ identifier: 'ask', title: 'Ask', config: { type: 'USER_INPUT', title: 'The contract?', userInputs } }, { identifier: 'say', config: { type: 'TRANSFORM', value: '{{ .outputs.ask.values }}' } }]))
  })

  test.each([
    ['of a question', ({ formId }: { formId: string }) => `/api/v1/user-forms/${formId}/submit`],
    ['of a run', ({ id }: { id: string }) => `/api/v1/workflow-runs/${id}/input`],
  ])('%s is a file of the step that asked, and the run goes on with it', async (_name, path) => {
    const run = await asked()
    const content = bytes(50_000)
    const parts: Part[] = [['values', JSON.stringify({ count: 3 })], ['values[contract]', { bytes: content, name: 'contract.pdf', type: 'application/pdf' }], ['values[pages]', { bytes: bytes(1), name: 'a.png' }], ['values[pages]', { bytes: bytes(2), name: 'b.png' }]]
    const { status, body } = await post(parts, path({ ...run }))
    expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
    const contract = { artifactId: expect.any(String), name: 'contract.pdf', mimeType: 'application/pdf', sizeBytes: 50_000, sha256: sha256(content) }
    const settled = await server.settled(run.id)
    expect(settled.workflowRun.outputs.say).toEqual({ contract, pages: [expect.objectContaining({ name: 'a.png' }), expect.objectContaining({ name: 'b.png' })], count: 3 })
    const step = settled.activityRuns.find(({ stepId }) => stepId === 'ask')!
    expect((step.artifacts as Json[]).map(({ type, displayName }) => `${type} ${displayName}`).sort()).toEqual(['input_file a.png', 'input_file b.png', 'input_file contract.pdf'])
    expect(filesIn('tmp', 'uploads')).toEqual([])
  })

  test('is given on the page of a link, too', async () => {
    const { id, formId } = await asked()
    const { url } = (await server.call('POST', `/api/v1/user-forms/${formId}/link`, {})).body as { url: string }
    const html = await (await fetch(url)).text()
    expect(html).toMatch(/<input id="f0" name="f0" autofocus required type="file">/)
    expect(html).toMatch(/<input id="f1" name="f1" type="file" multiple>/)
    const form = new FormData()
    form.append('f0', new Blob(['signed']), 'signed.txt')
    // What browsers send of a field in which no file was chosen.
    form.append('f1', new Blob([]), '')
    form.append('f2', '7')
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(200)
    expect((await server.settled(id)).workflowRun.outputs.say).toEqual({ contract: expect.objectContaining({ name: 'signed.txt', sizeBytes: 6 }), count: 7 })
  })

  test('that is refused, or comes too late, leaves nothing on disk', async () => {
    const { id, formId } = await asked()
    const before = onDisk()
    const file = { bytes: bytes(10), name: 'a.bin' }
    const refused: [Part[], string[]][] = [
      [[['values[other]', file], ['values[contract]', file]], ['values.other unknown_input']],
      [[['values[pages]', file]], ['values.contract required']],
      [[['contract', file]], ['contract unknown_field']],
      [[['values[contract]', file], ['values[contract]', 'text']], ['values[contract] duplicate']],
    ]
    for (const [parts, faults] of refused) expect(faultsOf(await post(parts, `/api/v1/user-forms/${formId}/submit`))).toEqual(faults)
    await server.call('POST', `/api/v1/workflow-runs/${id}/cancel`, {})
    expect((await post([['values[contract]', file]], `/api/v1/user-forms/${formId}/submit`)).status).toBe(409)
    await swept()
    expect(onDisk()).toEqual(before)
  })

  test('of two answers at once, only that of the one that counts is kept', async () => {
    const { id, formId } = await asked()
    const before = onDisk()
    const answers = await Promise.all(['a', 'b'].map((name) => post([['values[contract]', { bytes: bytes(10), name }]], `/api/v1/user-forms/${formId}/submit`)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]))
    await server.settled(id)
    await swept()
    expect(onDisk()).toHaveLength(before.length + 1)
  })
})

describe('a refused upload leaves nothing on disk', () => {
  const file = (size = 10) => ({ bytes: bytes(size), name: 'a.bin' })
  const rows: [name: string, parts: () => Part[], faults: string[]][] = [
    ['a file where text is expected', () => [['workflowId', 'one_file'], ['inputs[doc]', file()], ['inputs[note]', file()]], ['inputs.note wrong_type']],
    ['text where a file is expected', () => [['workflowId', 'one_file'], ['inputs[doc]', 'text']], ['inputs.doc wrong_type']],
    ['two files where one is expected', () => [['workflowId', 'one_file'], ['inputs[doc]', file()], ['inputs[doc]', file()]], ['inputs.doc wrong_type']],
    ['a file for an input that there is not', () => [['workflowId', 'one_file'], ['inputs[doc]', file()], ['inputs[other]', file()]], ['inputs.other unknown_input']],
    ['files in fields of other names', () => [['workflowId', 'one_file'], ['doc', file()], ['inputs', file()], ['inputs[doc][x]', file()]], ['doc unknown_field', 'inputs unknown_field', 'inputs[doc][x] unknown_field']],
    ['a file and text for one input', () => [['workflowId', 'one_file'], ['inputs[doc]', file()], ['inputs[doc]', 'text']], ['inputs[doc] duplicate']],
    ['a file under a reserved name', () => [['workflowId', 'any'], ['inputs[__proto__]', file()]], ['inputs.__proto__ reserved_name']],
    ['a field that there is not, beside a file', () => [['workflowId', 'one_file'], ['inputs[doc]', file()], ['extra', 'x']], ['extra unknown_field']],
  ]
  test.each(rows)('%s', async (_name, parts, faults) => {
    const before = onDisk()
    expect(faultsOf(await post(parts())).sort()).toEqual(faults)
    await swept()
    expect(onDisk()).toEqual(before)
  })

  test('for a workflow that is not there', async () => {
    const before = onDisk()
    expect((await post([['workflowId', 'nobody'], ['inputs[doc]', file()]])).status).toBe(404)
    await swept()
    expect(onDisk()).toEqual(before)
  })

  test.each([
    ['one file', () => [['inputs[doc]', file(LIMIT + 1)]] as Part[]],
    ['several files', () => [['inputs[docs]', file(LIMIT / 2)], ['inputs[docs]', file(LIMIT / 2)]] as Part[]],
    ['text', () => [['inputs[note]', 'x'.repeat(LIMIT)]] as Part[]],
  ])('of more than MAX_UPLOAD_BYTES in all, %s: 413', async (_name, parts) => {
    const before = onDisk()
    const { status, body } = await post([['workflowId', 'one_file'], ...parts()])
    expect({ status, body }).toEqual({ status: 413, body: { code: 'too_large', error: expect.stringContaining(String(LIMIT)) } })
    await swept()
    expect(onDisk()).toEqual(before)
  })

  /** Sends pieces of a body without saying how long it is. `breakOff`: the client goes away once the server writes, and hears nothing. */
  const stream = (pieces: () => Generator<Uint8Array>, { boundary = 'b', breakOff = false } = {}) =>
    new Promise<{ status: number; body: Json } | null>((resolve, reject) => {
      const call = request(`${server.url}${START}`, { method: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          call.destroy()
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Json })
        })
      })
      call.on('error', (error: NodeJS.ErrnoException) => (breakOff ? resolve(null) : error.code === 'EPIPE' ? undefined : reject(error)))
      const all = pieces()
      const next = (): void => {
        const { value, done } = all.next()
        if (!done) return void (call.write(value) ? setImmediate(next) : call.once('drain', next))
        if (breakOff) void uploading((count) => count > 0).then(() => call.destroy())
        else call.end()
      }
      next()
    })
  const head = (name: string) => Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"; filename="a.bin"\r\n\r\n`)

  test('that never says how long it is and never ends: 413 at once, while it is still being sent', async () => {
    const before = onDisk()
    const answer = await stream(function* () {
      yield head('inputs[docs]')
      for (let sent = 0; sent < 2000 * LIMIT; sent += 64_000) yield bytes(64_000)
    })
    expect(answer).toMatchObject({ status: 413, body: { code: 'too_large' } })
    await swept()
    expect(onDisk()).toEqual(before)
  })

  test('that breaks off in the middle of a file', async () => {
    const before = onDisk()
    await stream(
      function* () {
        yield head('inputs[docs]')
        for (let sent = 0; sent < LIMIT / 2; sent += 10_000) yield bytes(10_000)
      },
      { breakOff: true },
    )
    await swept()
    expect(onDisk()).toEqual(before)
  })

  test.each([
    ['ends before its last boundary', 'b', Buffer.concat([head('inputs[doc]'), Buffer.from('half of it')])],
    ['has no part with its boundary', 'c', head('inputs[doc]')],
    ['has parts without names', 'b', Buffer.from('--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n')],
    ['is no form at all', 'b', Buffer.from('{"workflowId":"any"}')],
  ])('that %s: 400', async (_name, boundary, body) => {
    const before = onDisk()
    const answer = await stream(function* () {
      yield body
    }, { boundary })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', error: expect.any(String) } })
    await swept()
    expect(onDisk()).toEqual(before)
  })
})
