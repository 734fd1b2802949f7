import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ArtifactRow } from '../../db/runs.ts'
import { createClock } from '../../server/clock.ts'
import { contentHeaders } from '../../server/content.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const ARTIFACTS = '/api/v1/artifacts'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'

let server: TestServer
/** How far the server's clock is ahead. */
let lateMs = 0
beforeAll(async () => {
  const clock = createClock()
  server = await startTestServer({}, { clock: { ...clock, now: () => clock.now() + lateMs } })
  await server.save(linear('keep', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
})
afterAll(() => server[Symbol.asyncDispose]())

/** A stored file of that name and type, by way of a run it was given to. */
const stored = async (name: string, mimeType: string, content: string | Uint8Array<ArrayBuffer> = 'content'): Promise<Json> => {
  const form = new FormData()
  form.append('workflowId', 'keep')
  form.append('inputs[file]', new Blob([content], { type: mimeType }), name)
  const { id } = (await (await fetch(`${server.url}/api/v1/workflow-runs`, { method: 'POST', body: form })).json()) as Json
  const { body } = await server.call('GET', `${ARTIFACTS}?workflowRunId=${id}`)
  return body.artifacts[0] as Json
}
const content = (id: unknown, headers: Record<string, string> = {}, method = 'GET') => fetch(`${server.url}${ARTIFACTS}/${id as string}/content`, { method, headers })
/** The status of a call not made by fetch, which takes dots out of paths and asks to be spared cached answers. */
const raw = (path: string, headers: Record<string, string> = {}) =>
  new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    request({ hostname, port, path, headers }, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject).end()
  })
const headersOf = (response: Response, ...names: string[]) => Object.fromEntries(names.map((name) => [name, response.headers.get(name)]))
/** A caller from nowhere in particular: what it is given, only the signature in the address can have opened. */
const stranger = (url: string) => fetch(url, { headers: { 'x-forwarded-for': '192.0.2.1' } })

test('an artifact says what is known of it, alone and in lists', async () => {
  const artifact = await stored('a.txt', 'text/plain', 'twelve bytes')
  const run = (await server.get(artifact.workflowRunId as string)).workflowRun
  expect(artifact).toEqual({
    id: expect.any(String),
    type: 'input_file',
    displayName: 'a.txt',
    mimeType: 'text/plain',
    fileSizeBytes: 12,
    fileHash: createHash('sha256').update('twelve bytes').digest('hex'),
    signedUrl: expect.stringMatching(new RegExp(`^${server.url}${ARTIFACTS}/${artifact.id}/content\\?expires=\\d+&signature=[\\w-]{43}$`)),
    workflowId: run.workflowId,
    workflowRunId: run.id,
    activityRunId: null,
    createdAt: run.createdAt,
  })
  const { status, body } = await server.call('GET', `${ARTIFACTS}/${artifact.id}`)
  expect({ status, body: { ...body, signedUrl: '' } }).toEqual({ status: 200, body: { ...artifact, signedUrl: '' } })
})

describe('the list', () => {
  const ids = async (query: string): Promise<unknown[]> => ((await server.call('GET', `${ARTIFACTS}?${query}`)).body.artifacts as Json[]).map(({ id }) => id as string)

  test('is newest first, by run or type, in pages or by cursor', async () => {
    const [a, b, c] = [await stored('a', 'text/plain'), await stored('b', 'text/plain'), await stored('c', 'text/plain')]
    expect(await ids('limit=3')).toEqual([c.id, b.id, a.id])
    expect(await ids('type=input_file&limit=2')).toEqual([c.id, b.id])
    expect(await ids('type=screenshot')).toEqual([])
    expect(await ids(`workflowRunId=wfr_${(b.workflowRunId as string).replaceAll('-', '')}`)).toEqual([b.id])
    for (const other of [NOWHERE, 'x', '../x']) expect(await ids(`workflowRunId=${other}`)).toEqual([])
    expect(await ids('limit=2&page=2')).toContain(a.id)
    const { pagination } = (await server.call('GET', `${ARTIFACTS}?limit=2&cursor=`)).body
    expect((await ids(`limit=1&cursor=${pagination.nextCursor}`))).toEqual([a.id])
  })

  test.each(['type=exe', 'page=0', 'limit=101', 'cursor=x'])('refuses %s, by name', async (query) => {
    const { status, body } = await server.call('GET', `${ARTIFACTS}?${query}`)
    expect({ status, path: body.details[0].path as string }).toEqual({ status: 400, path: query.split('=')[0] })
  })
})

