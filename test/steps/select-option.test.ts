import selectOption from '../../steps/browser/select-option.ts'
import { testStep } from '../step-tester.ts'

const html = '<label>Country <select onchange="out.textContent = `chose ${this.value}`"><option value="de">Germany</option><option value="fr">France</option></select></label><p id="out"></p>'
const many = '<select multiple><option value="a">A</option><option value="b">B</option><option value="c">C</option></select>'

testStep('SELECT_OPTION', selectOption, {
  succeeds: {
    'chooses by value': { html, config: { target: { label: 'Country' }, value: 'fr' }, output: { selected: ['fr'] }, page: 'chose fr' },
    'chooses by the text of the option': { html, config: { target: 'select', label: 'France' }, output: { selected: ['fr'] } },
    'chooses by position': { html, config: { target: 'select', index: 1 }, output: { selected: ['fr'] } },
    'chooses several': { html: many, config: { target: 'select', value: ['a', 'c'] }, output: { selected: ['a', 'c'] } },
    'waits for options that come late': {
      html: '<select></select><script>setTimeout(() => document.querySelector("select").innerHTML = "<option>Late</option>", 100)</script>',
      config: { target: 'select', label: 'Late' },
      output: { selected: ['Late'] },
    },
  },
  fails: {
    'there is no such option': { html, config: { target: 'select', label: 'Spain' }, code: 'step_timeout', message: /selector select was found.*it has no option "Spain"/ },
    'the target is no list': { html: '<input>', config: { target: 'input', value: 'x' }, code: 'step_failed', retryable: false, message: /Element is not a <select> element/ },
  },
  rejects: {
    'no choice': { config: { target: 'select' }, path: '', message: /Give one of value, label or index/ },
    'two choices': { config: { target: 'select', value: 'a', index: 1 }, path: 'index', message: /not both value and index/ },
    'a position before the first': { config: { target: 'select', index: -1 }, path: 'index', message: /Too small/ },
    'a position in words': { config: { target: 'select', index: 'first' }, path: 'index', message: /position of an option, from 0, or a list of them/ },
    'an empty list': { config: { target: 'select', value: [] }, path: 'value', message: /Too small/ },
  },
})
