import { expect, test } from 'vitest'
import whileLoop from '../../steps/control/while.ts'
import { fakeContext } from '../fake-context.ts'

const nodes = [{ identifier: 'a', config: { type: 'TRANSFORM', value: 1 } }]

test('hands its condition and its body to the runner', async () => {
  const config = whileLoop.config.parse({ condition: '.index < 3', maxIterations: 5, nodes })
  expect(await whileLoop.run(fakeContext(), config)).toMatchObject({ type: 'loop', loop: { type: 'while', condition: '.index < 3', maxIterations: 5, body: { nodes } } })
})

test('asks for a bound', () => {
  expect(whileLoop.config.safeParse({ condition: 'true', nodes }).success).toBe(false)
})
