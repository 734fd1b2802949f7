import { expect, test } from 'vitest'
import upsertEntity from '../../steps/integrations/upsert-entity.ts'
import type { StepContext } from '../../steps/lib/step.ts'
import { fakeContext, faultsOf } from '../fake-context.ts'

const run = async (mapping: Record<string, unknown>, flags = { created: true, changed: true }) => {
  const calls: unknown[] = []
  const logs: string[] = []
  const keep: StepContext['upsertEntity'] = async (blueprint, entity) => {
    calls.push({ blueprint, ...entity })
    return { entity, ...flags }
  }
  const result = await upsertEntity.run(fakeContext({ upsertEntity: keep, log: (_level, message) => void logs.push(message) }), upsertEntity.config.parse({ blueprintIdentifier: 'employee', mapping }))
  return { result, calls, logs }
}

test('hands the entity on, and puts out what came of it', async () => {
  const mapping = { identifier: 'e1', title: 'Ada', icon: 'User', team: ['a'], properties: { desk: 4 }, relations: { boss: 'e2' } }
  const { result, calls } = await run(mapping)
  expect(calls).toEqual([{ blueprint: 'employee', ...mapping }])
  expect(result).toEqual({ type: 'done', output: { entity: mapping, created: true, changed: true } })
})

test('a number will do as identifier and title, and one team for a list', async () => {
  expect((await run({ identifier: 1001, title: 7, team: 'a' })).calls).toMatchObject([{ identifier: '1001', title: '7', team: ['a'] }])
})

test('without an identifier it takes that of the attempt', async () => {
  expect((await run({ title: 'x' })).calls).toMatchObject([{ identifier: 'wfnr_1' }])
})

test.each([
  [{ created: true, changed: true }, 'new'],
  [{ created: false, changed: true }, 'changed'],
  [{ created: false, changed: false }, 'as it was'],
])('%j is logged as "%s"', async (flags, word) => {
  expect((await run({ identifier: 'e1' }, flags)).logs).toEqual([`employee e1: ${word}.`])
})

test.each([
  [{ mapping: { identifier: 'e' } }, /^blueprintIdentifier: /],
  [{ blueprintIdentifier: 'b' }, /^mapping: /],
  [{ blueprintIdentifier: 'b', mapping: { identifier: '' } }, /^mapping\.identifier: must not be empty/],
  [{ blueprintIdentifier: 'b', mapping: { identifier: 'a\u0000b' } }, /^mapping\.identifier: may not hold control characters/],
  [{ blueprintIdentifier: 'b', mapping: { identifier: 'e', properties: [] } }, /^mapping\.properties: /],
  [{ blueprintIdentifier: 'b', mapping: { identifier: 'e', propertys: {} } }, /propertys/],
])('refuses %j', (config, fault) => {
  expect(faultsOf(upsertEntity.config, config)).toEqual([expect.stringMatching(fault)])
})
