import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedChromium } from '../chromium.ts'
import { Problem } from '../../runner/model/problem.ts'
import { readConfig } from '../../server/config.ts'
import { createAddressOf, createInternalCallers, type Incoming } from '../../server/trusted-network.ts'

type Settings = Record<string, string>
type From = { address?: string; method?: string; httpVersion?: string; headers?: Record<string, string> }

const incoming = ({ address = '127.0.0.1', method = 'POST', httpVersion = '1.1', headers = {} }: From): Incoming => ({
  method,
  httpVersion,
  headers: { host: 'localhost:3000', ...headers },
  socket: { remoteAddress: address === '' ? undefined : address },
})

/** `internal`, or the code of the refusal. */
const judge = (settings: Settings, request: Incoming): string => {
  try {
    return createInternalCallers(readConfig(settings))(request).kind
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

test('a trusted caller is an admin of the default org', () => {
  expect(createInternalCallers(readConfig({}))(incoming({}))).toEqual({ kind: 'internal', org: 'default', userId: null, role: 'admin', isMachine: false })
})

const cases = (rows: [name: string, settings: Settings, from: From, verdict: string][]): void => {
  test.each(rows)('%s', (_name, settings, from, verdict) => {
    expect(judge(settings, incoming(from))).toBe(verdict)
  })
}

const office: Settings = { TRUSTED_NETWORKS: '10.0.0.0/8, fd00::/8, 192.0.2.7' }

describe('where a call comes from', () => {
  cases([
    ['this machine is trusted', {}, {}, 'internal'],
    ['all of its loopback addresses are', {}, { address: '127.8.9.1' }, 'internal'],
    ['over IPv6, too', {}, { address: '::1' }, 'internal'],
    ['also when an IPv6 socket shows an IPv4 address', {}, { address: '::ffff:127.0.0.1' }, 'internal'],
    ['and in the other spelling of that', {}, { address: '::ffff:7f00:1' }, 'internal'],
    ['the network beside it is not', {}, { address: '192.168.1.5' }, 'not_authenticated'],
    ['nor one whose address ends alike', {}, { address: '2001:db8::127.0.0.1' }, 'not_authenticated'],
    ['nor is a socket without an address', {}, { address: '' }, 'not_authenticated'],
    ['networks can be named', office, { address: '10.200.0.1' }, 'internal'],
    ['and IPv6 ones', office, { address: 'fd12::1' }, 'internal'],
    ['and single addresses', office, { address: '192.0.2.7' }, 'internal'],
    ['whose neighbours are strangers', office, { address: '192.0.2.8' }, 'not_authenticated'],
    ['as is then this machine', office, {}, 'not_authenticated'],
    ['named in IPv6 spelling, an IPv4 network is one', { TRUSTED_NETWORKS: '::ffff:10.0.0.0/104' }, { address: '10.0.0.1' }, 'internal'],
    ['set to nothing trusts nobody', { TRUSTED_NETWORKS: '' }, {}, 'not_authenticated'],
  ])
})

describe('through a proxy', () => {
  const hop: Settings = { ...office, TRUST_PROXY: '1' }
  const named: Settings = { ...office, TRUST_PROXY: '172.16.0.1, 172.16.0.2' }
  const forwarded = (list: string, address = '127.0.0.1', rest: Record<string, string> = {}): From => ({ address, headers: { 'x-forwarded-for': list, ...rest } })
  const headers = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip']
  test.each(headers)('that nobody named, and that says so in %s, this machine is trusted no more', (name) => {
    expect(judge({}, incoming({ headers: { [name]: '127.0.0.1' } }))).toBe('not_authenticated')
  })
  cases([
    ['that says nothing but speaks HTTP/1.0, as nginx does, neither', {}, { httpVersion: '1.0' }, 'not_authenticated'],
    ['one hop away, the caller is the last that it names', hop, forwarded('10.0.0.9'), 'internal'],
    ['a stranger behind it stays one', hop, forwarded('203.0.113.9'), 'not_authenticated'],
    ['what the stranger put there himself does not help', hop, forwarded('10.0.0.9, 203.0.113.9'), 'not_authenticated'],
    ['nor does one in the office who forwards for a stranger', hop, forwarded('203.0.113.9, 10.0.0.9'), 'not_authenticated'],
    ['ports in the list are no part of the address', hop, forwarded('10.0.0.9:4711'), 'internal'],
    ['and IPv6 ones come in brackets', hop, forwarded('[fd00::9]:4711'), 'internal'],
    ['what is no address is nobody', hop, forwarded('unknown'), 'not_authenticated'],
    ['nor is an empty list', { TRUST_PROXY: '1' }, forwarded(''), 'not_authenticated'],
    ['nobody gets to be this machine by saying so', { TRUST_PROXY: '1' }, forwarded('127.0.0.1', '203.0.113.9'), 'not_authenticated'],
    ['a direct call from this machine is one', { TRUST_PROXY: '1' }, {}, 'internal'],
    ['but not when the proxy tells it in a header that is not read', { TRUST_PROXY: '1' }, { headers: { forwarded: 'for=203.0.113.9' } }, 'not_authenticated'],
    ['that is named, the caller is who it says', named, forwarded('10.0.0.9', '172.16.0.1'), 'internal'],
    ['two of them in a row', named, forwarded('10.0.0.9, 172.16.0.2', '172.16.0.1'), 'internal'],
    ['with all else that proxies add', named, forwarded('10.0.0.9', '172.16.0.1', { via: '1.1 proxy', 'x-forwarded-proto': 'https' }), 'internal'],
    ['one that is not named may say what it likes', named, forwarded('10.0.0.9', '172.16.0.3'), 'not_authenticated'],
    ['even from the office', named, forwarded('10.0.0.9', '10.0.0.5'), 'not_authenticated'],
  ])

  const addresses: [trustProxy: string, from: From, address: string][] = [
    ['off', forwarded('10.0.0.9', '203.0.113.9'), '203.0.113.9'],
    ['1', forwarded('198.51.100.1, 10.0.0.9', '203.0.113.9'), '10.0.0.9'],
    ['2', forwarded('198.51.100.1, 10.0.0.9', '203.0.113.9'), '198.51.100.1'],
    ['5', forwarded('198.51.100.1', '203.0.113.9'), '198.51.100.1'],
    ['loopback', forwarded('198.51.100.1', '127.0.0.1'), '198.51.100.1'],
    ['loopback', forwarded('198.51.100.1', '203.0.113.9'), '203.0.113.9'],
  ]
  test.each(addresses)('TRUST_PROXY=%s: %o counts for %s', (trustProxy, from, address) => {
    expect(createAddressOf(readConfig({ TRUST_PROXY: trustProxy }))(incoming(from))).toBe(address)
  })
})

describe('what the server is called', () => {
  const named: Settings = { ALLOWED_HOSTS: 'errand.acme.test, *.office.test, portal.test:8443, [2001:db8::1]', PUBLIC_URL: 'https://public.test:444' }
  const called = (settings: Settings, verdict: string, hosts: string[]): void => {
    test.each(hosts)(`"%s" is ${verdict}`, (host) => {
      expect(judge(settings, incoming({ headers: { host } }))).toBe(verdict)
    })
  }
  called({}, 'internal', ['localhost', 'localhost:8080', 'LOCALHOST:3000', 'localhost.:3000', 'errand.localhost', '127.0.0.1:3000', '[::1]', '[::1]:3000'])
  called({}, 'not_allowed', ['', 'evil.test', 'localhost.evil.test', 'notlocalhost', '.localhost', '127.0.0.1.evil.test', 'localhost:3000:80', 'localhost@evil.test', '192.168.1.5:3000'])
  called(named, 'internal', ['errand.acme.test', 'errand.acme.test:3000', 'a.b.office.test', 'portal.test:8443', '[2001:db8::1]:3000', 'public.test:444', 'public.test'])
  called(named, 'not_allowed', ['localhost:3000', 'office.test', 'portal.test', 'portal.test:80', 'x.errand.acme.test'])
})

describe('which page caused it', () => {
  const page = (headers: Record<string, string>, method = 'POST'): From => ({ method, headers })
  const site = (value: string, method = 'POST'): From => page({ 'sec-fetch-site': value }, method)
  cases([
    ['a page of ours', {}, page({ 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3000' }), 'internal'],
    ['one of PUBLIC_URL, which a proxy serves below a path', { PUBLIC_URL: 'https://acme.test/errand' }, page({ origin: 'https://acme.test' }), 'internal'],
    ['one of PUBLIC_URL, which a proxy serves', { PUBLIC_URL: 'https://errand.acme.test' }, page({ origin: 'https://errand.acme.test' }), 'internal'],
    ['one behind TLS by the same name', {}, page({ origin: 'https://localhost:3000' }), 'internal'],
    ['an address that was typed', {}, site('none', 'GET'), 'internal'],
    ['nothing that is typed writes', {}, site('none', 'POST'), 'not_allowed'],
    ['a page elsewhere', {}, site('cross-site'), 'not_allowed'],
    ['a page elsewhere that only reads', {}, site('cross-site', 'GET'), 'not_allowed'],
    ['another server on this machine', {}, site('same-site'), 'not_allowed'],
    ['what no browser says', {}, site('maybe'), 'not_allowed'],
    ['an old browser on a page elsewhere', {}, page({ origin: 'https://evil.test' }), 'not_allowed'],
    ['on another port', {}, page({ origin: 'http://localhost:8080' }), 'not_allowed'],
    ['on a page without origin', {}, page({ origin: 'null' }), 'not_allowed'],
    ['in an extension', {}, page({ origin: 'chrome-extension://localhost:3000' }), 'not_allowed'],
    ['on a page whose name begins alike', {}, page({ origin: 'http://localhost:3000.evil.test' }), 'not_allowed'],
    ['one that contradicts itself', {}, page({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.test' }), 'not_allowed'],
  ])
})

describe('on real sockets', () => {
  /** Answers whom it took the caller for, in the title and the body; a page of its own at /page. */
  const seen: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/page') return void response.setHeader('content-type', 'text/html').end('<!doctype html><title>page</title>')
    const verdict = judge({}, request)
    seen.push(`${request.method} ${request.url} ${verdict}`)
    response.setHeader('content-type', 'text/html').end(`<!doctype html><title>${verdict}</title>${verdict}`)
  }
  const server = createServer(answer)
  let port = 0
  beforeAll(async () => {
    // On all interfaces, where IPv4 callers come in as ::ffff:127.0.0.1.
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const textOf = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path: '/curl', headers }, (response) => {
        response.setEncoding('utf8')
        let text = ''
        response.on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text))
      })
      request.on('error', reject).end()
    })

  test('a command on this machine is trusted, by our names only, and not behind a proxy', async () => {
    expect(await textOf({})).toContain('internal')
    expect(await textOf({ host: 'evil.test' })).toContain('not_allowed')
    expect(await textOf({ 'x-forwarded-for': '203.0.113.9' })).toContain('not_authenticated')
  })

  test('nginx as it comes is seen for the proxy it is', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET /nginx HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toContain('not_authenticated')
  })

  test('pages elsewhere can do nothing in a real browser, and ours all they need', async () => {
    const page = await (await sharedChromium()).newPage()
    try {
      const call = (target: string): Promise<unknown> =>
        page.evaluate((url) => fetch(url, { method: 'POST', mode: 'no-cors', body: 'x' }).then(() => 'sent', () => 'blocked'), target)
      const verdicts = (path: string): string[] => seen.filter((line) => line.includes(` ${path} `)).map((line) => line.split(' ')[2] ?? '')

      await page.goto(`http://localhost:${port}/page`)
      await call(`http://localhost:${port}/ours`)
      expect(verdicts('/ours')).toEqual(['internal'])

      // Another name of this machine is another site.
      await call(`http://127.0.0.1:${port}/cross-site`)
      expect(verdicts('/cross-site')).toEqual(['not_allowed'])

      // A name of theirs that resolves to this machine: the page's own origin, as far as the browser can tell.
      await page.goto(`http://evil.test:${port}/page`)
      await call(`http://evil.test:${port}/rebound`)
      expect(verdicts('/rebound')).toEqual(['not_allowed'])

      await page.goto(`http://localhost:${port}/typed`)
      expect(await page.title()).toBe('internal')
      await page.goto(`http://evil.test:${port}/page`)
      await page.setContent(`<form method="post" action="http://localhost:${port}/form"><button>send</button></form>`)
      await Promise.all([page.waitForURL(`**/form`), page.click('button')])
      expect(verdicts('/form')).toEqual(['not_allowed'])
    } finally {
      await page.close()
    }
  })
})
