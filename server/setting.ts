import { isIP } from 'node:net'
import { z } from 'zod'
import { parseNetworks } from './networks.ts'

/** Schemas of single settings: each takes the text as it stands in the environment. Messages read on after the setting's name. */

/** Timers take no more: Node fires a longer one at once. */
export const MAX_MS = 2_147_483_647

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .refine((text) => /^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most, {
      error: ({ input }) => `"${String(input)}" is not a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? 'up' : `to ${most}`}.`,
    })
    .transform(Number)

export const oneOf = <const T extends string>(...choices: T[]) =>
  z.enum(choices, { error: ({ input }) => `"${String(input)}" is none of ${choices.join(', ')}.` })

/** Entries with commas or spaces between them; `faultOf` says what is wrong with one. */
export const listOf = (faultOf: (entry: string) => string | null) =>
  z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
    .superRefine((entries, context) => {
      for (const fault of entries.map(faultOf)) if (fault) context.addIssue({ code: 'custom', message: fault })
    })

export const httpUrl = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  // Not quoted: what is no URL may still hold a password.
  if (!url || !/^https?:$/.test(url.protocol)) context.addIssue({ code: 'custom', message: 'is not a URL that begins with http:// or https://.' })
  else if (url.username || url.password) context.addIssue({ code: 'custom', message: 'must not hold a user name or password.' })
})

/** 32 bytes, as base64 (either alphabet) or hex. */
export const key32 = z.string().transform((text, context) => {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null
  if (key?.length === 32) return key
  context.addIssue({ code: 'custom', message: 'must be 32 bytes, as base64 (44 characters) or hex (64 characters). "openssl rand -base64 32" makes one.' })
  return z.NEVER
})

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?$/i

export const isHostName = (text: string): boolean => HOST_NAME.test(text) && !/^[\d.]+$/.test(text)

/** An entry of `ALLOWED_HOSTS`: `errand.acme.test`, `*.acme.test`, an address (`[::1]`), each with or without a port. */
export const allowedHostFault = (entry: string): string | null => {
  const host = entry.replace(/:\d{1,5}$/, '').replace(/^\*\./, '')
  const isAddress = isIP(host) === 4 || (/^\[.*\]$/.test(host) && isIP(host.slice(1, -1)) === 6)
  return isHostName(host) || (isAddress && !entry.startsWith('*')) ? null : `"${entry}" is neither a host name, "*.name" nor an address; an IPv6 address stands in [].`
}

/** An entry of `KAFKA_BROKERS`: `kafka.acme.test:9092`, `[::1]:9092`. */
export const brokerFault = (entry: string): string | null => {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(entry) ?? []
  const isHost = isHostName(host) || isIP(host) === 4 || (/^\[.*\]$/.test(host) && isIP(host.slice(1, -1)) === 6)
  return isHost && Number(port) >= 1 && Number(port) <= 65_535 ? null : `"${entry}" is no broker: give its host and port, kafka.acme.test:9092.`
}

export const networks = listOf((entry) =>
  parseNetworks(entry) ? null : `"${entry}" is neither an address, a network such as 10.0.0.0/8, nor loopback, linklocal or uniquelocal.`,
)

export const trustProxy = z.string().transform((text, context): false | number | string[] => {
  if (/^(off|false|no|0)$/i.test(text)) return false
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const everybody = /^(true|yes|on|\*)$/i.test(text)
  const read = networks.safeParse(text)
  if (!everybody && read.success) return read.data
  const faults = everybody
    ? ['would let every caller choose its own address: give the number of proxies in front of the server, or their addresses.']
    : (read.error?.issues ?? []).map((issue) => issue.message)
  for (const message of faults) context.addIssue({ code: 'custom', message })
  return z.NEVER
})
