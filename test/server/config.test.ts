import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../runner/model/problem.ts'
import { chromiumEnvironment, readConfig, type Machine } from '../../server/config.ts'

const machine: Machine = { cores: 2, memoryBytes: 8 * 1024 ** 3 }
const read = (env: Record<string, string> = {}) => readConfig(env, machine)

const refusalOf = (env: Record<string, string>): Problem => {
  try {
    read(env)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('The settings were accepted.')
}

test('nothing set gives what the contract promises, and no warning', () => {
  expect(read()).toEqual({
    PORT: 3000,
    HOST: '127.0.0.1',
    DATA_DIR: resolve('data'),
    ENGINE: 'embedded',
    MAX_CONCURRENT_RUNS: 8,
    TRUSTED_NETWORKS: ['loopback'],
    ALLOWED_HOSTS: ['localhost', '*.localhost', '127.0.0.1', '[::1]'],
    TRUST_PROXY: false,
    EGRESS_ALLOW: [],
    EGRESS_DENY: [],
    KAFKA_BROKERS: [],
    KAFKA_CLIENT_ID: 'errand',
    KAFKA_SSL: false,
    KAFKA_SASL_MECHANISM: 'plain',
    RATE_LIMIT_PER_MINUTE: 1000,
    RUN_TIMEOUT_MS: 1_800_000,
    STEP_TIMEOUT_MS: 30_000,
    LEASE_MS: 30_000,
    PARK_MS: 60_000,
    RETENTION_DAYS: 30,
    MAX_UPLOAD_BYTES: 104_857_600,
    LOG_LEVEL: 'info',
    WEB: true,
    warnings: [],
  })
})

describe('what is accepted', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index))
  const accepted: [name: string, text: string, value: unknown][] = [
    ['PORT', '0', 0],
    ['PORT', ' 65535 ', 65_535],
    ['HOST', '::', '::'],
    ['HOST', 'errand.acme.test', 'errand.acme.test'],
    ['PUBLIC_URL', 'https://Errand.acme.test/', 'https://errand.acme.test'],
    ['PUBLIC_URL', 'https://acme.test:8443/tools/errand/', 'https://acme.test:8443/tools/errand'],
    ['DATA_DIR', '/var/lib/errand', '/var/lib/errand'],
    ['ENGINE', 'embedded', 'embedded'],
    ['MAX_CONCURRENT_RUNS', '1', 1],
    ['TRUSTED_NETWORKS', '10.0.0.0/8, fd00::/8 192.0.2.7', ['10.0.0.0/8', 'fd00::/8', '192.0.2.7']],
    ['TRUSTED_NETWORKS', '', []],
    ['ALLOWED_HOSTS', 'errand.acme.test:8443,*.acme.test,192.0.2.7,[2001:db8::1]:80', ['errand.acme.test:8443', '*.acme.test', '192.0.2.7', '[2001:db8::1]:80']],
    ['TRUST_PROXY', 'off', false],
    ['TRUST_PROXY', '0', false],
    ['TRUST_PROXY', '2', 2],
    ['TRUST_PROXY', 'loopback, 10.1.0.0/16', ['loopback', '10.1.0.0/16']],
    ['ENCRYPTION_KEY', key.toString('base64'), key],
    ['ENCRYPTION_KEY', key.toString('base64url'), key],
    ['ENCRYPTION_KEY', key.toString('hex'), key],
    ['EGRESS_ALLOW', 'api.acme.test, *.acme.test 10.0.0.0/8', ['api.acme.test', '*.acme.test', '10.0.0.0/8']],
    ['EGRESS_DENY', '*', ['*']],
    ['KAFKA_BROKERS', 'kafka.acme.test:9092, 192.0.2.7:9093 [::1]:9094', ['kafka.acme.test:9092', '192.0.2.7:9093', '[::1]:9094']],
    ['KAFKA_SSL', 'on', true],
    ['RATE_LIMIT_PER_MINUTE', '0', 0],
    ['PARK_MS', '0', 0],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['WEB', 'off', false],
    ['JWT_SECRET', 'ä'.repeat(16), 'ä'.repeat(16)],
  ]
  test.each(accepted)('%s=%s', (name, text, value) => {
    expect(read({ [name]: text })[name as 'PORT']).toEqual(value)
  })

  test('a setting that is set to nothing is as good as unset, but for TRUSTED_NETWORKS', () => {
    const names = ['PORT', 'HOST', 'PUBLIC_URL', 'DATABASE_URL', 'JWT_SECRET', 'ALLOWED_HOSTS', 'TRUST_PROXY', 'ENCRYPTION_KEY', 'LOG_LEVEL', 'CHROMIUM_PATH']
    expect(read(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(read())
  })

  test('other variables are nobody\'s business', () => {
    expect(read({ PATH: '/bin', ERRAND_COLOUR: 'green', port: '1' })).toEqual(read())
  })

  test('the server may be called by the name of PUBLIC_URL', () => {
    expect(read({ PUBLIC_URL: 'https://errand.acme.test:8443' }).ALLOWED_HOSTS).toContain('errand.acme.test')
  })

  const machines: [name: string, machine: Machine, runs: number][] = [
    ['four a core', { cores: 4, memoryBytes: 64 * 1024 ** 3 }, 16],
    ['as many as fit into memory', { cores: 32, memoryBytes: 4 * 1024 ** 3 }, 16],
    ['two on the smallest machine', { cores: 1, memoryBytes: 256 * 1024 ** 2 }, 2],
  ]
  test.each(machines)('runs at once: %s', (_name, given, runs) => {
    expect(readConfig({}, given).MAX_CONCURRENT_RUNS).toBe(runs)
  })
})

