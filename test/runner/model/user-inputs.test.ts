import { expect, test } from 'vitest'
import { inputOrder } from '../../../runner/model/user-input-checks.ts'
import { userInputsSchema } from '../../../runner/model/user-inputs.ts'
import { faultsOf } from '../../fake-context.ts'

const faults = (userInputs: unknown): string[] => faultsOf(userInputsSchema, userInputs)
/** The faults of one property, named `a`. */
const faultsInA = (property: unknown): string[] => faults({ properties: { a: property } }).map((fault) => fault.replace('properties.a', 'a'))

const whole = {
  properties: {
    service: {
      type: 'string', format: 'entity', blueprint: 'service', title: 'Service', description: 'Which one', icon: 'Cog', sort: { property: 'title', order: 'DESC' },
      dataset: { combinator: 'and', rules: [{ property: 'tier', operator: '=', value: { jqQuery: '.form.tier' } }] }, dependsOn: ['tier'],
    },
    tier: { type: 'string', enum: ['gold', 'tin'], enumColors: { gold: 'yellow' }, default: 'tin', readOnly: { jqQuery: '.trigger.by.user.email == "x"' } },
    month: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}$', minLength: 7, maxLength: 7, default: { jqQuery: '"2026-01"' } },
    lenient: { type: 'string', pattern: '^[\\w-.]+$' },
    choice: { type: 'string', enum: { jqQuery: '["a"]' }, visible: { jqQuery: '.form.tier == "gold"' }, disabled: false },
    amount: { type: 'number', minimum: 0, exclusiveMaximum: 10, enum: [1, 2.5], default: 2.5 },
    count: { type: 'integer', exclusiveMinimum: 0, maximum: 3 },
    sure: { type: 'boolean', default: true },
    tags: { type: 'array', items: { type: 'string', format: 'url' }, minItems: 1, maxItems: 3, uniqueItems: true, default: ['https://a.test'] },
    doc: { type: 'string', format: 'file' },
    link: { type: 'object', format: 'labeled-url' },
    address: { type: 'object', properties: { city: { type: 'string' }, rooms: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } } }, required: ['city'] },
  },
  required: ['service', 'month'],
  steps: [{ title: 'One', order: ['heading', 'service'], visible: true, validations: [{ constraint: '.form.count > 0', message: 'Too few' }] }],
  titles: { heading: { title: 'About it', description: 'D', visible: { jqQuery: 'true' } } },
  validations: [{ constraint: '.form.amount > 0', message: 'Too little' }],
} // prettier-ignore

test('takes every rule that Port has', () => {
  expect(userInputsSchema.parse(whole)).toEqual(whole)
})

test('required may be a program', () => {
  expect(faults({ properties: {}, required: { jqQuery: '["a"]' } })).toEqual([])
})

const formats = ['date-time', 'date', 'time', 'email', 'url', 'ipv4', 'ipv6', 'uuid', 'password', 'otp', 'file', 'user', 'team', 'multi-line', 'markdown', 'yaml', 'proto']
test.each(formats)('text may be of the format %s', (format) => {
  expect(faultsInA({ type: 'string', format })).toEqual([])
})

