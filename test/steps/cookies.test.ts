import { expect } from 'vitest'
import type { Page } from 'playwright-core'
import cookies from '../../steps/browser/cookies.ts'
import { testStep } from '../step-tester.ts'

const html = '<h1>Cookies</h1>'
const sent = (expected: string) => async (page: Page) => expect(await page.evaluate(() => document.cookie)).toBe(expected)
const have = (page: Page) =>
  page.context().addCookies([
    { name: 'a', value: '1', domain: '127.0.0.1', path: '/' },
    { name: 'b', value: '2', domain: '127.0.0.1', path: '/' },
    { name: 'a', value: '3', domain: '.example.com', path: '/' },
  ])
const names = (expected: string[]) => async (page: Page) =>
  expect((await page.context().cookies()).map(({ name, domain }) => `${name}@${domain}`).sort()).toEqual(expected)

testStep('COOKIES', cookies, {
  succeeds: {
    'sets a cookie for an address': {
      html,
      config: (origin: string) => ({ set: [{ name: 'lang', value: 'de', url: origin }] }),
      output: { cookies: [] },
      after: sent('lang=de'),
    },
    'sets a cookie for a domain': { html, config: { set: [{ name: 'lang', value: 'fr', domain: '127.0.0.1' }] }, after: sent('lang=fr') },
    'reads all cookies': {
      setup: (page) => page.context().addCookies([{ name: 'a', value: '1', domain: '127.0.0.1', path: '/' }]),
      config: { get: true },
      output: { cookies: [{ name: 'a', value: '1', domain: '127.0.0.1', path: '/', expires: -1, httpOnly: false, secure: false, sameSite: 'Lax' }] },
    },
    'reads cookies by name': { setup: have, config: { get: ['b'] }, output: { cookies: [expect.objectContaining({ name: 'b', value: '2' })] } },
    'clears all': { setup: have, config: { clear: true }, after: names([]) },
    'clears by name': { setup: have, config: { clear: { name: 'a' } }, after: names(['b@127.0.0.1']) },
    'clears by domain, with or without its dot': { setup: have, config: { clear: { domain: 'example.com' } }, after: names(['a@127.0.0.1', 'b@127.0.0.1']) },
    'clears by name and domain': { setup: have, config: { clear: { name: 'a', domain: '127.0.0.1' } }, after: names(['a@.example.com', 'b@127.0.0.1']) },
    'clears before it sets, and sets before it reads': {
      setup: have,
      config: { get: true, set: [{ name: 'c', value: '4', domain: '127.0.0.1' }], clear: true },
      output: { cookies: [expect.objectContaining({ name: 'c', value: '4' })] },
    },
  },
  rejects: {
    'nothing to do': { config: {}, path: '', message: /at least one of clear, set and get/ },
    'a cookie without a place': { config: { set: [{ name: 'a', value: '1' }] }, path: 'set.0.url', message: /a url, or a domain/ },
    'a cookie of two places': { config: { set: [{ name: 'a', value: '1', url: 'http://a.example/', domain: 'b.example' }] }, path: 'set.0.url' },
    'an unknown field of a cookie': { config: { set: [{ name: 'a', value: '1', domain: 'a.example', ttl: 1 }] }, path: 'set.0.ttl' },
    'clearing nothing in particular': { config: { clear: false }, path: 'clear', message: /true, or an object/ },
  },
})
