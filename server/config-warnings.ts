import type { Config } from './config.ts'
import { isLoopback, parseNetworks } from './networks.ts'

type Settings = Omit<Config, 'warnings'>

const takesTokens = ({ JWT_SECRET, JWT_JWKS_URL }: Settings): boolean => JWT_SECRET !== undefined || JWT_JWKS_URL !== undefined

const hostOf = (url: string): string => new URL(url).hostname

/** Each thing that is allowed but seldom meant, with what would show it. */
const WARNINGS: [when: (set: Settings) => boolean, text: string][] = [
  [
    (set) => !takesTokens(set) && (set.TRUSTED_NETWORKS.length === 0 || (!isLoopback(set.HOST) && set.TRUSTED_NETWORKS.every((entry) => entry === 'loopback'))),
    'Only holders of an API key can call from other machines, and from this one when TRUSTED_NETWORKS is empty: no JWT_SECRET or JWT_JWKS_URL is set. "npm run key" makes a key.',
  ],
  [
    ({ TRUSTED_NETWORKS }) => TRUSTED_NETWORKS.flatMap((entry) => parseNetworks(entry) ?? []).some(([, bits]) => bits === 0),
    'TRUSTED_NETWORKS holds every address: whoever reaches the port is an admin.',
  ],
  [
    ({ TRUST_PROXY, HOST }) => typeof TRUST_PROXY === 'number' && !isLoopback(HOST),
    'TRUST_PROXY is a number of hops: whoever reaches the port without the proxy can claim any address. Name the addresses of the proxies instead.',
  ],
  [
    ({ PUBLIC_URL, TRUST_PROXY, TRUSTED_NETWORKS, HOST }) =>
      PUBLIC_URL !== undefined && !isLoopback(hostOf(PUBLIC_URL)) && TRUST_PROXY === false && isLoopback(HOST) && TRUSTED_NETWORKS.length > 0,
    'PUBLIC_URL suggests a proxy on this machine. If it does not add X-Forwarded-For, everybody who calls through it is trusted: set TRUST_PROXY=loopback, or TRUSTED_NETWORKS to nothing.',
  ],
  [
    ({ JWT_JWKS_URL }) => JWT_JWKS_URL !== undefined && new URL(JWT_JWKS_URL).protocol === 'http:' && !isLoopback(hostOf(JWT_JWKS_URL)),
    'JWT_JWKS_URL is plain http: whoever can change its answer on the way can sign tokens of their own.',
  ],
  [
    ({ JWT_JWKS_URL, JWT_AUDIENCE }) => JWT_JWKS_URL !== undefined && JWT_AUDIENCE === undefined,
    'JWT_AUDIENCE is not set: tokens that JWT_JWKS_URL vouches for but that were made for other services are accepted, too.',
  ],
  [
    (set) => !takesTokens(set) && (set.JWT_ISSUER !== undefined || set.JWT_AUDIENCE !== undefined),
    'JWT_ISSUER and JWT_AUDIENCE do nothing without JWT_SECRET or JWT_JWKS_URL.',
  ],
  [
    ({ KAFKA_BROKERS, KAFKA_TOPIC, KAFKA_SSL, KAFKA_SASL_USERNAME }) => KAFKA_BROKERS.length === 0 && (KAFKA_TOPIC !== undefined || KAFKA_SSL || KAFKA_SASL_USERNAME !== undefined),
    'The settings of Kafka do nothing without KAFKA_BROKERS.',
  ],
  [
    ({ KAFKA_BROKERS, KAFKA_SSL, KAFKA_SASL_USERNAME, KAFKA_SASL_MECHANISM }) =>
      KAFKA_SASL_USERNAME !== undefined && KAFKA_SASL_MECHANISM === 'plain' && !KAFKA_SSL && KAFKA_BROKERS.some((broker) => !isLoopback(broker.replace(/:\d+$/, ''))),
    'KAFKA_SASL_PASSWORD goes to the brokers in clear: set KAFKA_SSL=on, or a scram KAFKA_SASL_MECHANISM.',
  ],
]

export const configWarnings = (set: Settings): string[] => WARNINGS.filter(([when]) => when(set)).map(([, text]) => text)
