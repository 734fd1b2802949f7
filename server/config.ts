import { availableParallelism, totalmem } from 'node:os'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { egressFault } from '../runner/egress.ts'
import type { KafkaSettings } from '../runner/kafka.ts'
import { problem, type Fault } from '../runner/model/problem.ts'
import { configWarnings } from './config-warnings.ts'
import { allowedHostFault, brokerFault, httpUrl, isHostName, key32, listOf, MAX_MS, networks, oneOf, trustProxy, wholeNumber } from './setting.ts'

/** Without what an address may bring besides a host and a path. */
const addressOf = (text: string): string => `${new URL(text).origin}${new URL(text).pathname}`

/** Every setting there is, under the name that operators know it by. What is optional here may be unset. */
const SETTINGS = z.object({
  /** 0 takes any free one. */
  PORT: wholeNumber(0, 65_535).default(3000),
  HOST: z
    .string()
    .refine((text) => isIP(text) !== 0 || isHostName(text), { error: ({ input }) => `"${String(input)}" is neither an address nor a host name.` })
    .default('127.0.0.1'),
  /** Where callers find the server: `https://errand.acme.test`, or below a path that a proxy leaves out. No slash at the end. */
  PUBLIC_URL: httpUrl
    .refine((text) => !URL.canParse(text) || new URL(text).href === addressOf(text), 'must be a plain address, such as https://acme.test/errand')
    .transform((text) => addressOf(text).replace(/\/+$/, ''))
    .optional(),
  /** Database, artifacts, key. Absolute. */
  DATA_DIR: z.string().default('./data').transform((path) => resolve(path)),
  DATABASE_URL: z.never('cannot be used yet: only the SQLite database in DATA_DIR exists. Leave it unset.').optional(),
  ENGINE: z.literal('embedded', { error: ({ input }) => `"${String(input)}" cannot be used yet: only embedded exists.` }).default('embedded'),
  /** Unset: by cores and memory. */
  MAX_CONCURRENT_RUNS: wholeNumber(1, 10_000).optional(),
  CHROMIUM_PATH: z.string().optional(),
  JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, 'must be at least 32 bytes: a shorter one can be guessed from one token. "openssl rand -base64 32" makes one.')
    .optional(),
  JWT_JWKS_URL: httpUrl.optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  /** Networks whose callers need no credentials; set and empty: nobody does without. */
  TRUSTED_NETWORKS: networks.default(['loopback']),
  /** What a call without credentials may name as `Host`; the host of `PUBLIC_URL` comes on top. */
  ALLOWED_HOSTS: listOf(allowedHostFault).default(['localhost', '*.localhost', '127.0.0.1', '[::1]']),
  /** Whose `X-Forwarded-For` counts: nobody's, that of so many hops, or that of these networks. Express takes it as `trust proxy`. */
  TRUST_PROXY: trustProxy.default(false),
  /** 32 bytes; unset: the one in `DATA_DIR`. */
  ENCRYPTION_KEY: key32.optional(),
  /** What `npm run rotate-key` changes it to; unset: a new one in `DATA_DIR`. The server has no use for it. */
  NEW_ENCRYPTION_KEY: key32.optional(),
  EGRESS_ALLOW: listOf((entry) => egressFault(entry, 'allow')).default([]),
  EGRESS_DENY: listOf((entry) => egressFault(entry, 'deny')).default([]),
  /** `host:port` of each; unset: nothing is published. */
  KAFKA_BROKERS: listOf(brokerFault).default([]),
  KAFKA_CLIENT_ID: z.string().max(255).default('errand'),
  /** Where messages go when a node names no topic. */
  KAFKA_TOPIC: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be 1 to 249 letters, digits, dots, _ or -.').optional(),
  KAFKA_SSL: oneOf('on', 'off').default('off').transform((text) => text === 'on'),
  KAFKA_SASL_MECHANISM: oneOf('plain', 'scram-sha-256', 'scram-sha-512').default('plain'),
  /** Set: the server says who it is. */
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  /** 0: no limit. */
  RATE_LIMIT_PER_MINUTE: wholeNumber(0, 1_000_000_000).default(1000),
  RUN_TIMEOUT_MS: wholeNumber(1, MAX_MS).default(1_800_000),
  STEP_TIMEOUT_MS: wholeNumber(1, MAX_MS).default(30_000),
  /** How long a worker's hold on a run lasts when it is not renewed. */
  LEASE_MS: wholeNumber(100, MAX_MS).default(30_000),
  /** How long a paused run keeps its browser for a quick answer. */
  PARK_MS: wholeNumber(0, MAX_MS).default(60_000),
  RETENTION_DAYS: wholeNumber(1, 36_500).default(30),
  MAX_UPLOAD_BYTES: wholeNumber(1).default(104_857_600),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  /** Whether the dashboard is served. */
  WEB: oneOf('on', 'off').default('on').transform((text) => text === 'on'),
})

