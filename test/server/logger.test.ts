import { expect, test } from 'vitest'
import { problem } from '../../runner/model/problem.ts'
import { createLogger, type Logger } from '../../server/logger.ts'

type Line = Record<string, unknown>

/** The lines that `work` logs. */
const linesOf = (work: (logger: Logger) => void, level: 'debug' | 'info' | 'warn' | 'silent' = 'info'): Line[] => {
  const lines: string[] = []
  work(createLogger({ LOG_LEVEL: level }, { write: (line) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Line)
}
const fieldsOf = (fields: object): Line => {
  const [{ level: _level, time: _time, event: _event, ...rest } = {}] = linesOf((logger) => logger.info(fields, 'event'))
  return rest
}

test('a line is an event and its fields', () => {
  const [line] = linesOf((logger) => logger.info({ runId: 'r1', durationMs: 12 }, 'run ended'))
  expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), runId: 'r1', durationMs: 12, event: 'run ended' })
})

test('lines below the level are left out', () => {
  const work = (logger: Logger): void => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](level)
  }
  expect(linesOf(work, 'warn').map(({ event }) => event)).toEqual(['warn', 'error'])
  expect(linesOf(work, 'silent')).toEqual([])
})

test('an error is told whole: kind, message, stack and causes', () => {
  const cause = Object.assign(new TypeError('no route to host'), { code: 'EHOSTUNREACH' })
  const [line] = linesOf((logger) => logger.error({ err: new Error('could not call', { cause }) }, 'call failed'))
  expect(line).toMatchObject({
    event: 'call failed',
    err: { type: 'Error', message: 'could not call', stack: expect.stringContaining('logger.test.ts'), cause: { type: 'TypeError', message: 'no route to host', code: 'EHOSTUNREACH' } },
  })
})

test('of a problem the code is told, and not what a caller sent', () => {
  const [line] = linesOf((logger) => logger.error({ err: problem('not_found', 'No workflow w.', { details: { body: 'private' } }) }, 'refused'))
  expect(line).toMatchObject({ err: { type: 'Problem', code: 'not_found', message: 'No workflow w.' } })
  expect(JSON.stringify(line)).not.toContain('private')
})

test('an error alone is an event, too', () => {
  expect(linesOf((logger) => logger.error(new Error('call with Bearer hunter2')))).toMatchObject([{ event: 'error', err: { message: 'call with Bearer [redacted]' } }])
})

const secretKeys =
  'authorization Authorization proxy-authorization cookie set-cookie secret JWT_SECRET clientSecret password passwd passphrase credentials ' +
  'apiKey api_key x-api-key ENCRYPTION_KEY encryptionKey privateKey token accessToken refresh_token jwt'
test.each(secretKeys.split(' '))('what is called %s is left out, wherever it stands', (key) => {
  expect(fieldsOf({ [key]: 'hunter2', headers: { [key]: ['hunter2'] }, list: [{ deep: { [key]: { value: 'hunter2' } } }] })).toEqual({
    [key]: '[redacted]',
    headers: { [key]: '[redacted]' },
    list: [{ deep: { [key]: '[redacted]' } }],
  })
})

test.each(['runId', 'key', 'tokens', 'idempotency-key', 'author', 'nodeId'])('what is called %s is told', (key) => {
  expect(fieldsOf({ [key]: 'shown' })).toEqual({ [key]: 'shown' })
})

const texts: [name: string, text: string, shown: string][] = [
  ['an API key', `no key er_${'aB3-_'.repeat(8)}xyz here`, 'no key [redacted] here'],
  ['a webhook secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[redacted]'],
  ['a JWT', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl.', 'got [redacted].'],
  ['a bearer token', 'Authorization: Bearer abc123', 'Authorization: Bearer [redacted]'],
  ['a password in a URL', 'https://ann:hunter2@acme.test/x', 'https://ann:[redacted]@acme.test/x'],
  ['a signed URL', '/content?expires=1&signature=abc-_123', '/content?expires=1&signature=[redacted]'],
]
test.each(texts)('%s in any text is left out', (_name, text, shown) => {
  expect(fieldsOf({ text, nested: [{ text }] })).toEqual({ text: shown, nested: [{ text: shown }] })
  expect(linesOf((logger) => logger.info(text))).toMatchObject([{ event: shown }])
  expect(linesOf((logger) => logger.error({ err: new Error(text, { cause: text }) }, 'failed'))).toMatchObject([{ err: { message: shown, cause: shown } }])
})

test('nothing that is logged can make logging fail', () => {
  const round: Line = { name: 'round' }
  round.self = round
  const deep = Array.from({ length: 20 }).reduce<object>((inner) => ({ inner }), {})
  expect(fieldsOf({ round, deep, big: 10n, when: new Date(Number.NaN), bytes: Buffer.from('abc'), nothing: null, none: undefined })).toMatchObject({
    round: { name: 'round', self: '[circular]' },
    big: '10',
    when: null,
    bytes: '[3 bytes]',
    nothing: null,
  })
})
