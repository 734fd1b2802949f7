import addFormats from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { checkInputs, type InputOptions } from '../../runner/inputs.ts'
import { toJsonSchema } from '../../runner/model/input-schema.ts'
import type { Fault } from '../../runner/model/problem.ts'
import { userInputsSchema } from '../../runner/model/user-inputs.ts'
import { problemOf } from '../fake-context.ts'

const FILE = { artifactId: '0197d0d0-0000-7000-8000-000000000001', name: 'a.pdf', mimeType: 'application/pdf', sizeBytes: 3, sha256: 'a'.repeat(64) }

type Given = Record<string, unknown>
const check = async (userInputs: unknown, given: Given, options: Partial<InputOptions> = {}): Promise<Given> =>
  (await checkInputs(userInputsSchema.parse(userInputs), given, { coerce: false, ...options })).values

/** The faults as `path code`, or `path code: message` with `messages`. */
const faults = async (userInputs: unknown, given: Given, options: Partial<InputOptions> = {}, messages = false): Promise<string[]> => {
  const found = await problemOf(() => check(userInputs, given, options))
  expect(found).toMatchObject({ name: 'Problem', code: 'invalid_request' })
  return (found.details as Fault[]).map(({ path, code, message }) => `${path} ${code}${messages ? `: ${message}` : ''}`)
}
/** One input named `a`. */
const one = (property: unknown) => ({ properties: { a: property } })

