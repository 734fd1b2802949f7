import waitFor from '../../steps/browser/wait-for.ts'
import type { Handler } from '../step-pages.ts'
import { testStep } from '../step-tester.ts'

const later = (script: string) => `<body><script>setTimeout(() => { ${script} }, 100)</script></body>`
const json = (body: string): Handler => (_, response) => void response.writeHead(201, { 'content-type': 'application/json' }).end(body)

testStep('WAIT_FOR', waitFor, {
  succeeds: {
    'an element that comes': { html: later('document.body.innerHTML = `<h1>Ready</h1>`'), config: { target: { role: 'heading' } }, output: { target: 'heading', state: 'visible' } },
    'the first of several that are there': { html: '<p hidden>a</p><p>b</p>', config: { target: 'p' } },
    'one of several alternatives': { html: '<p>b</p>', config: { target: ['h1', 'p'] }, matched: 1 },
    'an element that is there but not shown': { html: '<p hidden>a</p>', config: { target: 'p', state: 'attached' } },
    'elements that disappear': {
      html: `<i class="spin">…</i><i class="spin">…</i>${later('for (const one of document.querySelectorAll(`.spin`)) one.hidden = true')}`,
      config: { target: '.spin', state: 'hidden' },
      output: { target: 'selector .spin', state: 'hidden' },
    },
    'all alternatives that leave the page': {
      html: `<p>a</p><b>c</b>${later('document.body.innerHTML = ``')}`,
      config: { target: ['p', 'b'], state: 'detached' },
    },
    'what was awaited, where something else would be a failure': {
      html: `<p role="alert" hidden>No.</p>${later('document.body.innerHTML = `<h1>Ready</h1>`')}`,
      config: { target: 'h1', failIf: [{ role: 'alert' }, '.error'] },
      output: { target: 'selector h1', state: 'visible' },
    },
    'an address': { html: later('history.pushState(null, ``, `/orders/7?tab=a`)'), config: { url: '**/orders/*' }, output: (origin: string) => ({ url: `${origin}/orders/7?tab=a` }) },
    'an address by its path': { html: later('history.pushState(null, ``, `/done`)'), config: { url: '/done' } },
    'an address by a regular expression': { html: later('history.pushState(null, ``, `/orders/17`)'), config: { url: '/ORDERS\\/\\d+$/i' } },
    'text': { html: `<p hidden>Saved</p><b></b>${later('document.querySelector(`b`).textContent = `Saved`')}`, config: { text: 'Saved' }, output: { text: 'Saved' } },
    'an answer that is to come': {
      html: later('fetch(`/api/orders?page=2`, { method: `POST` })'),
      routes: { '/api/orders': json('{"id":7}') },
      config: { response: { url: '**/api/orders*', status: 201, method: 'post' } },
      output: (origin: string) => ({ url: `${origin}/api/orders?page=2`, status: 201, body: { id: 7 } }),
    },
    'an answer that has just come': {
      html: '<p>Page</p>',
      routes: { '/api': json('[1]') },
      setup: (page) => page.evaluate(async () => void (await (await fetch('/api')).text())),
      config: { response: { url: '/api' } },
      output: (origin: string) => ({ url: `${origin}/api`, status: 201, body: [1] }),
    },
    'a state of loading': { html: '<img src="/later">', config: { loadState: 'load' }, output: (origin: string) => ({ loadState: 'load', url: `${origin}/` }) },
    'an expression': { html: later('window.app = { ready: 3 }'), config: { expression: 'app.ready' }, output: { value: 3 } },
    'an expression that finds an element': { html: '<p>a</p>', config: { expression: 'document.querySelector("p")' }, output: { value: true } },
    'an expression while the page goes elsewhere': { html: later('location.href = `/next`'), routes: { '/next': '<title>Next</title>' }, config: { expression: 'document.title === "Next"' }, output: { value: true } },
  },
  fails: {
    'the element does not come': { html: '', config: { target: { text: 'Ready' } }, code: 'step_timeout', message: /^text "Ready" was not found within \d+ ms on http/ },
    'something else comes first': {
      html: later('document.body.innerHTML = `<p role="alert"> Wrong  code. </p>`'),
      config: { target: 'h1', failIf: { role: 'alert' } },
      code: 'step_failed',
      message: /^alert appeared first: Wrong code\.$/,
      retryable: false,
    },
    'one of several other things is there': { html: '<b class="error">No</b>', config: { url: '**/in', failIf: [{ role: 'alert' }, '.error'] }, code: 'step_failed', message: /^one of alert, selector \.error appeared first: No$/ },
    'nothing comes at all': { html: '', config: { target: 'h1', failIf: { role: 'alert' } }, code: 'step_timeout', message: /^selector h1 was not found within/ },
    'the element stays': { html: '<p>a</p>', config: { target: 'p', state: 'hidden' }, code: 'step_timeout', message: /^selector p did not disappear within/ },
    'the address does not come': { html: '', config: { url: '**/orders' }, code: 'step_timeout', message: /^The address did not become \*\*\/orders within \d+ ms on http/ },
    'the text does not come': { html: '<p hidden>Saved</p>', config: { text: 'Saved' }, code: 'step_timeout', message: /^The text "Saved" did not appear within/ },
    'the answer does not come': { html: '', config: { response: { url: '**/api' } }, code: 'step_timeout', message: /^No such response came \(\*\*\/api\) within/ },
    'the page does not finish loading': {
      routes: { '/': '<img src="/never">', '/never': () => {} },
      open: null,
      setup: (page, { origin }) => page.goto(origin, { waitUntil: 'commit' }),
      config: { loadState: 'load' },
      code: 'step_timeout',
      message: /^The page did not reach load within/,
    },
    'the expression does not become true': { html: '', config: { expression: '1 > 2' }, code: 'step_timeout', message: /did not become true within \d+ ms on .*; it gave false/ },
    'the expression keeps throwing': { html: '', config: { expression: 'app.ready' }, code: 'step_timeout', message: /it threw ReferenceError: app is not defined/ },
    'the expression never ends': { html: '', config: { expression: '(() => { for (;;); })()' }, code: 'step_timeout', message: /The expression did not end/ },
    'the expression cannot be read': { html: '', config: { expression: 'a b' }, code: 'step_failed', retryable: false, message: /cannot be read: SyntaxError/ },
    'the pattern of the address takes for ever': {
      open: null,
      setup: (page) => page.goto(`data:text/html,${'a'.repeat(40)}!`),
      config: { url: '/(a+)+$/' },
      code: 'step_failed',
      retryable: false,
      message: /takes too long/,
    },
  },
  rejects: {
    'nothing to wait for': { config: {}, path: '', message: /Give one of target, url, text, response, loadState or expression/ },
    'two things': { config: { url: '/a', text: 'b' }, path: 'text', message: /not both url and text/ },
    'a state without a target': { config: { text: 'b', state: 'hidden' }, path: 'state', message: /needs a target/ },
    'a regular expression that is none': { config: { url: '/(/' }, path: 'url', message: /is not a regular expression/ },
    'a misspelt field of a response': { config: { response: { url: '/a', code: 1 } }, path: 'response.code' },
  },
})
