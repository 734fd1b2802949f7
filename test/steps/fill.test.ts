import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import fill from '../../steps/browser/fill.ts'
import { testStep } from '../step-tester.ts'

const valueOf = (selector: string, value: string) => async (page: Page) => expect(await page.inputValue(selector)).toBe(value)
const boxes = (count: number) => '<input class="box" maxlength="1" oninput="this.nextElementSibling?.focus()">'.repeat(count)

testStep('FILL', fill, {
  succeeds: {
    'replaces what was there': {
      html: '<label>User <input id="user" value="old"></label>',
      config: { target: { label: 'User' }, value: 'maria' },
      after: valueOf('#user', 'maria'),
    },
    'empties a field': { html: '<input value="old">', config: { target: 'input', value: '' }, after: valueOf('input', '') },
    'tells the page of it': {
      html: '<input oninput="out.textContent = `typed ${this.value}`"><p id="out"></p>',
      config: { target: 'input', value: 'x' },
      page: 'typed x',
    },
    'takes a number that a template gave': { html: '<input type="number">', config: { target: 'input', value: 42 }, after: valueOf('input', '42') },
    'fills a date': { html: '<input type="date">', config: { target: 'input', value: '2026-01-31' }, after: valueOf('input', '2026-01-31') },
    'fills a colour': { html: '<input type="color">', config: { target: 'input', value: '#00AAFF' }, after: valueOf('input', '#00aaff') },
    'fills an editable part of a page': { html: '<div contenteditable>old</div>', config: { target: '[contenteditable]', value: 'new words' }, page: 'new words' },
    'fills several lines': { html: '<textarea></textarea>', config: { target: 'textarea', value: 'a\nb' }, after: valueOf('textarea', 'a\nb') },
    'waits until the field may be written': {
      html: '<input disabled><script>setTimeout(() => document.querySelector("input").disabled = false, 100)</script>',
      config: { target: 'input', value: 'x' },
      after: valueOf('input', 'x'),
    },
    'spreads a code over its boxes': {
      html: boxes(6),
      config: { target: '.box', value: '402917', perCharacter: true },
      after: async (page) => expect(await page.locator('.box').evaluateAll((all) => all.map((box) => (box as HTMLInputElement).value).join(''))).toBe('402917'),
    },
    'spreads a code that has letters beyond the first plane': {
      html: '<input class="box"><input class="box">',
      config: { target: [{ css: '#none' }, { css: '.box' }], value: 'é😀', perCharacter: true },
      matched: 1,
      after: async (page) => expect(await page.locator('.box').evaluateAll((all) => all.map((box) => (box as HTMLInputElement).value))).toEqual(['é', '😀']),
    },
    'survives a page that takes the field away': {
      html: '<form><input oninput="this.form.remove()"></form>',
      config: { target: 'input', value: 'x' },
    },
    'masks the field when the value is secret': {
      html: '<label>Password <input type="password"></label>',
      config: { target: { label: 'Password' }, value: 's3cret' },
      secrets: ['s3cret'],
      after: async (page, { masked }) => {
        expect(masked).toEqual([{ selector: 'internal:label="Password"i', frames: [] }])
        expect(await page.locator(masked[0]?.selector ?? '').getAttribute('type')).toBe('password')
      },
    },
    'masks nothing otherwise': {
      html: '<input>',
      config: { target: 'input', value: 'maria' },
      secrets: ['s3cret'],
      after: (_, { masked }) => expect(masked).toEqual([]),
    },
  },
  fails: {
    'the field is not there, and the secret is not told': {
      html: '',
      config: { target: { label: 'Password' }, value: 's3cret "x"\nelement is s3cret' },
      secrets: ['s3cret'],
      code: 'step_timeout',
      message: /^field labelled "Password" was not found/,
    },
    'the field is disabled, and the secret in the page is not told': {
      html: '<input disabled value="s3cret" data-x="1"><textarea hidden>s3cret</textarea>',
      config: { target: 'input', value: 's3cret' },
      secrets: ['s3cret'],
      code: 'step_timeout',
      message: /found, but not ready .* it is not enabled/,
    },
    'the target is no field': {
      html: '<button>Send</button>',
      config: { target: 'button', value: 's3cret' },
      secrets: ['s3cret'],
      code: 'step_failed',
      retryable: false,
      message: /selector button does not take this on .*: Element is not an <input>/,
    },
    'a word is put into a number': {
      html: '<input type="number">',
      config: { target: 'input', value: 'many' },
      code: 'step_failed',
      retryable: false,
      message: /Cannot type text into input\[type=number\]/,
    },
    'a date is written another way': {
      html: '<label>Birthday <input type="date"></label>',
      config: { target: { label: 'Birthday' }, value: '31.01.2026' },
      code: 'step_failed',
      retryable: false,
      message: /field labelled "Birthday" is a date field and does not take this value; it takes one such as 2026-01-31/,
    },
    'a colour is no colour': { html: '<input type="color">', config: { target: 'input', value: 'blue' }, code: 'step_failed', message: /is a color field.*#00aaff/ },
    'a code is longer than its boxes': {
      html: boxes(4),
      config: { target: '.box', value: '402917', perCharacter: true },
      secrets: ['402917'],
      code: 'step_failed',
      message: /has 6 characters, and 4 boxes match/,
    },
  },
  rejects: {
    'nothing to put in': { config: { target: 'input', value: null }, path: 'value', message: /text or a number/ },
    'a misspelt field of a target': { config: { target: { labl: 'User' }, value: '' }, path: 'target', message: /no field "labl"/ },
    'an unknown field': { config: { target: 'input', value: '', perChar: true }, path: 'perChar' },
  },
})