describe('values of each rule', () => {
  const rows: [name: string, property: unknown, good: unknown[], bad: [value: unknown, code: string][]][] = [
    ['text', { type: 'string' }, ['', 'x'], [[1, 'wrong_type'], [true, 'wrong_type'], [['x'], 'wrong_type'], [{}, 'wrong_type']]],
    ['number', { type: 'number' }, [0, -1.5, 1e300], [['1', 'wrong_type'], [true, 'wrong_type']]],
    ['integer', { type: 'integer' }, [0, -3], [[1.5, 'wrong_type'], [2 ** 60, 'wrong_type'], ['1', 'wrong_type']]],
    ['boolean', { type: 'boolean' }, [true, false], [['true', 'wrong_type'], [0, 'wrong_type']]],
    ['any list', { type: 'array' }, [[], [1, 'x', null]], [['x', 'wrong_type'], [{}, 'wrong_type']]],
    ['any object', { type: 'object' }, [{}, { x: { y: [1] } }], [[[], 'wrong_type'], ['{}', 'wrong_type']]],
    ['enum', { type: 'string', enum: ['a', 'b'] }, ['a'], [['c', 'enum'], ['A', 'enum']]],
    ['enum of numbers', { type: 'number', enum: [1, 2] }, [2], [[3, 'enum']]],
    ['pattern', { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}$' }, ['2026-01'], [['2026-1', 'pattern']]],
    ['pattern of the lenient dialect', { type: 'string', pattern: '^[\\w-.]+$' }, ['a-b.c'], [['a b', 'pattern']]],
    ['lengths, an emoji being one', { type: 'string', minLength: 2, maxLength: 3 }, ['ab', '👍👍👍'], [['a', 'too_short'], ['👍', 'too_short'], ['abcd', 'too_long']]],
    ['minimum and maximum', { type: 'number', minimum: 1, maximum: 3 }, [1, 3], [[0.9, 'too_small'], [3.1, 'too_large']]],
    ['exclusive bounds', { type: 'integer', exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2], [[1, 'too_small'], [3, 'too_large']]],
    ['items', { type: 'array', items: { type: 'integer' } }, [[], [1, 2]], []],
    ['counts of items', { type: 'array', minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[[], 'too_few'], [[1, 2, 3], 'too_many']]],
    ['unique items', { type: 'array', uniqueItems: true }, [[1, '1', [1]]], [[[1, 1], 'duplicate_items'], [[{ a: 1, b: 2 }, { b: 2, a: 1 }], 'duplicate_items']]],
    ['date-time', { type: 'string', format: 'date-time' }, ['2026-01-02T03:04:05Z'], [['2026-01-02', 'format'], ['2026-02-30T00:00:00Z', 'format']]],
    ['date', { type: 'string', format: 'date' }, ['2024-02-29'], [['2026-02-29', 'format'], ['', 'format']]],
    ['time', { type: 'string', format: 'time' }, ['03:04:05Z'], [['3 pm', 'format']]],
    ['email', { type: 'string', format: 'email' }, ['me@acme.test'], [['me', 'format'], ['me@', 'format']]],
    ['ipv4', { type: 'string', format: 'ipv4' }, ['10.0.0.1'], [['256.0.0.1', 'format']]],
    ['ipv6', { type: 'string', format: 'ipv6' }, ['::1'], [['10.0.0.1', 'format']]],
    ['uuid', { type: 'string', format: 'uuid' }, ['0197d0d0-0000-7000-8000-000000000001'], [['0197', 'format']]],
    ['url', { type: 'string', format: 'url' }, ['http://127.0.0.1:4010/x', 'https://a.test'], [['a.test', 'format'], ['http://a b', 'format']]],
    ['words for forms', { type: 'string', format: 'markdown' }, ['', '# x'], [[1, 'wrong_type']]],
    ['password', { type: 'string', format: 'password', minLength: 3 }, ['abc'], [['ab', 'too_short']]],
    ['file', { type: 'string', format: 'file' }, [FILE], [['a.pdf', 'wrong_type'], [{ artifactId: 'x' }, 'wrong_type'], [{ ...FILE, path: '/etc/passwd' }, 'wrong_type']]],
    ['files', { type: 'array', items: { type: 'string', format: 'file' } }, [[FILE, FILE]], []],
    ['text where a file is given', { type: 'string' }, [], [[FILE, 'wrong_type']]],
    ['labeled url', { type: 'object', format: 'labeled-url' }, [{ url: 'https://a.test', displayText: 'A' }, { url: 'https://a.test' }], []],
  ]
  test.each(rows.flatMap(([name, property, good]) => good.map((value) => [name, property, value] as const)))('%s: %j takes %j', async (_name, property, value) => {
    expect(await check(one(property), { a: value })).toEqual({ a: value })
  })
  test.each(rows.flatMap(([name, property, , bad]) => bad.map(([value, code]) => [name, property, value, code] as const)))(
    '%s: %j refuses %j as %s',
    async (_name, property, value, code) => {
      expect(await faults(one(property), { a: value })).toEqual([`inputs.a ${code}`])
    },
  )
  // The schema that forms and OpenAPI get must not promise more or less. It counts null as given, and knows no lenient patterns.
  test.each(rows.filter(([name]) => name !== 'pattern of the lenient dialect'))('%s: %j means the same as JSON Schema', (name, property, good, bad) => {
    const ajv = new Ajv2020({ strict: false, logger: false })
    addFormats.default(ajv)
    const validate = ajv.compile(toJsonSchema(userInputsSchema.parse(one(property))))
    for (const value of good) expect([name, value, validate({ a: value })]).toEqual([name, value, true])
    // JSON Schema does not mind that a number this large has lost its last digits.
    for (const [value] of bad) if (value !== 2 ** 60) expect([name, value, validate({ a: value })]).toEqual([name, value, false])
  })
})

describe('what is wrong is named, all at once', () => {
  const form = {
    properties: { month: { type: 'string', pattern: '^\\d{4}-\\d{2}$' }, n: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } }, 'my key': { type: 'boolean' }, at: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    required: ['month', 'n'],
  }
  test('with paths', async () => {
    expect(await faults(form, { month: 'May', tags: ['x', 1], 'my key': 'yes', at: { town: 'Rome' }, mnth: 1 }, {}, true)).toEqual([
      'inputs.mnth unknown_input: is no input; there are: month, n, tags, my key, at',
      'inputs.month pattern: must match the pattern ^\\d{4}-\\d{2}$',
      'inputs.tags[1] wrong_type: must be text, not a number',
      'inputs["my key"] wrong_type: must be true or false, not text',
      'inputs.at.town unknown_input: is no input; there are: city',
      'inputs.at.city required: is required',
      'inputs.n required: is required',
    ])
  })
  test('in a sentence, too', async () => {
    const found = await problemOf(() => check(form, { month: 'May', n: 'x', tags: 1, at: {} }))
    expect(found.message).toBe(
      'inputs.month must match the pattern ^\\d{4}-\\d{2}$; inputs.n must be a number, not text; inputs.tags must be a list, not a number; and 1 more.',
    )
  })
  test('under another name for an answer', async () => {
    expect(await faults(form, { month: '2026-01' }, { at: 'values' })).toEqual(['values.n required'])
  })
  test('a file and a text in each other\'s place', async () => {
    const files = { properties: { doc: { type: 'string', format: 'file' }, note: { type: 'string' } } }
    expect(await faults(files, { doc: 'x', note: FILE }, { coerce: true }, true)).toEqual([
      'inputs.doc wrong_type: must be a file, not text',
      'inputs.note wrong_type: must be text, not a file',
    ])
  })
  test('but never the value, which may be a password', async () => {
    const found = await problemOf(() => check(one({ type: 'string', format: 'password', minLength: 99, pattern: '^x', enum: ['x'] }), { a: 'hunter2' }))
    expect(found.message + JSON.stringify(found.details)).not.toContain('hunter2')
  })
  test('up to a hundred: a list of thousands is not answered with thousands', async () => {
    expect(await faults(one({ type: 'array', items: { type: 'string' } }), { a: Array(5000).fill(1) })).toHaveLength(100)
  })
})

