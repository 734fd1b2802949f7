import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../../runner/model/redact.ts'
import { collectSecretValues, hideSecrets, secretInputPaths, secretPaths, secretValues } from '../../../runner/model/secret-paths.ts'

/** Time of ours alone, so that a busy machine does not count. */
const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1000
}

const hide = (secrets: string[], value: unknown) => createRedactor(secrets).redact(value)

describe('redacting values', () => {
  test('finds a secret anywhere in a JSON value: alone, inside of a text, as a key', () => {
    const value = { a: 'hunter2', b: ['pass=hunter2!', { 'key hunter2': 1 }], c: 'hunter', d: null, e: true, f: 7 }
    expect(hide(['hunter2'], value)).toEqual({
      a: '[redacted]', b: ['pass=[redacted]!', { 'key [redacted]': 1 }], c: 'hunter', d: null, e: true, f: 7,
    })
  })

  test('leaves what has no secret as the very same value', () => {
    const value = { a: ['x', { b: 1 }], c: 'hunter' }
    expect(hide(['hunter2'], value)).toBe(value)
    expect(hide([], value)).toBe(value)
    expect(hide([''], value)).toBe(value)
    const mixed = hide(['hunter2'], [value, 'hunter2']) as unknown[]
    expect(mixed[0]).toBe(value)
  })

  test('does not change what it was given', () => {
    const value = { a: ['hunter2'] }
    hide(['hunter2'], value)
    expect(value).toEqual({ a: ['hunter2'] })
  })

  const secret = 'pä"s\\s <w>&/\'ö+%\n'
  const secretAsJson = JSON.stringify(secret).slice(1, -1)
  test.each<[form: string, text: string]>([
    ['itself', secret],
    ['JSON', secretAsJson],
    ['JSON in JSON', JSON.stringify(secretAsJson).slice(1, -1)],
    ['JSON with escaped slashes', secretAsJson.replaceAll('/', '\\/')],
    ['JSON in ASCII', secretAsJson.replace(/[^\x20-\x7e]|[<>&]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)],
    ['part of a URL', encodeURIComponent(secret)],
    ['part of a URL, in lower case', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['part of a URL, as few as can be', encodeURI(secret)],
    ['part of a URL in a URL', encodeURIComponent(encodeURIComponent(secret))],
    ['a form', new URLSearchParams({ q: secret }).toString().slice(2)],
    ['HTML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
    ['HTML text', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
    ['HTML with numbers', secret.replace(/[^A-Za-z0-9]/g, (char) => `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`)],
    ['HTML in HTML', secret.replace(/[&<>]/g, (char) => `&amp;#${char.charCodeAt(0)};`)],
  ])('knows it as %s', (_form, text) => {
    expect(hide([secret], `<${text}>`)).toBe('<[redacted]>')
    expect(hide([secret], { [text]: [text] })).toEqual({ '[redacted]': ['[redacted]'] })
  })

  test.each(['hunter2', 'a ~ > ? ü \xff\xfe', 'four', 'long '.repeat(200)])('knows %j in Base64, wherever it lies in it', (hidden) => {
    for (const before of ['', 'u', 'us', 'user:', 'someone:'])
      for (const after of ['', '!', '!!', '!!!'])
        for (const encoding of ['base64', 'base64url'] as const) {
          const text = Buffer.from(before + hidden + after).toString(encoding)
          const shown = String(hide([hidden], `Basic ${text}`))
          expect(shown).toContain('[redacted]')
          // What is left beside it is at most a character that belongs to the neighbours, too.
          const left = shown.replace('Basic ', '').replace('[redacted]', '').length
          expect(left).toBeLessThanOrEqual(Math.ceil((before.length + after.length) * 4 / 3) + 4)
        }
  })

  test('knows the start of one where a text was cut off', () => {
    expect(hide(['hunter2-long-secret'], 'string ("hunter2-lo...) and number (1) cannot be added')).toBe('string ("[redacted]) and number (1) cannot be added')
    expect(hide(['hunter2-long-secret'], 'array (["hunter2-l...) and')).toBe('array (["[redacted]) and')
    expect(hide(['say "please" now'], 'string ("say \\"pl...)')).toBe('string ("[redacted])')
    expect(hide(['hunter2-long-secret'], 'hunter2-long-secr…')).toBe('[redacted]')
    expect(hide(['hunter2-long-secret'], 'hunter...')).toBe('[redacted]')
    expect(hide(['hunter2-long-secret'], 'the hunter went, the hun...')).toBe('the hunter went, the hun...')
  })

  test('takes the longest first, and leaves nothing of two that overlap', () => {
    expect(hide(['anna', 'anna1234'], 'anna1234 anna')).toBe('[redacted] [redacted]')
    expect(hide(['abcdef', 'defghi'], '<abcdefghi>')).toBe('<[redacted]>')
    expect(hide(['aaaa'], '<aaaaaa>')).toBe('<[redacted]>')
    expect(hide(['one1', 'two2'], '<one1><two2><one1two2>')).toBe('<[redacted]><[redacted]><[redacted]>')
  })

  test('knows short ones as whole values only', () => {
    expect(hide(['123', 'x'], { pin: '123', same: 123, x: 'x', other: '1234 x', id: 'a123' })).toEqual({
      pin: '[redacted]', same: '[redacted]', x: '[redacted]', other: '1234 x', id: 'a123',
    })
  })

  test('knows numbers', () => {
    expect(hide(['4711', '1.5'], [4711, 47_110, 1.5, '4711'])).toEqual(['[redacted]', 47_110, '[redacted]', '[redacted]'])
  })

  test('keeps keys apart that look the same without their secrets', () => {
    expect(hide(['one1', 'two2'], { one1: 1, two2: 2 })).toEqual({ '[redacted]': 1, '[redacted] 2': 2 })
  })

  test('keeps a key that a plain object would swallow', () => {
    const shown = hide(['hunter2'], JSON.parse('{"__proto__": {"a": "hunter2"}}'))
    expect(JSON.stringify(shown)).toBe('{"__proto__":{"a":"[redacted]"}}')
  })

  test('says whether a text is or holds a secret', () => {
    const { isSecret } = createRedactor(['hunter2', 'ab'])
    expect(['hunter2', 'x hunter2', 'ab', 'aHVudGVyMg=='].map(isSecret)).toEqual([true, true, true, true])
    expect(['hunter', '', 'abc', '[redacted]'].map(isSecret)).toEqual([false, false, false, false])
    expect(createRedactor([]).isSecret('hunter2')).toBe(false)
  })

  test('takes any characters for what they are', () => {
    for (const odd of ['(.*)+', '[a-z]', '$&$1', '^\\d{4}$', '\\\\\\\\', '|||||', '😀😀😀😀', '\ud800abcd', '----', '%%%%', '&&&&', '    ']) {
      expect(hide([odd], `<${odd}>`)).toBe('<[redacted]>')
      expect(hide([odd], '<abcz 1234>')).toBe('<abcz 1234>')
    }
  })

  test('is quick with many secrets and big values, hostile ones too', () => {
    const secrets = Array.from({ length: 50 }, (_, index) => `s3cr3t/${index}+${(index * 7919) % 1000}`)
    const redactor = createRedactor(secrets)
    const rows = { rows: Array.from({ length: 20_000 }, (_, id) => ({ id, text: `some value of row number ${id}` })), last: secrets[49] }
    const blob = 'The quick brown fox 0123456789+/'.repeat(32_000)
    for (const value of [rows, blob]) expect(cpuMs(() => redactor.redact(value))).toBeLessThan(300)
    for (const odd of ['\\', '%', '&', '%25', '&amp;', ' ', '"', 'a'])
      for (const nasty of [odd.repeat(60) + 'x', 'x' + odd.repeat(60)])
        expect(cpuMs(() => createRedactor([nasty]).redact('x' + odd.repeat(30_000)))).toBeLessThan(1000)
  })
})

describe('where secrets are', () => {
  const userInputs = {
    properties: {
      user: { type: 'string' },
      password: { type: 'string', format: 'password' },
      pins: { type: 'array', items: { type: 'string', format: 'password' } },
      bank: { type: 'object', properties: { iban: { type: 'string' }, pin: { type: 'number', format: 'password' } } },
      accounts: { type: 'array', items: { type: 'object', properties: { key: { type: 'string', format: 'password' } } } },
    },
    required: ['user'],
  }
  const inputs = { user: 'ann', password: 'hunter2', pins: ['1111', '2222'], bank: { iban: 'DE00', pin: 4711 }, accounts: [{ key: 'k1' }, { key: null }] }

  test('collects the values of password inputs, nested ones too', () => {
    expect(collectSecretValues(userInputs, inputs)).toEqual(['hunter2', '1111', '2222', '4711', 'k1'])
    expect(collectSecretValues(userInputs, {})).toEqual([])
    expect(hideSecrets(inputs, secretInputPaths(userInputs))).toEqual({
      user: 'ann', password: '[redacted]', pins: ['[redacted]', '[redacted]'], bank: { iban: 'DE00', pin: '[redacted]' },
      accounts: [{ key: '[redacted]' }, { key: null }],
    })
    expect(collectSecretValues(undefined, inputs)).toEqual([])
  })

  test('knows the inputs under every name they have in a run', () => {
    const paths = secretPaths([{ identifier: 'start', userInputs: { properties: { password: { format: 'password' } } } }])
    const variables = {
      inputs: { password: 'one', user: 'ann' }, outputs: { start: { password: 'one', user: 'ann' }, trigger: { password: 'one' }, other: { password: 'shown' } },
      secrets: { db: { user: 'two', ports: [5432] } }, envs: { A: 'shown' },
    }
    expect(secretValues(variables, paths)).toEqual(['two', '5432', 'one'])
    expect(hideSecrets(variables, paths)).toEqual({
      inputs: { password: '[redacted]', user: 'ann' },
      outputs: { start: { password: '[redacted]', user: 'ann' }, trigger: { password: '[redacted]' }, other: { password: 'shown' } },
      secrets: '[redacted]', envs: { A: 'shown' },
    })
  })

  test('hides what is there and leaves nothing as nothing', () => {
    expect(hideSecrets({ a: null, b: [{ c: 1 }, { c: null }, 'x'], d: false }, [['a'], ['b', '*', 'c'], ['d'], ['e', 'f']])).toEqual({
      a: null, b: [{ c: '[redacted]' }, { c: null }, 'x'], d: '[redacted]',
    })
  })
})
