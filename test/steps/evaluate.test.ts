import evaluate from '../../steps/browser/evaluate.ts'
import { testStep } from '../step-tester.ts'

const html = '<title>Portal</title><p>Three</p>'

testStep('EVALUATE', evaluate, {
  succeeds: {
    'gives the value of an expression': { html, config: { expression: 'document.title + 1' }, output: { value: 'Portal1' } },
    'calls a function with its argument': { html, config: { expression: '({ a }, b) => a * 2', arg: { a: 21 } }, output: { value: 42 } },
    'calls a function that is written in full': { html, config: { expression: 'function (n) { return n + 1 }', arg: 1 }, output: { value: 2 } },
    'waits for a promise': { html, config: { expression: '(await (await fetch("/")).text()).length > 5' }, output: { value: true } },
    'takes an expression that ends as a line of a program does': { html, config: { expression: 'document.title; ' }, output: { value: 'Portal' } },
    'takes a comment at the end': { html, config: { expression: 'document.title // of the page' }, output: { value: 'Portal' } },
    'gives null for nothing': { html, config: { expression: 'undefined' }, output: { value: null } },
    'gives dates as text': { html, config: { expression: '({ at: new Date(0) })' }, output: { value: { at: '1970-01-01T00:00:00.000Z' } } },
    'does not hide a name of the page': { html: '<script>var value = 1, result = 2, run = 3, written = 4, arg = 5</script>', config: { expression: '[value, result, run, written, arg]' }, output: { value: [1, 2, 3, 4, 5] } },
    'runs on a page that forbids eval': {
      routes: { '/': (_, response) => void response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': "default-src 'self'" }).end('<title>Strict</title>') },
      open: '/',
      config: { expression: 'document.title' },
      output: { value: 'Strict' },
    },
  },
  fails: {
    'the script throws': { html, config: { expression: 'nothing.here' }, code: 'step_failed', message: /The step failed on http.*ReferenceError: nothing is not defined\.$/ },
    'the expression cannot be read': { html, config: { expression: 'const a = 1; a' }, code: 'step_failed', retryable: false, message: /The expression cannot be read: SyntaxError/ },
    'the result refers to itself': { html, config: { expression: '(() => { const a = {}; a.a = a; return a })()' }, code: 'step_failed', retryable: false, message: /not JSON: it refers to itself/ },
    'the result is a large integer': { html, config: { expression: '10n' }, code: 'step_failed', message: /not JSON/ },
    'the result is an element': { html, config: { expression: 'document.querySelector("p")' }, code: 'step_failed', retryable: false, message: /not JSON: it is an element of the page/ },
    'the script never ends': { html, config: { expression: '(() => { for (;;); })()' }, code: 'step_timeout', message: /The expression did not end within \d+ ms on http/ },
    'the promise never ends': { html, config: { expression: 'new Promise(() => {})' }, code: 'step_timeout', message: /did not end/ },
    'the script leaves the page': { html, routes: { '/next': 'Next' }, config: { expression: '(location.href = "/next", new Promise(() => {}))' }, code: 'step_failed', message: /went elsewhere/ },
  },
  rejects: { 'no expression': { config: { expression: '' }, path: 'expression' }, 'a misspelt field': { config: { expression: '1', args: [1] }, path: 'args' } },
})
