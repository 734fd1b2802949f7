import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Page } from 'playwright-core'
import download from '../../steps/browser/download.ts'
import { portalFiles } from '../portal/files.ts'
import { startPortal, type Portal } from '../portal/portal.ts'
import type { Left } from '../step-context.ts'
import type { Handler } from '../step-pages.ts'
import { testStep } from '../step-tester.ts'

let portal: Portal
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal.close())
const onDownloads = (page: Page) => page.goto(`${portal.url}/downloads`)

/** The file came whole, and the browser is as it was: one tab, on the page it was on, with no trace of the catching. */
const came = (expected: string | Buffer, path = '/') => async (page: Page, left: Left) => {
  const bytes = Buffer.from(expected)
  const [artifact, ...more] = left.artifacts
  expect(more).toEqual([])
  expect((await left.bytes(artifact!.id)).equals(bytes)).toBe(true)
  expect(artifact).toMatchObject({ type: 'download', sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  await expect.poll(() => page.context().pages().length).toBe(1)
  expect(new URL(page.url()).pathname).toBe(path)
  await expect.poll(() => page.evaluate(() => [String(URL.revokeObjectURL).includes('native code'), Symbol.for('errand.download') in globalThis])).toEqual([true, false])
}
const gone = async (page: Page, left: Left) => {
  expect(left.artifacts).toEqual([])
  await expect.poll(() => page.context().pages().length).toBe(1)
}

/** A file of the portal's page, by the id of what is to be clicked. */
const fromPortal = (id: string, file: keyof typeof portalFiles, name: string, mimeType: string) => ({
  setup: onDownloads,
  config: { target: `#${id}` },
  output: { artifactId: expect.any(String), name, mimeType, sizeBytes: portalFiles[file].length === 0 ? 0 : expect.any(Number), sha256: expect.any(String) },
  after: came(portalFiles[file], '/downloads'),
})

const PDF = portalFiles['invoice-0042.pdf']
const send = (body: string | Buffer, headers: Record<string, string>, status = 200): Handler => (_, response) => void response.writeHead(status, headers).end(body)
const pdf = send(PDF, { 'content-type': 'application/pdf' })
/** A page with a button that runs a script, which may use `pdf`, a Blob. */
const button = (script: string) =>
  `<button>Go</button><iframe></iframe><script>const pdf = new Blob([Uint8Array.from(atob('${PDF.toString('base64')}'), (c) => c.charCodeAt(0))], { type: 'application/pdf' })
  document.querySelector('button').onclick = () => { ${script} }</script>`
const click = { target: 'button' }
let blobUrl = ''
const named = (name: string, mimeType = 'application/pdf') => [{ name, mimeType }]

/** Answers a few bytes of what it promised, then breaks off. */
const broken: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '1000' })
  response.write('x', () => response.destroy())
}
const slow: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename=slow.csv' })
  response.write('never, ends\n')
}
/** Gives the file once only, to the session that was given a cookie. */
const onlyOnce = (first: Handler): Handler => {
  let asked = 0
  return (request, response) => (asked++ === 0 ? first(request, response) : send('gone', {}, 410)(request, response))
}
const once = (): Handler => onlyOnce(pdf)
const posted: Handler = (request, response) =>
  void request.toArray().then((chunks) => send(`%PDF ${request.method} ${Buffer.concat(chunks as Buffer[]).toString()}`, { 'content-type': 'application/pdf' })(request, response))
/** Gives back how it was asked. */
const asAsked: Handler = ({ method, headers }, response) => void response.writeHead(200, { 'content-type': 'text/csv' }).end(`${method} ${headers.referer} ${headers['sec-fetch-site']}`)
const form = (target: string) => `<form method="post" action="/make" target="${target}"><input name="a" value="1"><button>Go</button></form>`

