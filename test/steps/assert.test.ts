import assert from '../../steps/browser/assert.ts'
import { testStep } from '../step-tester.ts'

const later = (script: string) => `<body><script>setTimeout(() => { ${script} }, 100)</script></body>`
const failed = { code: 'step_failed', retryable: true, timeoutMs: 200 } as const

testStep('ASSERT', assert, {
  succeeds: {
    'text that the element contains, however it is spaced': { html: '<h1>Good \n  morning, <b>Maria</b></h1>', config: { target: 'h1', text: 'morning, Maria' } },
    'text that comes later': { html: `<h1>…</h1>${later('document.querySelector(`h1`).textContent = `Ready`')}`, config: { target: 'h1', text: 'Ready' } },
    'that an element is shown': { html: '<p hidden>a</p><p>b</p>', config: { target: 'p', visible: true } },
    'that an element is not shown': { html: '<p hidden>a</p>', config: { target: 'p', visible: false } },
    'that an element is not there': { html: '', config: { target: 'p', visible: false } },
    'how many there are': { html: '<li>a</li><li>b</li>', config: { target: 'li', count: 2, visible: true } },
    'that there is none': { html: '', config: { target: ['li', 'dd'], count: 0 } },
    'what stands in a field': { html: '<label>Name <input value="Maria"></label>', config: { target: { label: 'Name' }, value: 'Maria' } },
    'the first alternative that is on the page': { html: '<p>b</p>', config: { target: ['h1', 'p'], text: 'b' }, matched: 1 },
    'an address': { html: later('history.pushState(null, ``, `/done?x=1`)'), config: { url: '/\\/done/' } },
    'an expression': { html: later('window.count = 3'), config: { expression: 'count === 3' } },
  },
  fails: {
    'the text is another': { ...failed, html: '<h1>Good  night</h1>', config: { target: 'h1', text: 'morning' }, message: /The assertion failed: selector h1 shows "Good night", not "morning", after \d+ ms on http/ },
    'a secret is expected': { ...failed, html: '<h1>s3cret2</h1>', config: { target: 'h1', text: 's3cret1' }, secrets: ['s3cret1', 's3cret2'], message: /shows \[redacted\], not \[redacted\]/ },
    'the text is long': { ...failed, html: `<p>${'long '.repeat(100)}</p>`, config: { target: 'p', text: 'x' }, message: /shows "(long ){40}…", not/ },
    'the element is not there': { ...failed, html: '', config: { target: { role: 'heading', name: 'Hi' }, text: 'x' }, message: /heading "Hi" is not on the page/ },
    'several elements match': { ...failed, html: '<p>a</p><p>b</p>', config: { target: 'p', text: 'a' }, message: /selector p matches 2 elements, where text and value need one/ },
    'there are more': { ...failed, html: '<p>a</p><p>b</p>', config: { target: 'p', count: 1 }, message: /selector p matches 2 elements, not 1/ },
    'the element is hidden': { ...failed, html: '<p hidden>a</p>', config: { target: 'p', visible: true }, message: /selector p is not visible/ },
    'the element is shown': { ...failed, html: '<p>a</p>', config: { target: 'p', visible: false }, message: /selector p is visible/ },
    'the field holds something else': { ...failed, html: '<input value="Max">', config: { target: 'input', value: 'Maria' }, message: /selector input holds "Max", not "Maria"/ },
    'the element is no field': { ...failed, html: '<p>a</p>', config: { target: 'p', value: 'a' }, message: /holds no value, not "a"/ },
    'the address is another': { ...failed, html: '', config: { url: '**/done' }, message: /the address is http:.*\/, not \*\*\/done/ },
    'the expression is false': { ...failed, html: '', config: { expression: '0' }, message: /the expression gave "0"/ },
    'the expression throws': { ...failed, html: '', config: { expression: 'app.ok' }, message: /the expression threw "ReferenceError: app is not defined"/ },
    'a script keeps the page busy': { html: '', config: { expression: '(() => { for (;;); })()' }, code: 'step_timeout', message: /a script keeps it busy/ },
  },
  rejects: {
    'nothing to check': { config: {}, path: '', message: /one of target, url or expression/ },
    'nothing to check of a target': { config: { target: 'p' }, path: '', message: /text, visible, count or value/ },
    'text without a target': { config: { url: '/a', text: 'b' }, path: 'text', message: /needs a target/ },
    'two things': { config: { url: '/a', expression: '1' }, path: 'expression', message: /not both/ },
  },
})
