import { expect } from 'vitest'
import navigate from '../../steps/browser/navigate.ts'
import type { Handler } from '../step-pages.ts'
import { testStep } from '../step-tester.ts'

const answering =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<title>Answer</title>')

/** Answers nothing, but for the second time. */
const mostlySlow = (): Handler => {
  let calls = 0
  return (_, response) => {
    if (++calls === 2) response.end('<h1>Here at last</h1>')
  }
}
const at = (path: string, more = {}) => (origin: string) => ({ url: origin + path, ...more })

testStep('NAVIGATE', navigate, {
  succeeds: {
    'opens an address and tells title and status': {
      routes: { '/': '<title>Portal</title><h1>Welcome</h1>' },
      config: at('/'),
      output: (origin: string) => ({ url: `${origin}/`, title: 'Portal', status: 200 }),
      page: 'Welcome',
    },
    'follows redirects': {
      routes: { '/old': answering(302, { location: '/new' }), '/new': '<title>New</title>' },
      config: at('/old'),
      output: (origin: string) => ({ url: `${origin}/new`, title: 'New', status: 200 }),
    },
    'accepts a status that is named': {
      routes: { '/gone': answering(410) },
      config: at('/gone', { acceptStatus: [410] }),
      output: (origin: string) => ({ url: `${origin}/gone`, title: 'Answer', status: 410 }),
    },
    'accepts any status when told so': {
      routes: { '/broken': answering(503) },
      config: at('/broken', { acceptStatus: 'any' }),
      output: (origin: string) => ({ url: `${origin}/broken`, title: 'Answer', status: 503 }),
    },
    'does not wait for slow pictures when told so': {
      routes: { '/': '<title>Fast</title><img src="/never">', '/never': () => {} },
      config: at('/', { waitUntil: 'domcontentloaded' }),
      output: (origin: string) => ({ url: `${origin}/`, title: 'Fast', status: 200 }),
    },
    'goes to a blank page, which has no status': {
      html: '<title>Portal</title>',
      config: { url: 'about:blank' },
      output: { url: 'about:blank', title: '', status: null },
    },
    'moves within a page, which has no status': {
      html: '<title>Portal</title>',
      config: at('/#end'),
      output: (origin: string) => ({ url: `${origin}/#end`, title: 'Portal', status: null }),
    },
  },
  fails: {
    'the page is not there, and will not be': {
      config: at('/nowhere'),
      code: 'step_failed',
      retryable: false,
      message: /^http:.*\/nowhere answered 404 Not Found\.$/,
    },
    'the server is overloaded, which may pass': { routes: { '/': answering(503) }, config: at('/'), code: 'step_failed', retryable: true, message: /answered 503/ },
    'the server asks to come back': { routes: { '/': answering(429) }, config: at('/'), code: 'step_failed', retryable: true, message: /answered 429/ },
    'nobody answers at the address': {
      config: { url: 'http://localhost:9/' },
      code: 'step_failed',
      message: /Could not open http:\/\/localhost:9\/: ERR_/,
    },
    'the host has no address': { config: { url: 'http://nowhere.invalid/' }, code: 'step_failed', retryable: true, message: /http:\/\/nowhere\.invalid\/: ERR_/ },
    'the server hangs up': { routes: { '/': (_, response) => response.destroy() }, config: at('/'), code: 'step_failed', retryable: true, message: /ERR_EMPTY_RESPONSE/ },
    'the address is a download': {
      routes: { '/file': answering(200, { 'content-disposition': 'attachment; filename=report.csv' }) },
      config: at('/file'),
      code: 'step_failed',
      retryable: false,
      message: /\/file is a file and not a page; fetch it with DOWNLOAD/,
    },
    'the answer has no page': { routes: { '/': answering(204) }, config: at('/'), code: 'step_failed', retryable: false, message: /answered 204, which has no page/ },
    'a password in the address is not shown, whatever the answer': {
      config: (origin: string) => ({ url: `${origin.replace('//', '//maria:s3cret@')}/nowhere` }),
      secrets: ['s3cret'],
      code: 'step_failed',
      message: /^http:\/\/127.*\/nowhere answered 404/,
    },
    'a password in the address is not shown': {
      config: { url: 'http://maria:s3cret@nowhere.invalid/' },
      secrets: ['s3cret'],
      code: 'step_failed',
      message: /nowhere\.invalid/,
    },
    'the page never comes; the same address works in the next attempt': {
      html: '<h1>Before</h1>',
      routes: { '/slow': mostlySlow() },
      config: at('/slow'),
      code: 'step_timeout',
      message: /^http:.*\/slow did not load within \d+ ms/,
      async after(page) {
        expect(await page.textContent('h1')).toBe('Before')
        const slow = new URL('/slow', page.url()).href
        expect((await page.goto(slow, { timeout: 10_000 }))?.status()).toBe(200)
      },
    },
    'the page never ends to load': {
      routes: { '/': '<h1>Half</h1><img src="/never">', '/never': () => {} },
      config: at('/'),
      code: 'step_timeout',
      message: /did not load within/,
    },
  },
  rejects: {
    'a file of the server': { config: { url: 'file:///etc/passwd' }, path: 'url', message: /http:\/\/ or https:\/\/; file: is not opened/ },
    'a page of the browser': { config: { url: 'chrome://settings' }, path: 'url', message: /chrome: is not opened/ },
    'a script': { config: { url: 'javascript:alert(1)' }, path: 'url', message: /javascript: is not opened/ },
    'a page behind view-source': { config: { url: 'view-source:file:///etc/passwd' }, path: 'url', message: /view-source: is not opened/ },
    'half an address': { config: { url: 'portal.example/login' }, path: 'url', message: /whole URL/ },
    'a status that is none': { config: { url: 'http://a.example/', acceptStatus: 'all' }, path: 'acceptStatus', message: /"any" or a list/ },
    'a misspelt field': { config: { url: 'http://a.example/', waituntil: 'load' }, path: 'waituntil' },
  },
})
