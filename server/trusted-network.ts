import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { problem } from '../runner/model/problem.ts'
import type { Caller } from './caller.ts'
import type { Config } from './config.ts'
import { holdsAddress, isLoopback, parseNetworks, type Network } from './networks.ts'

/**
 * Callers without credentials, trusted for the network they call from. The same machine also runs browsers and proxies, so the address alone
 * proves little: a call that came through somebody nobody vouched for, or that a web page elsewhere can have caused, is not such a caller.
 */

/** What is asked of a request; Express' and Node's have it. */
export type Incoming = Pick<IncomingMessage, 'headers' | 'method' | 'httpVersion'> & { socket: { remoteAddress?: string | undefined } }

/** The org that callers belong to who name none. */
export const DEFAULT_ORG = 'default'

/** What proxies add. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip']

/** nginx says HTTP/1.0 to what it forwards to, and by default nothing about where the call came from. */
const cameByProxy = ({ headers, httpVersion }: Incoming): boolean => httpVersion === '1.0' || PROXY_HEADERS.some((name) => headers[name] !== undefined)

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const withoutPort = (entry: string): string => /^\[(.*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry

/** The networks that a checked setting stands for. */
const compile = (entries: readonly string[]): Network[] => entries.flatMap((entry) => parseNetworks(entry) ?? [])

const createSource = (trustProxy: Config['TRUST_PROXY']) => {
  const proxies = Array.isArray(trustProxy) ? compile(trustProxy) : []
  const isProxy = (address: string, hop: number): boolean => (typeof trustProxy === 'number' ? hop < trustProxy : holdsAddress(proxies, address))
  /**
   * Who called, as far as proxies that are trusted tell. `vouched`: nothing suggests that somebody else stands behind that address.
   * `claimed`: a proxy said so, the socket did not.
   */
  return (request: Incoming): { address: string; vouched: boolean; claimed: boolean } => {
    const header = [request.headers['x-forwarded-for'] ?? []].flat().join(',')
    const forwarded = header === '' ? [] : header.split(',').map((entry) => withoutPort(entry.trim()))
    const chain = [request.socket.remoteAddress ?? '', ...forwarded.reverse()]
    let hop = 0
    while (hop < chain.length - 1 && isProxy(chain[hop] ?? '', hop)) hop++
    const address = chain[hop] ?? ''
    const wholeChain = hop === chain.length - 1
    return { address, vouched: isIP(address) !== 0 && wholeChain && (hop > 0 || !cameByProxy(request)), claimed: hop > 0 }
  }
}

const splitHost = (text: string): { name: string; port: string } => {
  const [, name = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text.trim().toLowerCase()) ?? []
  return { name: name.replace(/\.$/, ''), port }
}

const isAllowedHost = (allowed: readonly string[], host: string): boolean => {
  const called = splitHost(host)
  return allowed.some((entry) => {
    const { name, port } = splitHost(entry)
    const fits = name.startsWith('*.') ? called.name.endsWith(name.slice(1)) && called.name.length > name.length - 1 : called.name === name && name !== ''
    return fits && (port === '' || port === called.port)
  })
}

/**
 * What a browser says about the page that caused the call. A page cannot leave these headers out or change them.
 * `none`: the user typed the address or opened a bookmark, which only ever reads.
 */
const isSameOrigin = ({ headers, method }: Incoming, publicUrl: string | undefined): boolean => {
  const site = headers['sec-fetch-site']
  const reads = method === 'GET' || method === 'HEAD'
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && reads)) return false
  const { origin } = headers
  if (origin === undefined || (publicUrl !== undefined && origin === new URL(publicUrl).origin)) return true
  return URL.canParse(origin) && /^https?:$/.test(new URL(origin).protocol) && new URL(origin).host === (headers.host ?? '').toLowerCase()
}

/** The address that a call counts for: that of the socket, or what trusted proxies say. Empty when there is none. */
export const createAddressOf = ({ TRUST_PROXY }: Pick<Config, 'TRUST_PROXY'>): ((request: Incoming) => string) => {
  const sourceOf = createSource(TRUST_PROXY)
  return (request) => sourceOf(request).address
}

type Settings = Pick<Config, 'TRUSTED_NETWORKS' | 'ALLOWED_HOSTS' | 'TRUST_PROXY' | 'PUBLIC_URL'>

/**
 * Takes a call without credentials for that of the operator, an admin of the default org.
 * @throws Problem `not_authenticated` when it comes from elsewhere, `not_allowed` when a web page elsewhere may have caused it
 */
export const createInternalCallers = (config: Settings): ((request: Incoming) => Caller) => {
  const trusted = compile(config.TRUSTED_NETWORKS)
  const sourceOf = createSource(config.TRUST_PROXY)
  return (request) => {
    const { address, vouched, claimed } = sourceOf(request)
    // Nobody calls a proxy from its own machine by way of the network: a claim to be loopback is a lie more often than not.
    const inside = holdsAddress(trusted, address) && !(claimed && isLoopback(address))
    if (!inside) throw problem('not_authenticated', 'This needs an API key or a JWT: "Authorization: Bearer …".')
    if (!vouched) {
      throw problem('not_authenticated', 'This needs an API key or a JWT: the call came through a proxy that TRUST_PROXY does not name, so it is not taken for an internal one.')
    }
    const host = request.headers.host ?? ''
    if (!isAllowedHost(config.ALLOWED_HOSTS, host)) {
      throw problem('not_allowed', 'Without credentials, the server must be called by a name in ALLOWED_HOSTS.', { details: { host } })
    }
    if (!isSameOrigin(request, config.PUBLIC_URL)) throw problem('not_allowed', 'Without credentials, web pages of other origins may not call.')
    return { kind: 'internal', org: DEFAULT_ORG, userId: null, role: 'admin', isMachine: false }
  }
}