const refused: [name: string, text: string, says: string][] = [
  ['PORT', 'abc', 'PORT "abc" is not a whole number from 0 to 65535.'],
  ['HOST', 'two words', 'HOST "two words" is neither an address nor a host name.'],
  ['PUBLIC_URL', 'https://acme.test/errand?from=mail', 'PUBLIC_URL must be a plain address, such as https://acme.test/errand'],
  ['DATABASE_URL', 'postgres://errand:hunter2@db/errand', 'DATABASE_URL cannot be used yet: only the SQLite database in DATA_DIR exists. Leave it unset.'],
  ['ENGINE', 'temporal', 'ENGINE "temporal" cannot be used yet: only embedded exists.'],
  ['MAX_CONCURRENT_RUNS', '0', 'MAX_CONCURRENT_RUNS "0" is not a whole number from 1 to 10000.'],
  ['JWT_SECRET', 'hunter2', 'JWT_SECRET must be at least 32 bytes'],
  ['JWT_JWKS_URL', 'ftp://keys.acme.test', 'JWT_JWKS_URL is not a URL that begins with http:// or https://.'],
  ['TRUSTED_NETWORKS', '10.0/8', 'TRUSTED_NETWORKS "10.0/8" is neither an address, a network'],
  ['ALLOWED_HOSTS', '*', 'ALLOWED_HOSTS "*" is neither a host name'],
  ['TRUST_PROXY', 'true', 'TRUST_PROXY would let every caller choose its own address'],
  ['ENCRYPTION_KEY', 'hunter2', 'ENCRYPTION_KEY must be 32 bytes'],
  ['EGRESS_ALLOW', '*', 'EGRESS_ALLOW "*" is neither a host name'],
  ['EGRESS_DENY', 'http://acme.test', 'EGRESS_DENY "http://acme.test" is neither'],
  ['KAFKA_BROKERS', 'kafka.acme.test', 'KAFKA_BROKERS "kafka.acme.test" is no broker'],
  ['KAFKA_TOPIC', 'two words', 'KAFKA_TOPIC must be 1 to 249 letters'],
  ['KAFKA_SASL_MECHANISM', 'gssapi', 'KAFKA_SASL_MECHANISM "gssapi" is none of plain, scram-sha-256, scram-sha-512.'],
  ['KAFKA_SASL_PASSWORD', 'let me in', 'KAFKA_SASL_PASSWORD and KAFKA_SASL_USERNAME go together'],
  ['RATE_LIMIT_PER_MINUTE', '-1', 'RATE_LIMIT_PER_MINUTE "-1" is not a whole number'],
  ['RUN_TIMEOUT_MS', '2147483648', 'RUN_TIMEOUT_MS "2147483648" is not a whole number from 1 to 2147483647.'],
  ['STEP_TIMEOUT_MS', '1e3', 'STEP_TIMEOUT_MS "1e3" is not a whole number'],
  ['LEASE_MS', '10', 'LEASE_MS "10" is not a whole number from 100'],
  ['PARK_MS', '1.5', 'PARK_MS "1.5" is not a whole number'],
  ['RETENTION_DAYS', '0', 'RETENTION_DAYS "0" is not a whole number from 1'],
  ['MAX_UPLOAD_BYTES', '100MB', 'MAX_UPLOAD_BYTES "100MB" is not a whole number from 1 up.'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL "loud" is none of trace, debug, info, warn, error, fatal, silent.'],
  ['WEB', 'maybe', 'WEB "maybe" is none of on, off.'],
]

describe('what stops the start', () => {
  test.each(refused)('%s=%s', (name, text, says) => {
    expect(refusalOf({ [name]: text }).message).toContain(says)
  })

  test.each([
    ['JWT_JWKS_URL', 'https://errand:hunter2@keys.acme.test', 'JWT_JWKS_URL must not hold a user name or password.'],
    ['TRUST_PROXY', '10.0.0.1, nobody', 'TRUST_PROXY "nobody" is neither an address'],
    ['TRUSTED_NETWORKS', '10.0.0.0/33', 'TRUSTED_NETWORKS "10.0.0.0/33" is neither'],
    ['TRUSTED_NETWORKS', '010.0.0.1', 'TRUSTED_NETWORKS "010.0.0.1" is neither'],
    ['ALLOWED_HOSTS', '::1', 'ALLOWED_HOSTS "::1" is neither a host name, "*.name" nor an address; an IPv6 address stands in [].'],
    ['ENCRYPTION_KEY', 'A'.repeat(44), 'ENCRYPTION_KEY must be 32 bytes'],
    ['KAFKA_BROKERS', 'a:9092,b:70000', 'KAFKA_BROKERS "b:70000" is no broker'],
    ['KAFKA_SASL_USERNAME', 'errand', 'KAFKA_SASL_PASSWORD and KAFKA_SASL_USERNAME go together'],
  ])('%s=%s', (name, text, says) => {
    expect(refusalOf({ [name]: text }).message).toContain(says)
  })

  test('one message names every fault, a line each', () => {
    const { message, details } = refusalOf(Object.fromEntries(refused.map(([name, text]) => [name, text])))
    const lines = message.split('\n')
    expect(lines[0]).toBe('Errand cannot start with these settings:')
    expect(lines).toHaveLength(1 + refused.length)
    expect(new Set(lines.slice(1).map((line) => line.trim().split(' ')[0]))).toEqual(new Set(refused.map(([name]) => name)))
    expect(details).toMatchObject({ faults: expect.arrayContaining([{ path: 'PORT', code: 'custom', message: '"abc" is not a whole number from 0 to 65535.' }]) })
  })

  test('two bad entries of one list are two faults', () => {
    expect(refusalOf({ TRUSTED_NETWORKS: 'here,there' }).message).toMatch(/"here"[^]*"there"/)
  })

  test('no password or key is ever quoted', () => {
    const secrets = { JWT_SECRET: 'hunter2', ENCRYPTION_KEY: 'hunter2', DATABASE_URL: 'postgres://errand:hunter2@db', JWT_JWKS_URL: 'nonsense hunter2', PUBLIC_URL: 'https://errand:hunter2@acme.test' }
    const { message, details } = refusalOf(secrets)
    for (const name of Object.keys(secrets)) expect(message).toContain(`  ${name} `)
    expect(message + JSON.stringify(details)).not.toContain('hunter2')
  })
})

describe('what is allowed but seldom meant', () => {
  const secret = 'x'.repeat(32)
  const warned: [name: string, env: Record<string, string>, says: string][] = [
    ['nobody but holders of API keys can call from elsewhere', { HOST: '0.0.0.0' }, 'Only holders of an API key can call'],
    ['nor from here', { TRUSTED_NETWORKS: '' }, 'Only holders of an API key can call'],
    ['everybody is an admin', { JWT_SECRET: secret, HOST: '0.0.0.0', TRUSTED_NETWORKS: '0.0.0.0/0' }, 'holds every address'],
    ['hops can be claimed by who goes round the proxy', { JWT_SECRET: secret, HOST: '0.0.0.0', TRUST_PROXY: '1' }, 'whoever reaches the port without the proxy'],
    ['a silent proxy makes everybody trusted', { PUBLIC_URL: 'https://errand.acme.test' }, 'PUBLIC_URL suggests a proxy'],
    ['keys over plain http', { JWT_JWKS_URL: 'http://keys.acme.test', JWT_AUDIENCE: 'errand' }, 'plain http'],
    ['tokens for other services', { JWT_JWKS_URL: 'https://keys.acme.test' }, 'made for other services'],
    ['settings of Kafka without a broker', { KAFKA_TOPIC: 'errand.runs' }, 'do nothing without KAFKA_BROKERS'],
    ['a password to a broker in clear', { KAFKA_BROKERS: 'kafka.acme.test:9092', KAFKA_SASL_USERNAME: 'errand', KAFKA_SASL_PASSWORD: 'x' }, 'goes to the brokers in clear'],
    ['an issuer without keys', { JWT_ISSUER: 'acme' }, 'do nothing without'],
  ]
  test.each(warned)('%s', (_name, env, says) => {
    expect(read(env).warnings).toEqual([expect.stringContaining(says)])
  })

  const quiet: [name: string, env: Record<string, string>][] = [
    ['tokens from anywhere', { HOST: '0.0.0.0', JWT_SECRET: secret }],
    ['a trusted private network', { HOST: '10.0.0.5', TRUSTED_NETWORKS: '10.0.0.0/8' }],
    ['a proxy that is named', { PUBLIC_URL: 'https://errand.acme.test', TRUST_PROXY: 'loopback' }],
    ['a password to a broker over TLS', { KAFKA_BROKERS: 'kafka.acme.test:9092', KAFKA_SASL_USERNAME: 'errand', KAFKA_SASL_PASSWORD: 'x', KAFKA_SSL: 'on' }],
    ['keys from this machine', { JWT_JWKS_URL: 'http://localhost:9000/keys', JWT_AUDIENCE: 'errand' }],
  ]
  test.each(quiet)('no warning for %s', (_name, env) => {
    expect(read(env).warnings).toEqual([])
  })
})

test('Chromium inherits the environment, but no setting', () => {
  expect(chromiumEnvironment({ PATH: '/bin', HOME: '/root', ENCRYPTION_KEY: 'k', JWT_SECRET: 's', KAFKA_SASL_PASSWORD: 'p', PORT: '1' })).toEqual({ PATH: '/bin', HOME: '/root' })
})
