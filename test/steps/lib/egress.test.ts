import type { lookup as systemLookup, LookupAddress } from 'node:dns'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEgress, createGuardedFetch, egressFault, type EgressRules } from '../../../steps/lib/egress.ts'
import { problemOf } from '../../fake-context.ts'

const DENIED: EgressRules = { allow: [], deny: [], allowPrivate: false }
const OPEN: EgressRules = { ...DENIED, allowPrivate: true }

/** A resolver that answers from a table, and counts how often it was asked. */
const resolver = (answers: Record<string, string[][]>) => {
  const asked: string[] = []
  const lookup = (name: string, _options: unknown, callback: (error: Error | null, found: LookupAddress[]) => void): void => {
    const turns = answers[name] ?? []
    const found = turns[Math.min(asked.filter((earlier) => earlier === name).length, turns.length - 1)]
    asked.push(name)
    if (found) callback(null, found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
    else callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])
  }
  return { lookup: lookup as unknown as typeof systemLookup, asked }
}

let server: Server
let port: number
let requests: string[]
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.headers.host ?? '')
    if (request.url === '/away') response.writeHead(302, { location: `http://127.0.0.2:${port}/` }).end()
    else response.end('reached')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

/** What one call answers, or the problem it is refused with. */
const attempt = async (url: string, rules: EgressRules, lookup?: typeof systemLookup): Promise<string> => {
  requests = []
  const egress = createEgress(rules, lookup)
  try {
    const response = await createGuardedFetch(egress)(url, { signal: AbortSignal.timeout(5000) })
    return await response.text()
  } finally {
    await egress.close()
  }
}
const refusal = (url: string, rules: EgressRules, lookup?: typeof systemLookup) => problemOf(() => attempt(url, rules, lookup))

describe('private addresses', () => {
  const spellings = ['127.0.0.1', 'localhost', 'LOCALHOST', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]']
  test.each(spellings)('%s is reached when private networks are open', async (host) => {
    expect(await attempt(`http://${host}:${port}/`, OPEN)).toBe('reached')
  })
  test.each(spellings)('%s is refused when they are not, before any byte is sent', async (host) => {
    const found = await refusal(`http://${host}:${port}/`, DENIED)
    expect(found).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringMatching(/^Calls to .* are not allowed: it is in a private/) })
    expect(requests).toEqual([])
  })

  const others = [
    '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '198.18.0.1', '192.0.2.1', '240.0.0.1', '[::1]', '[fc00::1]', '[fec0::1]', '[::7f00:1]', '[64:ff9b::7f00:1]',
    '[64:ff9b:1::1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[::ffff:0:7f00:1]',
  ] // prettier-ignore
  test.each(others)('%s is refused', async (host) => {
    expect((await refusal(`http://${host}/`, DENIED)).message).toMatch(/are not allowed: it is in a private or reserved network/)
  })
})

describe('what is never reached, whatever the rules say', () => {
  const never = [
    '169.254.169.254', '169.254.0.1', '169.254.170.2', '0.0.0.0', '0', '0.1.2.3', '255.255.255.255', '224.0.0.1', '100.100.100.200', '192.0.0.192', '168.63.129.16',
    '[::]', '[fe80::1]', '[febf::1]', '[ff02::1]', '[fd00:ec2::254]', '[fd20:ce::254]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[::a9fe:a9fe]', '2852039166',
  ] // prettier-ignore
  test.each(never)('%s', async (host) => {
    const rules: EgressRules = { allow: ['0.0.0.0/0', '::/0', new URL(`http://${host}`).hostname.replace(/[[\]]/g, '')], deny: [], allowPrivate: true }
    expect((await refusal(`http://${host}/`, rules)).message).toMatch(/never reached/)
  })
  test('a name that leads there', async () => {
    const { lookup } = resolver({ 'metadata.test': [['169.254.169.254']] })
    const found = await refusal('http://metadata.test/', { ...OPEN, allow: ['metadata.test'] }, lookup)
    expect(found.message).toBe('Calls to metadata.test are not allowed: cloud metadata, link-local and unspecified addresses are never reached.')
  })
})

describe('names', () => {
  test('a name that leads to a private address is refused, and the address is not told', async () => {
    const { lookup } = resolver({ 'intranet.test': [['10.1.2.3']] })
    const found = await refusal('http://intranet.test/', DENIED, lookup)
    expect(found.message).toMatch(/^Calls to intranet\.test are not allowed/)
    expect(JSON.stringify([found.message, found.details])).not.toContain('10.1.2.3')
  })
  test('one private address among public ones is enough', async () => {
    const { lookup } = resolver({ 'mixed.test': [['203.0.113.9', '93.184.215.14', '127.0.0.1']] })
    expect((await refusal(`http://mixed.test:${port}/`, DENIED, lookup)).code).toBe('step_failed')
    expect(requests).toEqual([])
  })
  test('the connection goes to the address that was judged: a second answer of the resolver is never asked for', async () => {
    // Loopback may be reached here and 10.0.0.1 may not, so a second look at the name would fail the call.
    const { lookup, asked } = resolver({ 'rebind.test': [['127.0.0.1'], ['10.0.0.1']] })
    expect(await attempt(`http://rebind.test:${port}/`, { ...DENIED, allow: ['127.0.0.0/8'] }, lookup)).toBe('reached')
    expect(asked).toEqual(['rebind.test'])
    expect(requests).toEqual([`rebind.test:${port}`])
  })
  test('the other way round, too: the next connection is judged anew', async () => {
    const { lookup } = resolver({ 'rebind.test': [['127.0.0.1'], ['10.0.0.1']] })
    const egress = createEgress({ ...DENIED, allow: ['127.0.0.0/8'] }, lookup)
    const fetch = createGuardedFetch(egress)
    expect(await (await fetch(`http://rebind.test:${port}/`)).text()).toBe('reached')
    server.closeAllConnections()
    expect(await problemOf(() => fetch(`http://rebind.test:${port + 1}/`))).toMatchObject({ message: expect.stringMatching(/not allowed/) })
    await egress.close()
  })
  test('a name that does not resolve is a network fault, worth another attempt', async () => {
    const { lookup } = resolver({})
    expect(await refusal('http://nowhere.test/', OPEN, lookup)).toMatchObject({
      code: 'step_failed',
      retryable: true,
      message: 'http://nowhere.test could not be reached: the name does not resolve.',
    })
  })
})

