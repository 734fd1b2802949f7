import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCertificate } from '../certificate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'

/** Portals that let nobody in who does not come the right way: through a proxy, with a name and a password, in spite of their certificate. */

const PASSWORD = 'door-password-7'
const basic = (user: string): string => `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`
const portOf = (server: Server): number => (server.address() as AddressInfo).port

let house: House
let portal: Server
let proxy: Server
let seen: IncomingHttpHeaders = {}
const proxied: string[] = []

beforeAll(async () => {
  house = await openHouse()
  await house.server.call('PUT', '/api/v1/secrets/DOOR', { value: PASSWORD })
  portal = createHttpsServer(readCertificate(), ({ headers }, response) => {
    if (headers.authorization !== basic('clerk')) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="portal"' }).end('no entry')
    seen = headers
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Inside</h1>')
  }).listen(0, '127.0.0.1')
  proxy = createServer(({ url = '', headers }, response) => {
    if (headers['proxy-authorization'] !== basic('gate')) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="proxy"' }).end()
    proxied.push(url)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Through the proxy</h1>')
  }).listen(0, '127.0.0.1')
  for (const server of [portal, proxy]) if (!server.listening) await once(server, 'listening')
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  for (const server of [portal, proxy]) {
    server.closeAllConnections()
    server.close()
  }
})

const look = (url: string): Json[] => [step('open', { type: 'NAVIGATE', url }), step('read', { type: 'EXTRACT', fields: { title: { target: 'h1' } } })]
const visit = (url: string, settings: Json) => house.finish(look(url), { definition: { settings } })
const door = { username: 'clerk', password: '{{ .secrets.DOOR }}' }

describe('a portal whose certificate nobody vouches for', () => {
  const address = (): string => `https://127.0.0.1:${portOf(portal)}/`

  test('is not opened', async () => {
    const { workflowRun } = await visit(address(), { httpCredentials: door })
    expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: expect.stringMatching(/ERR_CERT_AUTHORITY_INVALID.*settings\.ignoreHttpsErrors/) })
  })

  test('is opened where the workflow says so, with the name, the password and the headers it wants; none of it is shown', async () => {
    const settings = { ignoreHttpsErrors: true, userAgent: 'Errand of the bookkeeping', extraHeaders: { 'X-Door': 'key {{ .secrets.DOOR }}' }, httpCredentials: door, trace: 'on' }
    const { workflowRun } = await visit(address(), settings)
    expect(workflowRun).toMatchObject({ error: null, outputs: { read: { title: 'Inside' } } })
    expect(seen).toMatchObject({ 'user-agent': 'Errand of the bookkeeping', 'x-door': `key ${PASSWORD}` })
    const told = JSON.stringify([await house.server.get(workflowRun.id), await house.events(workflowRun.id)])
    for (const form of [PASSWORD, basic('clerk').slice(6)]) expect(told).not.toContain(form)
  })

  test('gets the name and the password only where they are meant for it', async () => {
    const { workflowRun } = await visit(address(), { ignoreHttpsErrors: true, httpCredentials: { ...door, origin: 'https://portal.example.com' } })
    expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: expect.stringMatching(/401|ERR_INVALID_AUTH_CREDENTIALS/) })
  })
})

describe('a proxy', () => {
  const way = (rest: Json = {}): Json => ({ server: `http://127.0.0.1:${portOf(proxy)}`, username: 'gate', password: '{{ .secrets.DOOR }}', ...rest })

  test('is the way out of the pages', async () => {
    const { workflowRun } = await visit('http://intranet.example/start', { proxy: way() })
    expect(workflowRun).toMatchObject({ error: null, outputs: { read: { title: 'Through the proxy' } } })
    expect(proxied).toContain('http://intranet.example/start')
  })

  test('is not taken to hosts that are reached without it', async () => {
    const before = proxied.length
    const { workflowRun } = await visit(`${house.portal.url}/storage`, { proxy: way({ bypass: '127.0.0.1' }) })
    expect(workflowRun.error).toBeNull()
    expect(proxied).toHaveLength(before)
  })

  test.each([
    ['http://169.254.169.254', 'never reached'],
    ['{{ "nowhere" }}', 'settings.proxy.server must be an address'],
  ])('at %s is refused', async (server, message) => {
    const { workflowRun } = await visit('http://intranet.example/', { proxy: { server } })
    expect(workflowRun.error).toMatchObject({ code: 'validation_failed', message: expect.stringContaining(message) })
  })
})

test.each([
  [{ userAgent: 'two\nlines' }, 'settings.userAgent'],
  [{ extraHeaders: { 'not a name': 'x' } }, 'settings.extraHeaders["not a name"]'],
  [{ extraHeaders: { Cookie: 'x' } }, 'settings.extraHeaders.Cookie'],
  [{ extraHeaders: { 'X-A': 'two\nlines' } }, 'settings.extraHeaders["X-A"]'],
  [{ extraHeaders: { 'X-A': '{{ .secrets. }}' } }, 'settings.extraHeaders["X-A"]'],
  [{ extraHeaders: { 'X-A': '{{ .secret.DOOR }}' } }, 'settings.extraHeaders["X-A"]'],
  [{ httpCredentials: { username: 'clerk' } }, 'settings.httpCredentials.password'],
  [{ httpCredentials: { ...door, origin: 'portal.example.com' } }, 'settings.httpCredentials.origin'],
  [{ proxy: { server: 'proxy.example.com' } }, 'settings.proxy.server'],
  [{ proxy: { server: 'http://proxy.example.com:3128' }, allowedHosts: ['portal.example.com'] }, 'settings.proxy'],
])('%j is a fault when it is saved', async (settings, path) => {
  const { body } = await house.server.call('POST', '/api/v1/workflows/validate', { identifier: 'w', settings, nodes: look('https://portal.example.com') })
  expect(body).toMatchObject({ valid: false, faults: [expect.objectContaining({ path })] })
})
