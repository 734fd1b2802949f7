import { expect, test } from 'vitest'
import { z } from 'zod'
import { zodFaults } from '../../runner/check-workflow.ts'

/** What is wrong with a value, as whoever wrote it reads it. */

test.each([
  ['a field that is not there', z.object({ a: z.string() }), {}, 'a: is missing'],
  ['text in place of a number', z.object({ a: z.number() }), { a: 'x' }, 'a: must be a number, and not text'],
  ['a list in place of an object', z.object({}), [], ': must be an object, and not a list'],
  ['a field that may be of several kinds', z.object({ a: z.union([z.string(), z.number()]) }), {}, 'a: is missing'],
  ['none of several kinds', z.object({ a: z.union([z.string(), z.number()]) }), { a: true }, 'a: must be text or a number'],
  ['no text', z.string().min(1), '', ': must not be empty'],
  ['too little text', z.string().min(3), 'ab', ': must have at least 3 characters'],
  ['too much text', z.string().max(1), 'ab', ': must have at most 1 character'],
  ['no entry', z.array(z.string()).min(1), [], ': must not be empty'],
  ['too many entries', z.array(z.string()).max(1), ['a', 'b'], ': must have at most 1 entry'],
  ['a number below a bound', z.number().min(1), 0, ': must be at least 1'],
  ['a number at a bound that it must pass', z.number().gt(1), 1, ': must be more than 1'],
  ['none of some words', z.enum(['on', 'off']), 'of', ': must be one of "on", "off"'],
  ['another word than the one there is', z.literal('on'), 'off', ': must be "on"'],
  ['what a schema says itself', z.string({ error: 'must be a name' }), 5, ': must be a name'],
])('%s', (_what, schema, value, fault) => {
  expect(zodFaults(schema.safeParse(value).error!).map(({ path, message }) => `${path}: ${message}`)).toEqual([fault])
})