testStep('DOWNLOAD', download, {
  succeeds: {
    'keeps an attachment, with its name in UTF-8': fromPortal('attachment', 'Übersicht „Mai“ 2026.csv', 'Übersicht „Mai“ 2026.csv', 'text/csv'),
    'takes from a name what no file system knows': fromPortal('quoted', 'monthly "final" report.csv', 'monthly _final_ report.csv', 'text/csv'),
    'takes the path from a name': { ...fromPortal('traversal', '../../etc/passwd', '', 'text/plain'), output: expect.objectContaining({ name: expect.not.stringMatching(/^\.|[/\\]/) }) },
    'keeps an attachment that opens a tab': fromPortal('attachment-new-tab', 'opened-elsewhere.csv', 'opened-elsewhere.csv', 'text/csv'),
    'keeps a PDF that the tab would show': { chromium: 'full', ...fromPortal('inline-pdf', 'invoice-0042.pdf', 'invoice-0042.pdf', 'application/pdf') },
    'keeps a PDF that a new tab shows': { chromium: 'full', ...fromPortal('new-tab-pdf', 'contract-0007.pdf', 'contract-0007.pdf', 'application/pdf') },
    'keeps what answers a form': fromPortal('statement', 'statement-2026-01.csv', 'statement-2026-01.csv', 'text/csv'),
    'keeps what a script made': fromPortal('blob', 'blob-export.csv', 'blob-export.csv', 'text/csv'),
    'keeps what a script fetched': fromPortal('xhr', 'xhr-export.csv', 'xhr-export.csv', 'text/csv'),
    'keeps what a script shows in a new tab': { chromium: 'full', ...fromPortal('blob-new-tab', 'invoice-0042.pdf', 'download.pdf', 'application/pdf') },
    'keeps a text that a script shows in a new tab': { chromium: 'full', ...fromPortal('blob-text-new-tab', 'blob-export.csv', 'download.txt', 'text/plain') },
    'keeps what stands in a data: link': fromPortal('data-url', 'data-url.txt', 'data-url.txt', 'text/plain'),
    'keeps an empty file': fromPortal('empty', 'empty.txt', 'empty.txt', 'text/plain'),
    'waits for a slow file': fromPortal('slow', 'slow.txt', 'slow.txt', 'text/plain'),

    'calls the file as it is told, from the first target that matches': { setup: onDownloads, config: { target: ['#nothing', '#blob'], name: '../May: all.csv' }, matched: 1, artifacts: named('May_ all.csv', 'text/csv') },
    'waits for a file that a page gives later': { html: '<a href="/wait">Go</a>', routes: { '/wait': `<script>setTimeout(() => location.href = '/file', 150)</script>`, '/file': pdf }, config: { target: 'a' }, artifacts: named('file.pdf'), after: came(PDF, '/wait') },
    'follows redirects': { html: '<a href="/old">Go</a>', routes: { '/old': send('', { location: '/new.pdf' }, 302), '/new.pdf': pdf }, config: { target: 'a' }, artifacts: named('new.pdf'), after: came(PDF) },
    'asks once only for what it may ask once': { html: '<a href="/once">Go</a>', routes: { '/once': once() }, config: { target: 'a' }, artifacts: named('once.pdf'), after: came(PDF) },
    'asks once only for what a new tab is opened for': { html: '<a href="/once#page=2" target="_blank">Go</a>', routes: { '/once': once() }, config: { target: 'a' }, artifacts: named('once.pdf'), after: came(PDF) },
    'asks once only for what a tab without an opener is opened for': { html: button(`open('/once', '_blank', 'noopener')`), routes: { '/once': once() }, config: click, artifacts: named('once.pdf'), after: came(PDF) },
    'asks once only where a tab opens empty and goes on at once': { html: button(`open('').location.href = '/once'`), routes: { '/once': once() }, config: click, artifacts: named('once.pdf'), after: came(PDF) },
    'asks for what a new tab is opened for as the page did': { html: '<a href="/a" target="_blank">Go</a>', routes: { '/a': asAsked }, config: { target: 'a' }, after: async (page, left) => expect(String(await left.bytes(left.artifacts[0]!.id))).toBe(`GET ${page.url()} same-origin`) },
    'keeps a PDF that answers a form': { chromium: 'full', html: form('_self'), routes: { '/make': posted }, config: click, logs: [], artifacts: named('make.pdf'), after: came('%PDF POST a=1') },
    'keeps a PDF that answers a form in a new tab, and sends the form once': { chromium: 'full', html: form('_blank'), routes: { '/make': onlyOnce(posted) }, config: click, logs: [], artifacts: named('make.pdf'), after: came('%PDF POST a=1') },
    'keeps a PDF in a frame': { chromium: 'full', html: button(`document.querySelector('iframe').src = '/a.pdf'`), routes: { '/a.pdf': send(PDF, { 'content-type': 'application/pdf', 'x-frame-options': 'DENY' }) }, config: click, artifacts: named('a.pdf'), after: came(PDF) },
    'keeps a PDF in an embedded viewer': { chromium: 'full', html: button(`document.body.insertAdjacentHTML('beforeend', '<embed src="/a.pdf" type="application/pdf">')`), routes: { '/a.pdf': pdf }, config: click, artifacts: named('a.pdf'), after: came(PDF) },
    'keeps a picture': { chromium: 'full', html: '<a href="/a.svg">Go</a>', routes: { '/a.svg': send('<svg xmlns="http://www.w3.org/2000/svg"/>', { 'content-type': 'image/svg+xml' }) }, config: { target: 'a' }, artifacts: named('a.svg', 'image/svg+xml'), after: came('<svg xmlns="http://www.w3.org/2000/svg"/>') },
    'keeps a PDF in a tab that opens empty first': { chromium: 'full', html: button(`const tab = open(''); setTimeout(() => { tab.location.href = '/a.pdf' }, 100)`), routes: { '/a.pdf': pdf }, config: click, artifacts: named('a.pdf'), after: came(PDF) },
    'keeps a PDF that the page in a new tab gives': { chromium: 'full', html: '<a href="/tab" target="_blank">Go</a>', routes: { '/tab': `<script>setTimeout(() => location.href = '/a.pdf', 100)</script>`, '/a.pdf': pdf }, config: { target: 'a' }, artifacts: named('a.pdf'), after: came(PDF) },
    'keeps a picture in a new tab without an opener': { chromium: 'full', html: button(`open('/a', '_blank', 'noopener')`), routes: { '/a': send('PNG', { 'content-type': 'image/png' }) }, config: click, artifacts: named('a.png', 'image/png'), after: came('PNG') },
    'keeps an attachment in a new tab without an opener': { html: button(`open('/a', '_blank', 'noopener')`), routes: { '/a': send('a', { 'content-disposition': 'attachment; filename=a.bin' }) }, config: click, artifacts: named('a.bin', 'application/octet-stream'), after: came('a') },
    'keeps a blob: that is taken back at once': { html: button(`const url = URL.createObjectURL(pdf); open(url); URL.revokeObjectURL(url)`), config: click, artifacts: named('download.pdf'), after: came(PDF) },
    'keeps a blob: that the tab goes to': { html: button(`location.href = URL.createObjectURL(pdf)`), config: click, artifacts: named('download.pdf'), after: came(PDF) },
    'keeps a blob: in a frame': { html: button(`document.querySelector('iframe').src = URL.createObjectURL(pdf)`), config: click, artifacts: named('download.pdf'), after: came(PDF) },
    'keeps a data: address in a frame of a new tab': { html: button(`open('').document.write('<iframe src="data:application/pdf;base64,${PDF.toString('base64')}"></iframe>')`), config: click, artifacts: named('download.pdf'), after: came(PDF) },
    'keeps a PDF from a frame of another site': {
      html: '<iframe></iframe>',
      routes: { '/inner': '<a href="/a.pdf">Go</a>', '/a.pdf': pdf },
      setup: (page, { origin }) => page.frame({ url: `${origin}/` })!.page().frames()[1]!.goto(`${origin.replace('127.0.0.1', 'localhost')}/inner`),
      config: { target: { css: 'a', frame: 'iframe' } },
      artifacts: named('a.pdf'),
      after: came(PDF),
    },
    'leaves what is shown after it alone': { chromium: 'full', html: '<a href="/a.pdf">Go</a>', routes: { '/a.pdf': pdf }, config: { target: 'a' }, after: async (page) => expect((await page.goto(new URL('/a.pdf', page.url()).href))?.status()).toBe(200) },
    'says when more than one file came': { html: button(`for (const name of ['a', 'b']) Object.assign(document.createElement('a'), { href: URL.createObjectURL(pdf), download: name }).click()`), config: click, logs: [/WARN 2 files came/] },

    'fetches an address with the cookies of the session': {
      html: '<p>Signed in</p>',
      setup: (page) => page.evaluate(() => (document.cookie = 'who=ada')),
      routes: { '/report': (request, response) => send(`${request.headers.cookie} ${request.headers.referer}`, { 'content-type': 'text/csv', 'content-disposition': `attachment; filename="x.csv"; filename*=UTF-8''B%C3%A4r%2F..%2F%E2%82%AC.csv` })(request, response) },
      config: { url: 'report' },
      artifacts: named('Bär_.._€.csv', 'text/csv'),
      after: async (page, left) => expect(String(await left.bytes(left.artifacts[0]!.id))).toBe(`who=ada ${page.url()}`),
    },
    'names a file by its address and its type': { html: '', routes: { '/r%C3%A9sum%C3%A9': send('a', { 'content-type': 'application/pdf;x=y' }) }, config: (origin: string) => ({ url: `${origin}/r%C3%A9sum%C3%A9?id=1` }), artifacts: named('résumé.pdf') },
    'cuts a name that is too long, and keeps its ending': { html: '', routes: { '/a': send('a', { 'content-disposition': `attachment; filename*=utf-8''${encodeURIComponent('ä'.repeat(200))}.pdf` }) }, config: { url: '/a' }, artifacts: named(`${'ä'.repeat(98)}.pdf`) },
    'reads a data: address': { html: '', config: { url: 'data:text/csv;base64,YSxi' }, artifacts: named('download.csv', 'text/csv'), after: came('a,b') },
    'reads a blob: address of the page': {
      html: '',
      setup: async (page) => void (blobUrl = await page.evaluate(() => URL.createObjectURL(new Blob(['a,b'], { type: 'text/csv' })))),
      config: () => ({ url: blobUrl }),
      artifacts: named('download.csv', 'text/csv'),
      after: came('a,b'),
    },
    'keeps a page that was asked for by name': { html: '<p>Page</p>', config: (origin: string) => ({ url: `${origin}/`, name: 'page.html' }), artifacts: named('page.html', 'text/html') },
  },

  fails: {
    'the file breaks off': { setup: onDownloads, config: { target: '#broken' }, code: 'step_failed', message: /^The download of "broken\.bin" broke off\.$/, retryable: true, after: gone },
    'the file does not end': { html: '<a href="/slow">Go</a>', routes: { '/slow': slow }, config: { target: 'a' }, timeoutMs: 1500, code: 'step_timeout', message: /^The download of "slow\.csv" did not end in time/, after: gone },
    'nothing comes': { html: '<button>Go</button>', config: click, timeoutMs: 1000, code: 'step_timeout', message: /^No file came in time on http.*: nothing happened\.$/, after: gone },
    'the server does not answer': { html: '<a href="/a">Go</a>', routes: { '/a': () => {} }, config: { target: 'a' }, timeoutMs: 1000, code: 'step_timeout', message: /: nothing happened/, after: gone },
    'a page comes': { html: '<a href="/next">Go</a>', routes: { '/next': '<h1>Next</h1>' }, config: { target: 'a' }, timeoutMs: 1500, code: 'step_timeout', message: /: the page went to http\S+\/next\.$/ },
    'a tab with a page comes': { html: '<a href="/next" target="_blank">Go</a>', routes: { '/next': '<h1>Next</h1>' }, config: { target: 'a' }, timeoutMs: 1500, code: 'step_timeout', message: /: a tab opened at http\S+\/next\.$/, after: gone },
    'a request fails and a dialog comes': { html: button(`fetch('/api').then(() => alert('No rows'))`), routes: { '/api': send('', {}, 500) }, config: click, timeoutMs: 1500, code: 'step_timeout', message: /: GET http\S+\/api answered 500; an alert said "No rows"\.$/ },
    'the answer is that there is none': { html: '<a href="/none.pdf">Go</a>', config: { target: 'a' }, code: 'step_failed', message: /\/none\.pdf answered 404 in place of a file/, retryable: false },
    'the server fails in a new tab': { html: '<a href="/none.pdf" target="_blank">Go</a>', routes: { '/none.pdf': send('', {}, 503) }, config: { target: 'a' }, code: 'step_failed', message: /answered 503 in place of a file/, retryable: true, after: gone },
    'the server cannot be reached': { html: '<a href="http://127.0.0.1:9/">Go</a>', config: { target: 'a' }, code: 'step_failed', message: /could not be opened: ERR_/, retryable: true },
    'the page closes': { html: button('setTimeout(bye, 50)'), setup: (page) => page.exposeFunction('bye', () => page.close()), config: click, code: 'step_failed', message: /^The page was closed/, retryable: true },
    'the element is not there': { html: '', config: { target: '#none' }, timeoutMs: 800, code: 'step_timeout', message: /selector #none was not found/, after: gone },
    'an address answers with an error': { html: '', config: { url: '/none' }, code: 'step_failed', message: /\/none answered 404/, retryable: false, after: gone },
    'an address is busy': { html: '', routes: { '/a': send('', {}, 429) }, config: { url: '/a' }, code: 'step_failed', message: /answered 429/, retryable: true },
    'an address breaks off': { html: '', routes: { '/a': broken }, config: { url: '/a' }, code: 'step_failed', message: /The download of "a" broke off|could not be opened: ERR_/, retryable: true, after: gone },
    'an address does not end': { html: '', routes: { '/a': slow }, config: { url: '/a' }, code: 'step_timeout', timeoutMs: 1500, message: /The download of "slow\.csv" did not end in time/, after: gone },
    'nobody answers at an address': { html: '', routes: { '/a': () => {} }, config: { url: '/a' }, code: 'step_timeout', timeoutMs: 1000, message: /^No file came in time on http\S+\/a: nothing happened/, after: gone },
    'an address leads to the sign-in page': { html: '', routes: { '/a': send('', { location: '/login' }, 302), '/login': '<h1>Sign in</h1>' }, config: { url: '/a' }, code: 'step_failed', message: /\/a led to the page \S+\/login in place of a file; is the session still signed in/, after: gone },
    'an address is of a server that cannot be reached': { html: '', config: { url: 'http://127.0.0.1:9/a' }, code: 'step_failed', message: /could not be opened: ERR_/, retryable: true },
    'an address answers with a page for a file': { html: '', routes: { '/a.pdf': '<h1>Sign in</h1>' }, config: { url: '/a.pdf' }, code: 'step_failed', message: /still signed in/ },
    'an address is of the machine itself': { html: '', config: { url: 'file:///etc/passwd' }, code: 'step_failed', message: /not from file:/, retryable: false },
    'an address is none': { config: { url: 'a.pdf' }, code: 'step_failed', message: /"a\.pdf" is not an address/, retryable: false },
  },

  rejects: {
    'neither a target nor an address': { config: {}, path: '' },
    'both': { config: { target: 'a', url: 'b' }, path: 'url' },
  },
})
