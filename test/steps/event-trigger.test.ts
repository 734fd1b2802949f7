import { expect, test } from 'vitest'
import { waitsFor, type EntityEvent } from '../../runner/model/triggers.ts'
import eventTrigger from '../../steps/triggers/event-trigger.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

const config = (event: Record<string, unknown>, rest: Record<string, unknown> = {}) => ({ event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'service', ...event }, ...rest })

test('is done at once: the run was made with the event', async () => {
  expect(eventTrigger.kind).toBe('trigger')
  expect(await eventTrigger.run(fakeContext(), eventTrigger.config.parse(config({})))).toEqual({ type: 'done', output: undefined })
})

test('takes Port’s example, and has defaults', () => {
  const condition = { type: 'JQ', expressions: ['.diff.after.properties.tier == "tier_1"'] }
  expect(eventTrigger.config.parse(config({}, { condition }))).toEqual({ ...config({}), condition: { ...condition, combinator: 'and' }, published: true })
})

test.each([
  [{}, /^event: /],
  [config({ type: 'ENTITY_MOVED' }), /^event\.type: /],
  [config({ blueprintIdentifier: '' }), /^event\.blueprintIdentifier: /],
  [config({ type: 'TIMER_EXPIRED' }), /^event\.propertyIdentifier: is required with TIMER_EXPIRED/],
  [config({ propertyIdentifier: 'ttl' }), /^event\.propertyIdentifier: means something with TIMER_EXPIRED only/],
  [config({}, { condition: { type: 'SQL', expressions: [] } }), /^condition\.type: /],
  [config({}, { condition: { type: 'JQ', expressions: ['true'], combinator: 'xor' } }), /^condition\.combinator: /],
  [config({}, { conditions: [] }), /conditions/],
])('refuses %j', (given, fault) => {
  expect(faultsOf(eventTrigger.config, given)).toEqual([expect.stringMatching(fault)])
})

const event = (action: EntityEvent['action'], blueprintIdentifier = 'service', propertyIdentifier?: string): EntityEvent => ({
  action,
  context: { blueprintIdentifier, entityIdentifier: 'a', ...(propertyIdentifier === undefined ? {} : { propertyIdentifier }) },
  diff: { before: null, after: null },
})

test.each([
  ['ENTITY_CREATED', ['CREATE']],
  ['ENTITY_UPDATED', ['UPDATE']],
  ['ENTITY_DELETED', ['DELETE']],
  ['ANY_ENTITY_CHANGE', ['CREATE', 'UPDATE', 'DELETE']],
] as const)('%s waits for %j of its own blueprint', (type, actions) => {
  const trigger = eventTrigger.config.parse(config({ type }))
  expect((['CREATE', 'UPDATE', 'DELETE', 'TIMER_EXPIRED'] as const).filter((action) => waitsFor(trigger, event(action, 'service', 'ttl')))).toEqual(actions)
  expect(actions.some((action) => waitsFor(trigger, event(action, 'other')))).toBe(false)
  expect(actions.some((action) => waitsFor({ ...trigger, published: false }, event(action)))).toBe(false)
})

test('TIMER_EXPIRED waits for its own property', () => {
  const trigger = eventTrigger.config.parse(config({ type: 'TIMER_EXPIRED', propertyIdentifier: 'ttl' }))
  expect(waitsFor(trigger, event('TIMER_EXPIRED', 'service', 'ttl'))).toBe(true)
  expect(waitsFor(trigger, event('TIMER_EXPIRED', 'service', 'other'))).toBe(false)
  expect(waitsFor(trigger, event('UPDATE'))).toBe(false)
})
