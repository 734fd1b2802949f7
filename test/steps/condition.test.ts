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
  ['no outlet', { outlets: [] }],
  ['an outlet without an expression', { outlets: [{ identifier: 'a' }] }],
  ['two spellings at once', { outlets: [{ identifier: 'a', expression: 'true' }], options: [{ identifier: 'a', expression: 'true' }] }],
])('refuses %s', (_what, config) => {
  expect(condition.config.safeParse(config).success).toBe(false)
})