describe('content', () => {
  const shown: [name: string, mimeType: string, type: string, how: string][] = [
    ['a.png', 'image/png', 'image/png', 'inline'],
    ['a.jpg', 'image/jpeg', 'image/jpeg', 'inline'],
    ['a.txt', 'text/plain', 'text/plain; charset=utf-8', 'inline'],
    ['a.csv', 'text/csv', 'text/plain; charset=utf-8', 'inline'],
    ['a.json', 'application/json', 'text/plain; charset=utf-8', 'inline'],
    ['a.svg', 'image/svg+xml', 'image/svg+xml', 'attachment'],
    ['a.html', 'text/html', 'text/html; charset=utf-8', 'attachment'],
    ['a.html', 'TEXT/HTML', 'text/html; charset=utf-8', 'attachment'],
    ['a.xhtml', 'application/xhtml+xml', 'application/xhtml+xml', 'attachment'],
    ['a.js', 'text/javascript', 'text/javascript; charset=utf-8', 'attachment'],
    ['a.pdf', 'application/pdf', 'application/pdf', 'attachment'],
    ['a.zip', 'application/zip', 'application/zip', 'attachment'],
    ['a', 'x-world/x-3dmf', 'x-world/x-3dmf', 'attachment'],
  ]
  test.each(shown)('%s of the type %s is served as %s, %s', async (name, mimeType, type, how) => {
    const { id } = await stored(name, mimeType)
    const response = await content(id)
    expect(headersOf(response, 'content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy')).toEqual({
      'content-type': type,
      'content-disposition': `${how}; filename="${name}"; filename*=UTF-8''${name}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
    })
    expect(await response.text()).toBe('content')
  })

  test('keeps the name it was given, whatever it holds, and no name adds a header', async () => {
    const rows: [given: string, ascii: string, utf8: string][] = [
      ['März "2026".pdf', 'M_rz _2026_.pdf', "M%C3%A4rz%20%222026%22.pdf"],
      ["it's (1)*.pdf", "it's (1)*.pdf", 'it%27s%20%281%29%2A.pdf'],
      ['a\r\nSet-Cookie: x=1.txt', 'a__Set-Cookie: x=1.txt', 'a%0D%0ASet-Cookie%3A%20x%3D1.txt'],
      ['報告 📄.txt', '__ __.txt', '%E5%A0%B1%E5%91%8A%20%F0%9F%93%84.txt'],
    ]
    for (const [given, ascii, utf8] of rows) {
      const response = await content((await stored(given, 'application/pdf')).id)
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${utf8}`)
      expect(response.headers.has('set-cookie')).toBe(false)
    }
  })

  test('of a type or name that no header could hold is served all the same', () => {
    const headers = (mimeType: string, name: string) => contentHeaders({ mimeType, name, sha256: '' } as ArtifactRow)
    for (const type of ['', 'nonsense', 'text', 'a/b/c', 'text/html\r\nx: y', 'image/png"']) expect(headers(type, 'a')).toMatchObject({ 'content-type': 'application/octet-stream', 'content-disposition': expect.stringMatching(/^attachment/) })
    expect(headers('text/plain; charset=utf-16', 'half \ud83d of it')['content-disposition']).toBe("inline; filename=\"half _ of it\"; filename*=UTF-8''half%20%EF%BF%BD%20of%20it")
  })

  test('comes whole, in ranges, as headers alone, or not at all when the caller has it', async () => {
    const { id, fileHash } = await stored('a.bin', 'application/octet-stream', '0123456789')
    const get = async (headers: Record<string, string>, method = 'GET') => {
      const response = await content(id, headers, method)
      return { status: response.status, text: await response.text(), ...headersOf(response, 'content-range', 'content-length') }
    }
    const whole = { status: 200, text: '0123456789', 'content-range': null, 'content-length': '10' }
    expect(await get({})).toEqual(whole)
    const part = (from: number, to: number) => ({ status: 206, text: '0123456789'.slice(from, to + 1), 'content-range': `bytes ${from}-${to}/10`, 'content-length': String(to + 1 - from) })
    expect(await get({ range: 'bytes=0-0' })).toEqual(part(0, 0))
    expect(await get({ range: 'bytes=2-4' })).toEqual(part(2, 4))
    expect(await get({ range: 'bytes=7-' })).toEqual(part(7, 9))
    expect(await get({ range: 'bytes=-3' })).toEqual(part(7, 9))
    expect(await get({ range: 'bytes=5-999999999999999999999' })).toEqual(part(5, 9))
    for (const range of ['bytes=10-', 'bytes=99-100']) expect(await get({ range })).toMatchObject({ status: 416, text: '', 'content-range': 'bytes */10' })
    for (const range of ['lines=1-2', 'bytes=a-b', 'bytes', 'bytes=1-2,4-5']) expect(await get({ range })).toEqual(whole)
    expect(await get({ range: 'bytes=2-4', 'if-range': `"${fileHash}"` })).toEqual(part(2, 4))
    expect(await get({ range: 'bytes=2-4', 'if-range': '"other"' })).toEqual(whole)
    expect(await get({}, 'HEAD')).toEqual({ ...whole, text: '' })
    expect((await content(id)).headers.get('accept-ranges')).toBe('bytes')
    expect(await raw(`${ARTIFACTS}/${id}/content`, { 'if-none-match': `"${fileHash}"` })).toBe(304)
  })

  test('that is gone from the disk answers 404', async () => {
    const { id } = await stored('a', 'text/plain')
    rmSync(server.server.services.files.pathOf(id as string))
    const response = await content(id)
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  test('cannot be had of anything but an artifact, however its id is spelt', async () => {
    await stored('a', 'text/plain')
    for (const id of ['..', '../..', '..%2f..%2ferrand.sqlite', '%2e%2e%2f%2e%2e%2fencryption.key', '....//....//errand.sqlite', '/etc/passwd', '%2fetc%2fpasswd', 'a%00.txt', NOWHERE, `${NOWHERE}%2f..`]) {
      expect({ id, status: await raw(`${ARTIFACTS}/${id}/content`) }).toEqual({ id, status: 404 })
      expect({ id, status: await raw(`${ARTIFACTS}/${id}/content?expires=9999999999999&signature=AAAA`) }).not.toEqual({ id, status: 200 })
    }
  })
})

describe('a signed address', () => {
  test('opens the content without credentials, and nothing else', async () => {
    const { id, signedUrl } = await stored('a.txt', 'text/plain')
    expect((await stranger(`${server.url}${ARTIFACTS}/${id}/content`)).status).toBe(401)
    const response = await stranger(signedUrl as string)
    expect({ status: response.status, text: await response.text(), ...headersOf(response, 'content-disposition') }).toMatchObject({ status: 200, text: 'content', 'content-disposition': expect.stringMatching(/^inline/) })
    const search = new URL(signedUrl as string).search
    for (const path of [`${ARTIFACTS}/${id}`, ARTIFACTS, '/api/v1/workflow-runs']) expect((await stranger(server.url + path + search)).status).toBe(401)
  })

  test('holds for 15 minutes', async () => {
    const { signedUrl } = await stored('a.txt', 'text/plain')
    try {
      lateMs = 14 * 60_000
      expect((await stranger(signedUrl as string)).status).toBe(200)
      lateMs = 15 * 60_000
      const late = await stranger(signedUrl as string)
      expect({ status: late.status, body: await late.json() }).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
    } finally {
      lateMs = 0
    }
  })

  test('that was tampered with opens nothing', async () => {
    const [mine, other] = [await stored('a.txt', 'text/plain'), await stored('b.txt', 'text/plain')]
    const url = new URL(mine.signedUrl as string)
    const changed = (change: (copy: URL) => void): string => {
      const copy = new URL(url)
      change(copy)
      return copy.href
    }
    const expires = Number(url.searchParams.get('expires'))
    const rows: [name: string, url: string, status: number][] = [
      ['another file', changed((copy) => (copy.pathname = copy.pathname.replace(mine.id as string, other.id as string))), 403],
      ['a later end', changed((copy) => copy.searchParams.set('expires', String(expires + 1))), 403],
      ['another spelling of the end', changed((copy) => copy.searchParams.set('expires', `${expires}.0`)), 403],
      ['an end that is no number', changed((copy) => copy.searchParams.set('expires', 'never')), 403],
      ['no signature', changed((copy) => copy.searchParams.set('signature', '')), 403],
      ['a short signature', changed((copy) => copy.searchParams.set('signature', 'AAAA')), 403],
      ['no end', changed((copy) => copy.searchParams.delete('expires')), 404],
      ['two signatures', changed((copy) => copy.searchParams.append('signature', copy.searchParams.get('signature')!)), 400],
    ]
    for (const [name, address, status] of rows) expect({ name, status: (await stranger(address)).status }).toEqual({ name, status })
  })
})
