import { expect, test } from 'vitest'
import { matchesUrl, urlPattern } from '../../../steps/lib/url-pattern.ts'

test.each([
  ['https://a.example/orders', 'https://a.example/orders', true],
  ['https://a.example/orders', 'https://a.example/orders/1', false],
  ['**/orders/*', 'https://a.example/x/orders/1', true],
  ['**/orders/*', 'https://a.example/orders/1/lines', false],
  ['https://*.example/**', 'https://a.example/orders?b=/c', true],
  ['**/{orders,bills}/7', 'https://a.example/bills/7', true],
  ['**/{orders,bills}/7', 'https://a.example/offers/7', false],
  ['**/find?q=a,b', 'https://a.example/find?q=a,b', true],
  ['**/a\\*b', 'https://a.example/a*b', true],
  ['**/a\\*b', 'https://a.example/axb', false],
  ['/orders', 'https://a.example/orders', true],
  ['/orders', 'https://a.example/my/orders', false],
  ['/orders*', 'https://a.example/orders?page=2', true],
  ['/orders\\/\\d+$/', 'https://a.example/orders/17', true],
  ['/ORDERS/i', 'https://a.example/orders', true],
  ['**/{open', 'https://a.example/open', true],
] as const)('%s and %s: %s', (pattern, address, expected) => {
  expect(urlPattern.parse(pattern)).toBe(pattern)
  expect(matchesUrl(pattern, address)).toBe(expected)
})

test('a pattern cannot keep the server busy', () => {
  const started = performance.now()
  expect(() => matchesUrl(`${'**a'.repeat(30)}b`, `https://a.example/${'a'.repeat(2000)}!`)).toThrow(/takes too long/)
  expect(performance.now() - started).toBeLessThan(10_000)
})
