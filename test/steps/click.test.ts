import click from '../../steps/browser/click.ts'
import { testStep } from '../step-tester.ts'

const button = (id: string, label: string) => `<button id="${id}" onclick="document.body.append(' pressed ${id}')">${label}</button>`

testStep('CLICK', click, {
  succeeds: {
    'presses the element': {
      html: button('buy', 'Buy'),
      config: { target: 'button' },
      page: 'pressed buy',
      output: (origin: string) => ({ url: `${origin}/` }),
    },
    'waits until the element is there': {
      html: `<script>setTimeout(() => document.body.innerHTML = \`${button('late', 'Late')}\`, 150)</script>`,
      config: { target: { role: 'button', name: 'Late' } },
      page: 'pressed late',
    },
    'answers with the address that a link led to': {
      html: '<a href="/next">Next</a>',
      routes: { '/next': '<h1>Next page</h1>' },
      config: { target: { role: 'link', name: 'Next' } },
      page: 'Next page',
    },
    'clicks twice': { html: `<p ondblclick="this.textContent = 'opened'">Row</p>`, config: { target: { text: 'Row' }, count: 2 }, page: 'opened' },
    'clicks with the right button': {
      html: `<p oncontextmenu="this.textContent = 'menu'">Row</p>`,
      config: { target: { text: 'Row' }, button: 'right' },
      page: 'menu',
    },
    'holds keys down': {
      html: `<p onclick="this.textContent = 'shift ' + event.shiftKey">Row</p>`,
      config: { target: { text: 'Row' }, modifiers: ['Shift'] },
      page: 'shift true',
    },
    'goes on in the tab that the click opened, once it is loaded': {
      html: '<a href="/tab" target="_blank">Report</a>',
      routes: { '/tab': '<h1>Report of May</h1>' },
      config: { target: { role: 'link' }, expectNewPage: true },
      output: (origin: string) => ({ url: `${origin}/tab` }),
      page: 'Report of May',
    },
    'takes the first alternative that matches': {
      html: button('save', 'Save'),
      config: { target: [{ role: 'button', name: 'Store' }, { css: '#save' }, 'button'] },
      matched: 1,
      page: 'pressed save',
    },
  },
  fails: {
    'nothing matches': {
      html: '<p>Nothing here</p>',
      config: { target: { role: 'button', name: 'Buy' } },
      code: 'step_timeout',
      message: /^button "Buy" was not found within \d+ ms on http:\/\/127\.0\.0\.1:\d+\/\.$/,
    },
    'two elements match': {
      html: button('a', 'A') + button('b', 'B'),
      config: { target: 'button' },
      code: 'step_failed',
      retryable: false,
      message: /selector button matches 2 elements on http.*"nth".*<button id="a".*<button id="b"/,
    },
    'the element is not shown': {
      html: '<button hidden>Buy</button>',
      config: { target: 'button' },
      code: 'step_timeout',
      message: /selector button was found, but not ready within \d+ ms on .*: it is not visible\./,
    },
    'the element is disabled': {
      html: '<button disabled>Buy</button>',
      config: { target: 'button' },
      code: 'step_timeout',
      message: /it is not enabled/,
    },
    'another element covers it': {
      html: `${button('buy', 'Buy')}<div class="overlay" style="position: fixed; inset: 0"></div>`,
      config: { target: '#buy' },
      code: 'step_timeout',
      message: /it is covered by <div class="overlay"><\/div>/,
    },
    'no alternative matches': {
      html: button('a', 'A') + button('b', 'B'),
      config: { target: [{ text: 'Nowhere' }, 'button'] },
      code: 'step_timeout',
      message: /None of these was found within \d+ ms on .*: text "Nowhere", selector button \(several match\)/,
    },
    'the selector cannot be read': {
      html: '',
      config: { target: 'div[' },
      code: 'step_failed',
      retryable: false,
      message: /selector div\[ is not a valid selector/,
    },
    'no new page opens': {
      html: button('buy', 'Buy'),
      config: { target: 'button', expectNewPage: true },
      code: 'step_timeout',
      message: /^No new page opened within \d+ ms on http/,
    },
  },
  rejects: {
    'a misspelt field': { config: { target: 'a', buton: 'left' }, path: 'buton' },
    'no target': { config: {}, path: 'target', message: /A target is missing/ },
  },
})
