import press from '../../steps/browser/press.ts'
import { testStep } from '../step-tester.ts'

const listening = '<input onkeydown="out.textContent = `field ${event.ctrlKey ? `Control+` : ``}${event.key}`"><p id="out"></p>'

testStep('PRESS', press, {
  succeeds: {
    'presses a key on an element': { html: listening, config: { target: 'input', key: 'Enter' }, page: 'field Enter' },
    'presses keys together': { html: listening, config: { target: 'input', key: 'Control+a' }, page: 'field Control+a' },
    'presses on what has the focus when there is no target': {
      html: listening,
      setup: (page) => page.focus('input'),
      config: { key: 'Escape' },
      page: 'field Escape',
    },
    'sends a form': { html: '<form action="/sent"><input name="q"></form>', routes: { '/sent': '<h1>Sent</h1>' }, config: { target: 'input', key: 'Enter' }, page: 'Sent' },
  },
  fails: {
    'there is no such key': { html: '<input>', config: { target: 'input', key: 'Entr' }, code: 'step_failed', retryable: false, message: /there is no key "Entr"/ },
    'there is no such key on the page': { html: '', config: { key: 'Entr' }, code: 'step_failed', retryable: false, message: /there is no key "Entr"/ },
    'the element is not there': { html: '', config: { target: 'input', key: 'Enter' }, code: 'step_timeout', message: /selector input was not found/ },
  },
  rejects: { 'no key': { config: { key: '' }, path: 'key' } },
})
