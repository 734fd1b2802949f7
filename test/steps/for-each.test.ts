import { expect, test } from 'vitest'
import forEach from '../../steps/control/for-each.ts'
import { fakeContext, problemOf } from '../fake-context.ts'

const nodes = [{ identifier: 'a', config: { type: 'TRANSFORM', value: '{{ .item }}' } }]

test('hands its items and its body to the runner, templates of the body untouched', async () => {
  const config = forEach.config.parse({ items: [1, 2], nodes, concurrency: 2 })
  expect(await forEach.run(fakeContext(), config)).toMatchObject({ type: 'loop', loop: { type: 'each', items: [1, 2], concurrency: 2, body: { nodes, connections: [] } } })
})

test('refuses more items than maxItems', async () => {
  const config = forEach.config.parse({ items: [1, 2, 3], nodes, maxItems: 2 })
  const problem = await problemOf(async () => forEach.run(fakeContext(), config))
  expect(problem.code).toBe('validation_failed')
  expect(problem.message).toBe('There are 3 items, more than maxItems allows: 2.')
})

test.each([
  ['no nodes', { items: [], nodes: [] }],
  ['items that are no list', { items: 'x', nodes }],
  ['no concurrency', { items: [], nodes, concurrency: 0 }],
])('refuses %s', (_what, config) => {
  expect(forEach.config.safeParse(config).success).toBe(false)
})