const inProperty: [name: string, property: unknown, fault: RegExp][] = [
  ['no object', 'text', /^a: must be an object whose type is string, number,/],
  ['no type', { title: 'A' }, /^a\.type: must be an object whose type is/],
  ['an unknown type', { type: 'text' }, /^a\.type: must be an object whose type is/],
  ['a misspelt rule', { type: 'string', pattren: 'x' }, /^a: Unrecognized key: "pattren"/],
  ['a rule of another type', { type: 'boolean', minimum: 1 }, /^a: Unrecognized key: "minimum"/],
  ['an unknown format', { type: 'string', format: 'emial' }, /^a\.format: .*"email"/],
  ['an entity of no blueprint', { type: 'string', format: 'entity' }, /^a\.blueprint: is required with format entity/],
  ['a pattern that does not compile', { type: 'string', pattern: '(' }, /^a\.pattern: is no regular expression/],
  ['a range that holds nothing', { type: 'number', minimum: 3, maximum: 1 }, /^a\.minimum: must not be greater than maximum/],
  ['lengths that hold nothing', { type: 'string', minLength: 3, maxLength: 1 }, /^a\.minLength: must not be/],
  ['counts that hold nothing', { type: 'array', minItems: 3, maxItems: 1 }, /^a\.minItems: must not be/],
  ['a negative length', { type: 'string', minLength: -1 }, /^a\.minLength: /],
  ['a default of another type', { type: 'integer', default: '3' }, /^a\.default: must be a number or/],
  ['a default outside enum', { type: 'string', enum: ['x'], default: 'y' }, /^a\.default: must be one of enum/],
  ['a default file', { type: 'string', format: 'file', default: 'x' }, /^a\.default: means nothing for a file/],
  ['an empty enum', { type: 'string', enum: [] }, /^a\.enum: Too small/],
  ['visible as text', { type: 'string', visible: 'true' }, /^a\.visible: must be true, false or \{"jqQuery"/],
  ['a title of 141', { type: 'string', title: 'x'.repeat(141) }, /^a\.title: /],
  ['a description of 1001', { type: 'string', description: 'x'.repeat(1001) }, /^a\.description: /],
  ['a fault in the items', { type: 'array', items: { type: 'string', pattern: '[' } }, /^a\.items\.pattern: is no regular expression/],
  ['a fault in a nested property', { type: 'object', properties: { b: { type: 'nothing' } } }, /^a\.properties\.b\.type: must be/],
  ['a nested required of no property', { type: 'object', properties: {}, required: ['b'] }, /^a\.required\.0: names no input: "b"/],
  ['a dependence on itself', { type: 'string', dependsOn: ['a'] }, /^a\.dependsOn: goes in a circle: a → a/],
]
test.each(inProperty)('refuses an input with %s', (_name, property, fault) => {
  expect(faultsInA(property)).toEqual([expect.stringMatching(fault)])
})

const text = { type: 'string' }
const inForm: [name: string, form: unknown, fault: RegExp][] = [
  ['an unknown field', { fields: {} }, /^: Unrecognized key: "fields"/],
  ['required of an unknown input', { required: ['b'] }, /^required\.0: names no input: "b"/],
  ['required twice', { properties: { a: text }, required: ['a', 'a'] }, /^required\.1: names "a" twice/],
  ['order of an unknown input', { properties: { a: text }, order: ['a', 'b'] }, /^order\.1: names no input: "b"/],
  ['a step of an unknown input', { steps: [{ title: 'S', order: ['b'] }] }, /^steps\.0\.order\.0: names no input: "b"/],
  ['order beside steps', { properties: { a: text }, order: ['a'], steps: [{ title: 'S' }] }, /^order: excludes steps/],
  ['a step title of 26', { steps: [{ title: 'x'.repeat(26) }] }, /^steps\.0\.title: /],
  ['eleven validations', { validations: Array.from({ length: 11 }, () => ({ constraint: 'true', message: 'm' })) }, /^validations: /],
  ['a title that is an input', { properties: { a: text }, titles: { a: { title: 'A' } } }, /^titles\.a: is the name of an input/],
  ['a dependence on an unknown input', { properties: { a: { ...text, dependsOn: ['b'] } } }, /^properties\.a\.dependsOn\.0: names no input: "b"/],
  ['a name that objects answer to', JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), /^properties\.__proto__: is a reserved word/],
  ['another one', { properties: { constructor: text } }, /^properties\.constructor: is no name for an input: .* reserved word/],
  ['more than 200 inputs', { properties: Object.fromEntries([...Array(201).keys()].map((n) => [`i${n}`, text])) }, /^properties: must not hold more than 200/],
]
test.each(inForm)('refuses a form with %s', (_name, form, fault) => {
  expect(faults(form)).toContainEqual(expect.stringMatching(fault))
})

test('tells all faults at once: of the shape, of names, of circles', () => {
  const found = faults({
    properties: { a: { type: 'string', dependsOn: ['b'], pattern: '(' }, b: { type: 'string', dependsOn: ['a'], size: 1 }, c: { type: 'none' } },
    required: ['z'],
    bogus: 1,
  })
  expect(found.map((fault) => fault.replace(/:.*/, '')).sort()).toEqual(['', 'properties.a.dependsOn', 'properties.a.pattern', 'properties.b', 'properties.c.type', 'required.0'])
})

test('nesting without end is refused and does not exhaust the stack', () => {
  let deep: unknown = text
  for (let level = 0; level < 5000; level++) deep = { type: 'array', items: deep }
  expect(faults({ properties: { deep } })).toEqual([expect.stringMatching(/is nested too deep$/)])
})

test('a chain of thousands of dependences is refused for its length and does not exhaust the stack', () => {
  const chain = Object.fromEntries([...Array(20_000).keys()].map((n) => [`i${n}`, { ...text, dependsOn: [`i${n + 1}`] }]))
  expect(faults({ properties: chain })).toContainEqual(expect.stringMatching(/must not hold more than 200/))
})

test('inputs come after what they depend on, and otherwise as written', () => {
  expect(inputOrder({ c: { dependsOn: ['a', 'b'] }, x: {}, b: { dependsOn: ['a'] }, a: {} })).toEqual({ order: ['a', 'b', 'c', 'x'], cycle: null })
})
