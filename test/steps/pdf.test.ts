import { expect } from 'vitest'
import pdf from '../../steps/browser/pdf.ts'
import type { Left } from '../step-context.ts'
import { testStep } from '../step-tester.ts'

const html = '<title>Invoice</title><h1>Invoice 42</h1><p style="break-before: page">Second page</p>'
const textOf = async (left: Left) => (await left.bytes(left.artifacts[0]!.id)).toString('latin1')
const pagesOf = async (left: Left) => /\/Count (\d+)/.exec(await textOf(left))?.[1]
/** In points; Chromium rounds up to whole pixels. */
const sized = (...sides: number[]) => sides.map((side) => expect.toSatisfy((found: number) => Math.abs(found - side) < 2))
const sizeOf = async (left: Left) => /\/MediaBox \[([\d. ]+)\]/.exec(await textOf(left))?.[1]?.split(' ').slice(2).map(Number)

testStep('PDF', pdf, {
  succeeds: {
    'prints the page on A4': {
      html,
      config: {},
      output: { artifactId: expect.any(String), name: 'page.pdf', mimeType: 'application/pdf', sizeBytes: expect.any(Number), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      artifacts: [{ type: 'pdf' }],
      async after(_, left) {
        expect((await textOf(left)).startsWith('%PDF-')).toBe(true)
        expect(await pagesOf(left)).toBe('2')
        expect(await sizeOf(left)).toEqual(sized(595, 842))
      },
    },
    'prints as it is told': {
      html,
      config: {
        name: 'Invoice 42',
        format: 'A5',
        landscape: true,
        printBackground: true,
        scale: 0.5,
        margin: { top: '1cm', left: 20 },
        pageRanges: '1',
        headerTemplate: '<span class="title"></span>',
        footerTemplate: '<span class="pageNumber"></span>',
      },
      artifacts: [{ name: 'Invoice 42.pdf' }],
      async after(_, left) {
        expect(await pagesOf(left)).toBe('1')
        expect(await sizeOf(left)).toEqual(sized(595, 420))
      },
    },
    'prints on paper of its own size': {
      html,
      config: { width: '100mm', height: '50mm' },
      after: async (_, left) => expect(await sizeOf(left)).toEqual(sized(283, 142)),
    },
    'does not print what stands in fields that hold secrets, and puts them back': {
      html: '<style>@media print { h1 { display: none } }</style><input id="pin" value="4711" style="color: red"><input id="plain" value="x"><p>Your word is <b>hunter2</b></p>',
      masked: [{ selector: '#pin', frames: [] }, { text: /hunter2/ }],
      setup: (page) =>
        page.evaluate(() => addEventListener('beforeprint', () => (document.title = getComputedStyle(document.querySelector('#pin')!).visibility + getComputedStyle(document.querySelector('#plain')!).visibility + getComputedStyle(document.querySelector('b')!).visibility))),
      config: {},
      async after(page) {
        expect(await page.title()).toBe('hiddenvisiblehidden')
        expect(await page.locator('#pin').evaluate((field) => field.outerHTML)).toBe('<input id="pin" value="4711" style="color: red">')
      },
    },
  },
  fails: {
    'a page that there is not': { html, config: { pageRanges: '7' }, code: 'step_failed', message: /[Pp]age range/ },
  },
  rejects: {
    'a length without a known unit': { config: { margin: { top: '2 yards' } }, path: 'margin.top', message: /10mm/ },
    'pages that are no numbers': { config: { pageRanges: 'all' }, path: 'pageRanges', message: /1-3, 5/ },
    'a path on the server': { config: { path: '/etc/x.pdf' }, path: 'path' },
  },
})
