import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP, type LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import ipaddr from 'ipaddr.js'
import { Agent, buildConnector, type Dispatcher, type RequestInit, type Response, fetch as undiciFetch, request } from 'undici'
import { problem, Problem } from '../../runner/model/problem.ts'

/**
 * The guard on calls that workflow authors can aim anywhere (SSRF). It judges addresses and not names, at the moment of connecting: the socket goes
 * to the very addresses that were judged, so a name that answers differently the second time (DNS rebinding), a redirect, an odd spelling
 * (`http://2130706433`) or an IPv4 address inside an IPv6 one gains nothing.
 */

export type EgressRules = {
  /** Host names (`api.acme.test`, `*.acme.test`), addresses and networks (CIDR) that may be reached although private, or although `deny` is `*`. */
  allow: readonly string[]
  /** The same forms, or `*`: everything that `allow` does not name. An entry here wins over `allow`. */
  deny: readonly string[]
  /** Whether loopback and private networks may be reached. */
  allowPrivate: boolean
}

export type GuardedFetch = (url: string | URL, init?: Omit<RequestInit, 'dispatcher'>) => Promise<Response>

/** A POST that follows nothing and unpacks nothing, at a fraction of what `fetch` costs. The body is to be read or destroyed. */
export type GuardedPost = (url: string, init: { headers: Record<string, string>; body: string; signal: AbortSignal }) => Promise<{ status: number; headers: IncomingHttpHeaders; body: Readable }>

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Rule = (host: string, address: Address | null) => boolean

const NEVER = new Set(['unspecified', 'linkLocal', 'multicast', 'broadcast'])
/** Cloud metadata outside the link-local range: AWS (and its pod identity) and GCP on IPv6, Alibaba, Oracle, Azure. */
const METADATA = new Set(['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'])
/** IPv6 networks whose last 32 bits are an IPv4 address that the packet ends up at: NAT64, and the two old embeddings. */
const EMBEDDED = ['64:ff9b::/96', '::/96', '::ffff:0:0:0/96'].map((network) => ipaddr.IPv6.parseCIDR(network))

const parseAddress = (text: string): Address => {
  const address = ipaddr.process(text)
  if (address instanceof ipaddr.IPv4) return address
  const special = ['unspecified', 'loopback'].includes(address.range())
  const embedded = !special && EMBEDDED.some((network) => address.match(network))
  return embedded ? new ipaddr.IPv4(address.toByteArray().slice(12)) : address
}

const parseNetwork = (text: string): [Address, number] => {
  const [base, bits] = ipaddr.parseCIDR(text)
  return base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= 96 ? [base.toIPv4Address(), bits - 96] : [base, bits]
}

const inNetwork = (address: Address, [base, bits]: [Address, number]): boolean =>
  address instanceof ipaddr.IPv4
    ? base instanceof ipaddr.IPv4 && address.match([base, bits])
    : base instanceof ipaddr.IPv6 && address.match([base, bits])

/** The name as the resolver will see it: no brackets, no root dot, lower case. */
const bareHost = (host: string): string => host.replace(/^\[|\]$/g, '').replace(/\.$/, '').toLowerCase()

