import { expect, test } from 'vitest'
import condition from '../../steps/control/condition.ts'
import { fakeContext } from '../fake-context.ts'

/** Stands for jq: the program is what it gives. */
const jq = async (program: string): Promise<unknown> => JSON.parse(program)
const choose = (config: unknown) => condition.run(fakeContext({ jq }), condition.config.parse(config))

test.each([
  ['the first outlet that is true', { outlets: [{ identifier: 'a', expression: 'false' }, { identifier: 'b', title: 'B', expression: 'true' }, { identifier: 'c', expression: 'true' }] }, { selected: 'b', title: 'B' }],
  ['options, as Port once called them', { options: [{ identifier: 'a', expression: 'true' }] }, { selected: 'a', title: null }],
  ['conditions that name their connection', { conditions: [{ expression: 'true', connectionIdentifier: 'to_a' }], defaultConnectionIdentifier: 'to_b' }, { selected: 'to_a', title: null }],
  ['nothing when none is true', { outlets: [{ identifier: 'a', expression: 'false' }] }, { selected: null, title: null }],
  ['nothing for what is only not empty', { outlets: [{ identifier: 'a', expression: '"yes"' }, { identifier: 'b', expression: '1' }] }, { selected: null, title: null }],
])('chooses %s', async (_what, config, output) => {
  expect(await choose(config)).toEqual({ type: 'done', output })
})

test.each([
  ['outlets', { outlets: [{ identifier: 'a', expression: '1' }, { identifier: 'b', expression: '2' }] }],
  ['options', { options: [{ identifier: 'a', expression: '1' }, { identifier: 'b', expression: '2' }] }],
  ['conditions', { conditions: [{ expression: '1', connectionIdentifier: 'a' }, { expression: '2', connectionIdentifier: 'b' }] }],
])('says where each expression stands among the %s', async (name, config) => {
  const asked: string[] = []
  await condition.run(fakeContext({ jq: async (_program, path) => void asked.push(path) }), condition.config.parse(config))
  expect(asked).toEqual([`${name}[0].expression`, `${name}[1].expression`])
})

test.each([
  ['no outlet', { outlets: [] }],
  ['an outlet without an expression', { outlets: [{ identifier: 'a' }] }],
  ['two spellings at once', { outlets: [{ identifier: 'a', expression: 'true' }], options: [{ identifier: 'a', expression: 'true' }] }],
])('refuses %s', (_what, config) => {
  expect(condition.config.safeParse(config).success).toBe(false)
})