describe('the operator\'s lists', () => {
  const { lookup } = resolver({ 'a.acme.test': [['127.0.0.1']], 'acme.test': [['127.0.0.1']], 'acme.test.': [['127.0.0.1']], 'other.test': [['127.0.0.1']], 'xn--mnchen-3ya.test': [['127.0.0.1']] })
  const cases: [name: string, host: string, rules: Partial<EgressRules>, reached: boolean][] = [
    ['allow lets a private name through', 'acme.test', { allow: ['acme.test'] }, true],
    ['but not its neighbours', 'other.test', { allow: ['acme.test'] }, false],
    ['allow takes subdomains', 'a.acme.test', { allow: ['*.acme.test'] }, true],
    ['which the name itself is not', 'acme.test', { allow: ['*.acme.test'] }, false],
    ['allow takes a network', '127.0.0.1', { allow: ['127.0.0.0/8'] }, true],
    ['allow takes an address', '127.0.0.1', { allow: ['127.0.0.1'] }, true],
    ['allow takes a mapped network', '127.0.0.1', { allow: ['::ffff:127.0.0.0/104'] }, true],
    ['allow takes an international name', 'münchen.test', { allow: ['München.test'] }, true],
    ['deny refuses a name', 'acme.test', { deny: ['ACME.test'], allowPrivate: true }, false],
    ['deny refuses a name with its root dot', 'acme.test.', { deny: ['acme.test'], allowPrivate: true }, false],
    ['deny refuses subdomains', 'a.acme.test', { deny: ['.acme.test'], allowPrivate: true }, false],
    ['deny refuses a network, by whatever name it is reached', 'other.test', { deny: ['127.0.0.0/8'], allowPrivate: true }, false],
    ['deny wins over allow', 'acme.test', { allow: ['acme.test'], deny: ['127.0.0.1'], allowPrivate: true }, false],
    ['deny * leaves what allow names', 'acme.test', { allow: ['acme.test'], deny: ['*'] }, true],
    ['and nothing else', 'other.test', { allow: ['acme.test'], deny: ['*'], allowPrivate: true }, false],
  ]
  test.each(cases)('%s', async (_name, host, rules, reached) => {
    const url = `http://${host}:${port}/`
    if (reached) expect(await attempt(url, { ...DENIED, ...rules }, lookup)).toBe('reached')
    else expect((await refusal(url, { ...DENIED, ...rules }, lookup)).message).toMatch(/not allowed/)
    expect(requests).toHaveLength(reached ? 1 : 0)
  })

  test.each(['acme.test', '*.acme.test', '.acme.test', '10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1', 'localhost', 'my_host'])('%s is an entry', (entry) => {
    expect(egressFault(entry, 'allow')).toBeNull()
  })
  test.each(['', '10.0.0.0/64', '10.0.0/8', 'http://acme.test', 'acme.test:80', 'acme.test/x', 'a b', '256.1.1.1', '0x7f.1', 'a@b', '*', '**.acme.test'])('"%s" is none', (entry) => {
    expect(egressFault(entry, 'allow')).toContain(`"${entry}" is neither`)
    expect(() => createEgress({ ...OPEN, allow: [entry] })).toThrow('is neither')
  })
  test('* may stand in deny only', () => {
    expect(egressFault('*', 'deny')).toBeNull()
  })
})

test('a redirect is judged like a first call', async () => {
  const found = await refusal(`http://127.0.0.1:${port}/away`, { ...DENIED, allow: ['127.0.0.1'] })
  expect(found.message).toMatch(/^Calls to 127\.0\.0\.2 are not allowed/)
  expect(requests).toHaveLength(1)
})

const notCalled: [url: string, message: RegExp][] = [
  ['not an address', /^The URL is not valid\.$/],
  ['file:///etc/passwd', /must begin with http/],
  ['data:text/plain,hello', /must begin with http/],
  ['http://user:hunter2@127.0.0.1/', /must not hold a user name or password/],
]
test.each(notCalled)('%s is not called', async (url, message) => {
  const found = await refusal(url, OPEN)
  expect(found).toMatchObject({ code: 'validation_failed', message: expect.stringMatching(message) })
  expect(found.message).not.toContain('hunter2')
})

test('an abort ends a call with the signal\'s own reason', async () => {
  const silent = createServer()
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const egress = createEgress(OPEN)
  const abort = new AbortController()
  silent.once('request', () => abort.abort(new Error('cancel')))
  await expect(createGuardedFetch(egress)(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, { signal: abort.signal })).rejects.toThrow('cancel')
  silent.closeAllConnections()
  silent.close()
  await egress.close()
})
