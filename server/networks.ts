import ipaddr from 'ipaddr.js'
import { isIP } from 'node:net'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Addresses that share their first bits. */
export type Network = [base: Address, bits: number]

/** Names for the networks that operators mean most often; Express knows the same ones. */
const NAMED: Record<string, string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

const toNetwork = (base: Address, bits: number): Network =>
  base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= 96 ? [base.toIPv4Address(), bits - 96] : [base, bits]

/** The networks that an address, a network in CIDR notation or one of the names stands for; null when it is none of them. */
export const parseNetworks = (entry: string): Network[] | null => {
  const named = NAMED[entry.toLowerCase()]
  if (named) return named.map((text) => ipaddr.parseCIDR(text))
  // `10.1/16` and `010.0.0.1` mean to the old parsers something else than to whoever wrote them.
  if (!isIP(entry.replace(/\/.*/, ''))) return null
  if (ipaddr.isValidCIDR(entry)) return [toNetwork(...ipaddr.parseCIDR(entry))]
  if (entry.includes('/')) return null
  const address = ipaddr.process(entry)
  return [[address, address instanceof ipaddr.IPv4 ? 32 : 128]]
}

/** Whether one of the networks holds the address. An IPv4 address inside an IPv6 one (`::ffff:10.0.0.1`) is that IPv4 address. */
export const holdsAddress = (networks: readonly Network[], address: string): boolean => {
  if (!isIP(address)) return false
  const found = ipaddr.process(address)
  return networks.some(([base, bits]) => base.kind() === found.kind() && found.match([base, bits] as [ipaddr.IPv4, number] & [ipaddr.IPv6, number]))
}

const LOOPBACK = parseNetworks('loopback') ?? []

/** Whether a host name or an address can only be this machine. */
export const isLoopback = (host: string): boolean => /^(.+\.)?localhost\.?$/i.test(host) || holdsAddress(LOOPBACK, host.replace(/^\[|\]$/g, ''))