const parseRule = (entry: string): Rule | null => {
  if (entry.includes('/')) {
    // `10.1/16` means 10.0.0.1/16 to the old parsers, and something else to whoever wrote it.
    if (!ipaddr.isValidCIDR(entry) || !isIP(entry.replace(/\/.*/, ''))) return null
    const network = parseNetwork(entry)
    return (_host, address) => address !== null && inNetwork(address, network)
  }
  if (isIP(entry)) {
    const wanted = parseAddress(entry).toString()
    return (_host, address) => address?.toString() === wanted
  }
  const suffix = /^\*?\./.test(entry)
  const name = entry.replace(/^\*?\./, '')
  // The URL parser turns international names into what is looked up.
  const host = URL.canParse(`http://${name}`) ? bareHost(new URL(`http://${name}`).hostname) : ''
  if (!/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(host) || /[:@?#\s]/.test(name) || isIP(host)) return null
  return suffix ? (at) => at.endsWith(`.${host}`) : (at) => at === host
}

/** What is wrong with an entry of `EGRESS_ALLOW` or `EGRESS_DENY`, or null. */
export const egressFault = (entry: string, list: 'allow' | 'deny'): string | null =>
  (entry === '*' && list === 'deny') || parseRule(entry)
    ? null
    : `"${entry}" is neither a host name, "*.name", an address nor a network such as 10.0.0.0/8.`

const parseRules = (entries: readonly string[], list: 'allow' | 'deny'): Rule[] =>
  entries.flatMap((entry) => {
    const fault = egressFault(entry, list)
    if (fault) throw new Error(fault)
    return parseRule(entry) ?? []
  })

const isNever = (address: Address): boolean => NEVER.has(address.range()) || METADATA.has(address.toString())

/** Whether an address is one that nothing of ours ever connects to, whatever the operator says: cloud metadata, link-local, unspecified. */
export const isNeverReached = (text: string): boolean => isNever(parseAddress(text))

/** Says why `address`, which `host` resolved to, may not be reached; null when it may. */
const createJudge = (rules: EgressRules): ((host: string, address: string) => string | null) => {
  const allow = parseRules(rules.allow, 'allow')
  const deny = parseRules(rules.deny, 'deny')
  const onlyAllowed = rules.deny.includes('*')
  return (host, text) => {
    const address = parseAddress(text)
    const range = address.range()
    if (isNever(address)) return 'cloud metadata, link-local and unspecified addresses are never reached'
    if (deny.some((rule) => rule(host, address))) return 'the operator denies it (EGRESS_DENY)'
    if (allow.some((rule) => rule(host, address))) return null
    if (onlyAllowed) return 'the operator allows named hosts only (EGRESS_ALLOW)'
    if (range !== 'unicast' && !rules.allowPrivate) return 'it is in a private or reserved network; the operator can name it in EGRESS_ALLOW'
    return null
  }
}

/** The address is not named: it would tell the author of a workflow what the server's own DNS knows. */
const refusal = (host: string, why: string): Problem =>
  problem('step_failed', `Calls to ${host} are not allowed: ${why}.`, { details: { host }, retryable: false })

/**
 * An undici dispatcher that connects only where `rules` let it. Close it when the server stops. `lookup` is the resolver.
 * @throws Error on an entry that `egressFault` finds fault with.
 */
export const createEgress = (rules: EgressRules, lookup: typeof systemLookup = systemLookup): Dispatcher => {
  const judge = createJudge(rules)
  const guardedLookup: LookupFunction = (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error) return callback(error, [])
      const host = bareHost(name)
      const why = found.map(({ address }) => judge(host, address)).find((reason) => reason !== null)
      if (why) return callback(refusal(host, why), [])
      const [first] = found
      if (options.all || !first) return callback(null, found)
      callback(null, first.address, first.family)
    })
  }
  const dial = buildConnector({ lookup: guardedLookup })
  return new Agent({
    // The caller's signal bounds every call; undici's own five minutes would cut a longer step short.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      const host = bareHost(options.hostname)
      // Sockets resolve names only, so an address that is written out is judged here.
      const why = isIP(host) ? judge(host, host) : null
      if (why) callback(refusal(host, why), null)
      else dial(options, callback)
    },
  })
}

const REASONS: Record<string, string> = {
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve just now',
  ECONNREFUSED: 'nothing answers on that port',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
}

/** The cause's code, and never its text: undici quotes header values in some. */
const networkReason = (cause: unknown): string => {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  return REASONS[code] ?? (code || 'network error')
}

const parseUrl = (text: string | URL): URL => {
  const url = URL.canParse(text.toString()) ? new URL(text) : null
  if (!url) throw problem('validation_failed', 'The URL is not valid.')
  if (!/^https?:$/.test(url.protocol)) throw problem('validation_failed', `The URL must begin with http:// or https://, not with ${url.protocol}`)
  if (url.username || url.password) throw problem('validation_failed', 'The URL must not hold a user name or password; use an authorization header.')
  return url
}

/** What is said of a call that came to nothing; a refusal of the guard is told as it is. */
const unreached = (url: URL, cause: unknown): Problem =>
  cause instanceof Problem ? cause : problem('step_failed', `${url.origin} could not be reached: ${networkReason(cause)}.`, { details: { host: url.hostname }, retryable: true })

/** `fetch` over the dispatcher of `createEgress`; what `StepContext.fetch` is. An abort is thrown as the signal's own reason. */
export const createGuardedFetch =
  (egress: Dispatcher): GuardedFetch =>
  async (target, init = {}) => {
    const url = parseUrl(target)
    try {
      return await undiciFetch(url, { ...init, dispatcher: egress })
    } catch (error) {
      init.signal?.throwIfAborted()
      throw unreached(url, error instanceof Error ? error.cause : undefined)
    }
  }

/** The same guard for calls that come by the thousand. */
export const createGuardedPost =
  (egress: Dispatcher): GuardedPost =>
  async (target, init) => {
    const url = parseUrl(target)
    try {
      const { statusCode, headers, body } = await request(url, { ...init, method: 'POST', dispatcher: egress })
      // Whoever stops reading destroys it, which undici calls an error.
      body.on('error', () => undefined)
      return { status: statusCode, headers, body }
    } catch (error) {
      init.signal.throwIfAborted()
      throw unreached(url, error)
    }
  }
