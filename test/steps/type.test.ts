import { expect } from 'vitest'
import type from '../../steps/browser/type.ts'
import { testStep } from '../step-tester.ts'

testStep('TYPE', type, {
  succeeds: {
    'presses every key': {
      html: '<input onkeydown="out.textContent += event.key + `,`"><p id="out"></p>',
      config: { target: 'input', value: 'abc' },
      page: 'a,b,c,',
    },
    'goes on where the caret stands': {
      html: '<input value="ab">',
      setup: (page) => page.locator('input').evaluate((field: HTMLInputElement) => (field.focus(), field.setSelectionRange(2, 2))),
      config: { target: 'input', value: 'cd', delayMs: 5 },
      after: async (page) => expect(await page.inputValue('input')).toBe('abcd'),
    },
    'types a number that a template gave': { html: '<input>', config: { target: 'input', value: 7 }, after: async (page) => expect(await page.inputValue('input')).toBe('7') },
    'spreads a code over boxes that listen to keys': {
      html: '<input class="box" onkeyup="out.textContent += event.key"><input class="box" onkeyup="out.textContent += event.key"><p id="out"></p>',
      config: { target: '.box', value: '42', perCharacter: true },
      page: '42',
    },
    'masks the field when the value is secret': {
      html: '<iframe srcdoc="<input>"></iframe>',
      config: { target: { css: 'input', frame: 'iframe' }, value: 's3cret' },
      secrets: ['s3cret'],
      after: (_, { masked }) => expect(masked).toEqual([{ selector: 'css=input', frames: ['iframe'] }]),
    },
  },
  fails: {
    'the field is not there, and the secret is not told': {
      html: '',
      config: { target: '#code', value: 's3cret' },
      secrets: ['s3cret'],
      code: 'step_timeout',
      message: /selector #code was not found/,
    },
    'a code is shorter than its boxes': {
      html: '<input class="box"><input class="box">',
      config: { target: '.box', value: '4', perCharacter: true },
      code: 'step_failed',
      message: /has 1 characters, and 2 boxes match/,
    },
  },
  rejects: { 'a pause that is no number': { config: { target: 'input', value: '', delayMs: 'slow' }, path: 'delayMs' } },
})
