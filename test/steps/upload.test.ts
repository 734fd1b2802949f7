import upload from '../../steps/browser/upload.ts'
import { testStep } from '../step-tester.ts'

const files = {
  a1: { name: 'Verträge May.pdf', mimeType: 'application/pdf', text: '%PDF' },
  b2: { name: 'list.csv', mimeType: 'text/csv', text: 'a,b\n' },
}
const show = 'onchange="Promise.all([...this.files].map(async (f) => `${f.name} (${f.type}, ${await f.text()})`)).then((all) => out.textContent = all.join(`; `))"'
const one = `<label>Contract <input type="file" ${show}></label><p id="out"></p>`
const several = `<input type="file" multiple ${show}><p id="out"></p>`
const value = (artifactId: string) => ({ artifactId, name: 'ignored', mimeType: 'text/plain', sizeBytes: 1, sha256: 'x' })

testStep('UPLOAD', upload, {
  succeeds: {
    'puts a file into a field, under its own name': {
      html: one,
      files,
      config: { target: { label: 'Contract' }, files: 'a1' },
      output: { count: 1 },
      page: 'Verträge May.pdf (application/pdf, %PDF)',
    },
    'takes a file input': { html: one, files, config: { target: 'input', files: value('b2') }, page: 'list.csv (text/csv, a,b' },
    'takes several': { html: several, files, config: { target: 'input', files: ['a1', value('b2')] }, output: { count: 2 }, page: 'Verträge May.pdf (application/pdf, %PDF); list.csv' },
    'takes a list that a template put into a list': { html: several, files, config: { target: 'input', files: [[value('a1'), value('b2')]] }, output: { count: 2 } },
    'finds a hidden field': { html: one.replace('<input', '<input hidden'), files, config: { target: ['#none', 'input'], files: 'b2' }, matched: 1, page: 'list.csv' },
    'goes through the file chooser of a button': {
      html: `<button onclick="document.querySelector('input').click()">Choose</button><div hidden><input type="file" ${show}></div><p id="out"></p>`,
      files,
      config: { target: { role: 'button' }, files: 'b2' },
      page: 'list.csv',
    },
    'passes a large file from disk, under its own name': {
      html: `<input type="file" onchange="out.textContent = this.files[0].name + ' ' + this.files[0].size"><p id="out"></p>`,
      files: { big: { name: '../scan.tif', mimeType: 'image/tiff', text: '', sizeBytes: 50_000_001 } },
      config: { target: 'input', files: 'big' },
      page: 'scan.tif 50000001',
    },
  },
  fails: {
    'there is no such file': { html: one, config: { target: 'input', files: 'gone' }, code: 'step_failed', message: /There is no file gone/ },
    'the field takes one file only': { html: one, files, config: { target: 'input', files: ['a1', 'b2'] }, code: 'step_failed', retryable: false, message: /can only accept single file/ },
    'the field is not there': { html: '', files, config: { target: 'input', files: 'a1' }, code: 'step_timeout', message: /selector input was not found/ },
    'the button opens no file chooser': { html: '<button>Choose</button>', files, config: { target: 'button', files: 'a1' }, code: 'step_timeout', message: /No file chooser opened/ },
  },
  rejects: {
    'no files': { config: { target: 'input', files: [] }, path: 'files', message: /at least one/ },
    'a file that is none': { config: { target: 'input', files: [{ name: 'x' }] }, path: 'files.0', message: /artifact id/ },
    'nothing where a template found nothing': { config: { target: 'input', files: null }, path: 'files.0', message: /artifact id/ },
  },
})