describe('what is left out', () => {
  const cases: [name: string, property: unknown, given: Given, values: Given][] = [
    ['a default is filled in', { type: 'string', default: 'x' }, {}, { a: 'x' }],
    ['also for null', { type: 'string', default: 'x' }, { a: null }, { a: 'x' }],
    ['but not over a value', { type: 'string', default: 'x' }, { a: '' }, { a: '' }],
    ['false is a default', { type: 'boolean', default: false }, {}, { a: false }],
    ['a default inside an object', { type: 'object', properties: { b: { type: 'integer', default: 3 } } }, { a: {} }, { a: { b: 3 } }],
    ['an optional input without one is not there', { type: 'string' }, {}, {}],
    ['null is not given', { type: 'integer' }, { a: null }, {}],
  ]
  test.each(cases)('%s', async (_name, property, given, values) => {
    expect(await check(one(property), given)).toEqual(values)
  })
  test('a default is a copy: a run cannot change the workflow', async () => {
    const form = userInputsSchema.parse(one({ type: 'object', default: { list: [] } }))
    const first = (await checkInputs(form, {}, { coerce: false })).values as { a: { list: number[] } }
    first.a.list.push(1)
    expect(await check(form, {})).toEqual({ a: { list: [] } })
  })
  test('a default must keep the rules', async () => {
    expect(await faults(one({ type: 'string', default: 'x', minLength: 3 }), {})).toEqual(['inputs.a too_short'])
  })

  const required: [name: string, property: object, given: Given, missing: boolean][] = [
    ['a required input', {}, {}, true],
    ['a required input that is null', {}, { a: null }, true],
    ['a required input with a default', { default: 'x' }, {}, false],
    ['a hidden one', { visible: false }, {}, false],
    ['a disabled one', { disabled: true }, {}, false],
  ]
  test.each(required)('%s %j, given %j: missing is %s', async (_name, property, given, missing) => {
    const form = { ...one({ type: 'string', ...property }), required: ['a'] }
    if (missing) expect(await faults(form, given)).toEqual(['inputs.a required'])
    else await expect(check(form, given)).resolves.toBeDefined()
  })
  test('a hidden input may be given, and a step that is hidden hides its inputs', async () => {
    const form = { properties: { a: { type: 'string' }, b: { type: 'string', visible: false } }, required: ['a', 'b'], steps: [{ title: 'S', order: ['a'], visible: false }] }
    expect(await check(form, { b: 'x' })).toEqual({ b: 'x' })
  })
  test('a disabled input cannot be given, and has no default', async () => {
    expect(await faults(one({ type: 'string', disabled: true }), { a: 'x' })).toEqual(['inputs.a disabled'])
    expect(await check(one({ type: 'string', disabled: true, default: 'x' }), {})).toEqual({})
  })
  test('a read-only input is its default', async () => {
    const form = one({ type: 'string', readOnly: true, default: 'x' })
    expect(await check(form, {})).toEqual({ a: 'x' })
    expect(await check(form, { a: 'x' })).toEqual({ a: 'x' })
    expect(await faults(form, { a: 'y' })).toEqual(['inputs.a read_only'])
  })
  test('names that every object has are inputs like any other', async () => {
    expect(await check({ properties: { toString: { type: 'string' }, valueOf: { type: 'string' } } }, { toString: 'x' })).toEqual({ toString: 'x' })
    expect(await check(one({ type: 'object', properties: { toString: { type: 'string' } } }), { a: {} })).toEqual({ a: {} })
    expect(await faults(one({ type: 'string' }), { hasOwnProperty: 'x' })).toEqual(['inputs.hasOwnProperty unknown_input'])
  })
  test('values come in the order in which the workflow names them', async () => {
    const form = { properties: { b: { type: 'string', dependsOn: ['a'] }, a: { type: 'string' } } }
    expect(Object.keys(await check(form, { a: '1', b: '2' }))).toEqual(['b', 'a'])
  })
})

