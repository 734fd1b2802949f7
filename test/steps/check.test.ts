import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import check from '../../steps/browser/check.ts'
import { testStep } from '../step-tester.ts'

const isChecked = (selector: string, checked: boolean) => async (page: Page) => expect(await page.isChecked(selector)).toBe(checked)

testStep('CHECK', check, {
  succeeds: {
    'ticks a box': { html: '<label><input type="checkbox"> Terms</label>', config: { target: { label: 'Terms' } }, after: isChecked('input', true) },
    'leaves a ticked box ticked': { html: '<input type="checkbox" checked>', config: { target: 'input' }, after: isChecked('input', true) },
    'takes the tick away': { html: '<input type="checkbox" checked>', config: { target: 'input', checked: false }, after: isChecked('input', false) },
    'chooses a radio button': {
      html: '<input type="radio" name="r" id="a" checked><input type="radio" name="r" id="b">',
      config: { target: '#b' },
      after: isChecked('#a', false),
    },
    'ticks a box that the page drew itself': {
      html: `<div role="checkbox" aria-checked="false" onclick="this.setAttribute('aria-checked', 'true')">Terms</div>`,
      config: { target: { role: 'checkbox', name: 'Terms' } },
      after: isChecked('div', true),
    },
  },
  fails: {
    'the target cannot be ticked': { html: '<button>Go</button>', config: { target: 'button' }, code: 'step_failed', retryable: false, message: /Not a checkbox or radio button/ },
    'a chosen radio button cannot be given up': {
      html: '<input type="radio" checked>',
      config: { target: 'input', checked: false },
      code: 'step_failed',
      message: /radio/,
    },
    'the box is not there': { html: '', config: { target: 'input' }, code: 'step_timeout', message: /selector input was not found/ },
  },
  rejects: { 'a text for a tick': { config: { target: 'input', checked: 'yes' }, path: 'checked' } },
})