type Given = z.output<typeof SETTINGS>

/** The settings, checked and complete. `warnings`: what is allowed but seldom meant, for the log. */
export type Config = Omit<Given, 'DATABASE_URL'> & { MAX_CONCURRENT_RUNS: number; warnings: string[] }

/** The embedded store; scripts open it beside the server. */
export const databasePath = ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>): string => join(DATA_DIR, 'errand.sqlite')

/** Where the files of runs lie. */
export const artifactsPath = ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>): string => join(DATA_DIR, 'artifacts')

export const kafkaSettings = (config: Config): KafkaSettings => ({
  brokers: config.KAFKA_BROKERS,
  clientId: config.KAFKA_CLIENT_ID,
  topic: config.KAFKA_TOPIC,
  ssl: config.KAFKA_SSL,
  sasl: config.KAFKA_SASL_USERNAME === undefined ? null : { mechanism: config.KAFKA_SASL_MECHANISM, username: config.KAFKA_SASL_USERNAME, password: config.KAFKA_SASL_PASSWORD ?? '' },
})

export type Machine = { cores: number; memoryBytes: number }

/** Four runs a core keep the cores busy while pages load; a page at work takes about 256 MB. */
const runsFor = ({ cores, memoryBytes }: Machine): number => Math.max(2, Math.min(4 * cores, Math.floor(memoryBytes / (256 * 1024 * 1024))))

/** A container may have less memory than the machine that it stands on. */
const thisMachine = (): Machine => ({ cores: availableParallelism(), memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Infinity) })

/** An empty setting is an unset one, except where empty says "nobody": compose files hand on as empty what is not set. */
const givenSettings = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.keys(SETTINGS.shape).flatMap((name) => {
      const text = env[name]?.trim()
      return text === undefined || (text === '' && name !== 'TRUSTED_NETWORKS') ? [] : [[name, text]]
    }),
  )

/** What single settings cannot say. */
const pairFaults = ({ KAFKA_SASL_USERNAME: name, KAFKA_SASL_PASSWORD: password }: Record<string, string>): Fault[] =>
  (name === undefined) === (password === undefined) ? [] : [{ path: 'KAFKA_SASL_PASSWORD', code: 'incomplete', message: 'and KAFKA_SASL_USERNAME go together: set both, or neither.' }]

const refusal = (faults: Fault[]): Error =>
  problem('invalid_request', ['Errand cannot start with these settings:', ...faults.map(({ path, message }) => `  ${path} ${message}`)].join('\n'), {
    details: { faults },
  })

/** What Chromium inherits: all but the settings. Keys and passwords among them are no business of what opens other people's pages. */
export const chromiumEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(env).filter(([name]) => !(name in SETTINGS.shape)))

/**
 * Reads the settings; variables that it does not know are none of its business.
 * @param env the environment that the process was started with, unless a test gives its own
 * @throws Problem `invalid_request` whose message names every fault, a line each
 */
export const readConfig = (env: NodeJS.ProcessEnv = process.env, machine: Machine = thisMachine()): Config => {
  const texts = givenSettings(env)
  const read = SETTINGS.safeParse(texts)
  const faults = [...(read.error?.issues ?? []).map(({ path, code, message }) => ({ path: path.join('.'), code, message })), ...pairFaults(texts)]
  if (!read.success || faults.length > 0) throw refusal(faults)
  const { DATABASE_URL: _unusable, ...given } = read.data
  const config = {
    ...given,
    MAX_CONCURRENT_RUNS: given.MAX_CONCURRENT_RUNS ?? runsFor(machine),
    // The server may always be called what it calls itself.
    ALLOWED_HOSTS: [...given.ALLOWED_HOSTS, ...(given.PUBLIC_URL ? [new URL(given.PUBLIC_URL).hostname] : [])],
  }
  return { ...config, warnings: configWarnings(config) }
}