describe('texts of bracket fields', () => {
  const cases: [name: string, property: unknown, text: unknown, value: unknown][] = [
    ['a whole number', { type: 'integer' }, '12', 12],
    ['a number with blanks', { type: 'number' }, ' -1.5e3 ', -1500],
    ['true', { type: 'boolean' }, 'true', true],
    ['false', { type: 'boolean' }, 'false', false],
    ['text that looks like a number', { type: 'string' }, '012', '012'],
    ['an object as JSON', { type: 'object' }, '{"a":[1]}', { a: [1] }],
    ['a list as JSON', { type: 'array', items: { type: 'integer' } }, '[1,2]', [1, 2]],
    ['a repeated field', { type: 'array', items: { type: 'integer' } }, ['1', '2'], [1, 2]],
    ['a field given once', { type: 'array', items: { type: 'integer' } }, '1', [1]],
    ['brackets inside brackets', { type: 'object', properties: { n: { type: 'integer' }, on: { type: 'boolean' } } }, { n: '3', on: 'true' }, { n: 3, on: true }],
    ['an empty field that cannot be text', { type: 'integer' }, '', undefined],
    ['an empty date', { type: 'string', format: 'date' }, '', undefined],
    ['an empty file field', { type: 'string', format: 'file' }, '', undefined],
    ['an empty text', { type: 'string' }, '', ''],
    ['one uploaded file for a list of them', { type: 'array', items: { type: 'string', format: 'file' } }, [FILE], [FILE]],
  ]
  test.each(cases)('%s', async (_name, property, text, value) => {
    expect(await check(one(property), { a: text }, { coerce: true })).toEqual(value === undefined ? {} : { a: value })
  })
  const wrong: [name: string, property: unknown, text: unknown, fault: string][] = [
    ['no number', { type: 'number' }, '12 apples', 'inputs.a wrong_type: must be a number, not text'],
    ['hexadecimal', { type: 'number' }, '0x1f', 'inputs.a wrong_type: must be a number, not text'],
    ['infinity', { type: 'number' }, '1e999', 'inputs.a wrong_type: must be a number, not text'],
    ['a whole number beyond precision', { type: 'integer' }, '12345678901234567890', 'inputs.a wrong_type: must be a whole number'],
    ['yes', { type: 'boolean' }, 'yes', 'inputs.a wrong_type: must be true or false, not text'],
    ['broken JSON', { type: 'object' }, '{"a":', 'inputs.a wrong_type: must be an object, not text'],
    ['a broken list', { type: 'array' }, '[1,', 'inputs.a wrong_type: must be a list, not text'],
    ['JSON of another type', { type: 'object' }, '[1]', 'inputs.a wrong_type: must be an object, not a list'],
    ['text inside JSON, which has types of its own', { type: 'array', items: { type: 'integer' } }, '["1"]', 'inputs.a[0] wrong_type: must be a number, not text'],
    ['a field given twice', { type: 'string' }, ['x', 'y'], 'inputs.a wrong_type: must be text, not a list'],
    ['a prototype inside JSON', { type: 'object' }, '{"x":{"__proto__":{}}}', 'inputs.a.x.__proto__ reserved_name: is a reserved word'],
  ]
  test.each(wrong)('%s is refused', async (_name, property, text, fault) => {
    expect(await faults(one(property), { a: text }, { coerce: true }, true)).toEqual([fault])
  })
  test('are texts where nothing is coerced', async () => {
    expect(await faults(one({ type: 'integer' }), { a: '12' })).toEqual(['inputs.a wrong_type'])
  })
  test('a required field left empty is missing', async () => {
    expect(await faults({ ...one({ type: 'integer' }), required: ['a'] }, { a: '' }, { coerce: true })).toEqual(['inputs.a required'])
  })
})

describe('a trigger that declares no inputs', () => {
  test('takes anything', async () => {
    const given = { a: 1, doc: FILE, deep: { x: [null] } }
    expect(await checkInputs(undefined, given, { coerce: true })).toEqual({ values: given })
  })
  test('one that declares none by name takes nothing', async () => {
    expect(await faults({}, { a: 1 }, {}, true)).toEqual(['inputs.a unknown_input: is no input; there are none'])
  })
})

describe('hostile inputs', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
  const cases: [name: string, given: unknown, fault: string][] = [
    ['__proto__', JSON.parse('{"__proto__":{"admin":true}}'), 'inputs.__proto__ reserved_name'],
    ['constructor', { constructor: 1 }, 'inputs.constructor reserved_name'],
    ['__proto__ deep inside', JSON.parse('{"a":[{"b":{"__proto__":1}}]}'), 'inputs.a[0].b.__proto__ reserved_name'],
    ['nesting beyond 20 levels', { a: nested(21) }, `inputs.a${'[0]'.repeat(20)} too_deep`],
    ['nesting that would exhaust the stack', JSON.parse(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`), `inputs.a${'[0]'.repeat(20)} too_deep`],
    ['201 inputs', Object.fromEntries([...Array(201).keys()].map((n) => [`i${n}`, 1])), 'inputs too_many'],
  ]
  test.each(cases)('%s is refused, declared or not', async (_name, given, fault) => {
    expect(await faults({}, given as Given)).toEqual([fault])
    const found = await problemOf(() => checkInputs(undefined, given as Given, { coerce: false }))
    expect(found.details).toEqual([expect.objectContaining({ path: fault.split(' ')[0] })])
  })
  test('20 levels are taken', async () => {
    await expect(checkInputs(undefined, { a: nested(20) }, { coerce: false })).resolves.toBeDefined()
  })
  test('a pattern that would take for ever is broken off, and the patterns after it are not begun', async () => {
    const form = one({ type: 'array', items: { type: 'string', pattern: '^(a+)+$' } })
    const started = performance.now()
    const found = await faults(form, { a: Array(50).fill(`${'a'.repeat(40)}b`) }, {}, true)
    expect(performance.now() - started).toBeLessThan(2000)
    expect(found[0]).toBe('inputs.a[0] pattern: could not be tested against the pattern ^(a+)+$: it takes too long')
    expect(found).toHaveLength(50)
    expect(await check(form, { a: ['aaa'] })).toEqual({ a: ['aaa'] })
  })
  test('a text too long for a pattern is refused', async () => {
    expect(await faults(one({ type: 'string', pattern: '^a*$' }), { a: 'a'.repeat(10_001) })).toEqual(['inputs.a pattern'])
  })
})

describe('rules that are jq programs', () => {
  /** Plain paths, and a program that fails; the real one has tests of its own. */
  const jq: InputOptions['jq'] = {
    async evaluate(program, input) {
      if (program === 'fail') throw new Error('jq: hunter2')
      const [path = '', wanted] = program.split(' == ')
      const found = path.split('.').filter(Boolean).reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key] ?? null, input)
      return [wanted === undefined ? found : found === JSON.parse(wanted)]
    },
  }
  const tier = { type: 'string', default: 'tin' }

  test('see the form so far, defaults of what they depend on included', async () => {
    const form = { properties: { b: { type: 'string', default: { jqQuery: '.form.a' }, dependsOn: ['a'] }, a: tier } }
    expect(await check(form, {}, { jq })).toEqual({ a: 'tin', b: 'tin' })
    expect(await check(form, { a: 'gold' }, { jq })).toEqual({ a: 'gold', b: 'gold' })
  })
  test('see what the caller adds', async () => {
    const form = one({ type: 'string', default: { jqQuery: '.trigger.by.user.email' } })
    expect(await check(form, {}, { jq, context: { trigger: { by: { user: { email: 'me@acme.test' } } } } })).toEqual({ a: 'me@acme.test' })
  })
  test('hide', async () => {
    const form = { properties: { tier, why: { type: 'string', visible: { jqQuery: '.inputs.tier == "gold"' } } }, required: ['why'] }
    expect(await check(form, {}, { jq })).toEqual({ tier: 'tin' })
    expect(await faults(form, { tier: 'gold' }, { jq })).toEqual(['inputs.why required'])
  })
  test('disable', async () => {
    const form = { properties: { tier, why: { type: 'string', disabled: { jqQuery: '.form.tier == "tin"' } } } }
    expect(await faults(form, { why: 'x' }, { jq })).toEqual(['inputs.why disabled'])
    expect(await check(form, { tier: 'gold', why: 'x' }, { jq })).toEqual({ tier: 'gold', why: 'x' })
  })
  test('list choices, in items too', async () => {
    const form = { properties: { all: { type: 'array' }, picked: { type: 'array', items: { type: 'string', enum: { jqQuery: '.form.all' } }, dependsOn: ['all'] } } }
    expect(await faults(form, { all: ['x'], picked: ['x', 'y'] }, { jq })).toEqual(['inputs.picked[1] enum'])
  })
  test('require', async () => {
    const form = { properties: { must: { type: 'array' }, a: { type: 'string' } }, required: { jqQuery: '.form.must' } }
    expect(await faults(form, { must: ['a'] }, { jq })).toEqual(['inputs.a required'])
    expect(await check(form, { must: [] }, { jq })).toEqual({ must: [] })
  })
  test('validate the whole, once every value is what it should be', async () => {
    const form = { ...one({ type: 'string' }), validations: [{ constraint: '.form.a == "x"', message: 'a must be x' }] }
    expect(await check(form, { a: 'x' }, { jq })).toEqual({ a: 'x' })
    expect(await faults(form, { a: 'y' }, { jq }, true)).toEqual(['inputs validation: a must be x'])
    expect(await faults(form, { a: 1 }, { jq })).toEqual(['inputs.a wrong_type'])
  })
  test('that fail are a fault of their input, which does not quote what jq says of the values', async () => {
    expect(await faults(one({ type: 'string', visible: { jqQuery: 'fail' } }), { a: 'hunter2' }, { jq }, true)).toEqual([
      'inputs.a template_error: cannot be checked: jq fails on its rule "visible", fail',
    ])
  })
  test('hold of anything where there is no jq', async () => {
    const form = { properties: { a: { type: 'string', enum: { jqQuery: '[]' }, default: { jqQuery: '"x"' }, pattern: { jqQuery: '"^$"' } }, b: tier }, required: { jqQuery: '["a"]' }, validations: [{ constraint: 'false', message: 'm' }] }
    expect(await check(form, {})).toEqual({ b: 'tin' })
    expect(await check(form, { a: 'z' })).toEqual({ a: 'z', b: 'tin' })
  })
})

test('the JSON Schema of a form says what can be known beforehand', () => {
  const form = userInputsSchema.parse({
    properties: {
      month: { type: 'string', title: 'Month', pattern: '^x', icon: 'Calendar' },
      doc: { type: 'array', items: { type: 'string', format: 'file', title: 'Document' } },
      maybe: { type: 'string', visible: { jqQuery: 'true' }, enum: { jqQuery: '[]' } },
      page: { type: 'string', format: 'url', default: 'https://a.test' },
    },
    required: ['month', 'maybe', 'page'],
  })
  expect(toJsonSchema(form)).toEqual({
    type: 'object',
    properties: {
      month: { type: 'string', title: 'Month', pattern: '^x' },
      doc: { type: 'array', items: expect.objectContaining({ type: 'object', format: 'file', title: 'Document' }) },
      maybe: { type: 'string' },
      page: { type: 'string', format: 'uri', default: 'https://a.test' },
    },
    required: ['month'],
    additionalProperties: false,
  })
})
