import { formData, pause, queryNumber, textField, type Answer, type Routes } from './exchange.ts'
import { portalFiles } from './files.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

const csv = 'text/csv; charset=utf-8'
const plain = 'text/plain; charset=utf-8'

export const downloadRoutes: Routes = {
  'GET /downloads': () => page({ title: 'Downloads', body: downloadsBody, script: makeFiles }),

  'GET /files/report': () =>
    file('Übersicht „Mai“ 2026.csv', csv, `attachment; filename="Ubersicht Mai 2026.csv"; filename*=UTF-8''${encodeURIComponent('Übersicht „Mai“ 2026.csv')}`),
  'GET /files/quoted': () => file('monthly "final" report.csv', csv, 'attachment; filename="monthly \\"final\\" report.csv"'),
  'GET /files/traversal': () => file('../../etc/passwd', plain, 'attachment; filename="../../etc/passwd"'),
  'GET /files/elsewhere': () => file('opened-elsewhere.csv', csv, 'attachment; filename="opened-elsewhere.csv"'),
  'GET /files/empty': () => file('empty.txt', plain, 'attachment; filename="empty.txt"'),
  'GET /files/invoice-0042.pdf': () => file('invoice-0042.pdf', 'application/pdf', 'inline; filename="invoice-0042.pdf"'),
  // No header at all: the name is only in the URL.
  'GET /files/contract-0007.pdf': () => file('contract-0007.pdf', 'application/pdf'),
  'GET /api/export': () => file('xhr-export.csv', csv),

  'POST /files/statement': async (exchange) => {
    const month = textField(await formData(exchange), 'month').replace(/[^0-9-]/g, '')
    const body = portalFiles['statement-2026-01.csv'].replace('2026-01', month)
    return { headers: { 'content-type': csv, 'content-disposition': `attachment; filename="statement-${month}.csv"` }, body }
  },

  'GET /files/slow': async (exchange) => {
    const ms = queryNumber(exchange, 'ms', 40, 60_000)
    exchange.response.writeHead(200, { 'content-type': plain, 'content-disposition': 'attachment; filename="slow.txt"' })
    for (const line of portalFiles['slow.txt'].split(/(?<=\n)/)) {
      exchange.response.write(line)
      await pause(exchange, ms)
    }
    exchange.response.end()
    return undefined
  },

  // A million bytes are promised, a thousand come.
  'GET /files/broken': ({ response }) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': '1000000', 'content-disposition': 'attachment; filename="broken.bin"' }
    response.writeHead(200, headers)
    response.write('x'.repeat(1000), () => response.destroy())
    return undefined
  },

  'GET /files/big': (exchange) => ({
    headers: { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="big.bin"' },
    body: Buffer.alloc(queryNumber(exchange, 'mb', 5, 200) * 1_048_576, 'errand '),
  }),
}

function file(name: keyof typeof portalFiles, contentType: string, disposition?: string): Answer {
  const headers = { 'content-type': contentType, ...(disposition !== undefined && { 'content-disposition': disposition }) }
  return { headers, body: portalFiles[name] }
}

const downloadsBody = html`<p class="lead">Every way in which portals hand out files.</p>
<section class="card"><h2>From the server</h2><ul class="links">
  <li><a id="attachment" href="/files/report">Overview of May</a> <span>attachment, name in UTF-8</span></li>
  <li><a id="quoted" href="/files/quoted">Final report</a> <span>attachment, quotes in the name</span></li>
  <li><a id="traversal" href="/files/traversal">User list</a> <span>attachment, a name that tries to leave its folder</span></li>
  <li><a id="attachment-new-tab" href="/files/elsewhere" target="_blank">List in a new tab</a> <span>attachment, the tab closes at once</span></li>
  <li><a id="inline-pdf" href="/files/invoice-0042.pdf">Invoice 0042</a> <span>PDF shown in this tab</span></li>
  <li><a id="new-tab-pdf" href="/files/contract-0007.pdf" target="_blank">Contract 0007</a> <span>PDF shown in a new tab</span></li>
  <li><a id="slow" href="/files/slow">Yearly archive</a> <span>comes in slow pieces, length unknown</span></li>
  <li><a id="empty" href="/files/empty">Empty file</a> <span>nothing in it</span></li>
  <li><a id="big" href="/files/big?mb=5">Big file</a> <span>5 MB; ?mb=</span></li>
  <li><a id="broken" href="/files/broken">Broken file</a> <span>breaks off after a thousand bytes</span></li>
  <li><form class="row" method="post" action="/files/statement">
    <label class="inline" for="month">Month</label><input id="month" name="month" value="2026-01" style="width:120px">
    <button id="statement" class="quiet">Get statement</button> <span>attachment, answer to a form</span></form></li>
</ul></section>
<section class="card"><h2>From a script</h2><ul class="links">
  <li class="row"><button id="blob" class="quiet">Export as CSV</button> <span>blob: with a[download]</span></li>
  <li class="row"><button id="blob-new-tab" class="quiet">Preview as PDF</button> <span>blob: in a new tab</span></li>
  <li class="row"><button id="blob-text-new-tab" class="quiet">Preview as text</button> <span>blob: in a new tab</span></li>
  <li class="row"><button id="xhr" class="quiet">Export by request</button> <span>fetched first, then saved</span></li>
  <li><a id="data-url" download="data-url.txt" href="data:text/plain,${encodeURIComponent(portalFiles['data-url.txt'])}">Note in a link</a> <span>data: URL</span></li>
</ul><output id="made"></output></section>`

const makeFiles = String.raw`
  const on = (id, action) => document.getElementById(id).addEventListener('click', action)
  const save = (name, blob) => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name })
    link.click()
    // As careful portals do: whoever has not taken the content by now does not get it.
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
    document.querySelector('#made').textContent = 'Saved ' + name + '.'
  }
  const csv = ${JSON.stringify(portalFiles['blob-export.csv'])}
  on('blob', () => save('blob-export.csv', new Blob([csv], { type: 'text/csv' })))
  on('blob-text-new-tab', () => window.open(URL.createObjectURL(new Blob([csv], { type: 'text/plain' }))))
  on('blob-new-tab', () => {
    const bytes = Uint8Array.from(atob('${portalFiles['invoice-0042.pdf'].toString('base64')}'), (character) => character.charCodeAt(0))
    window.open(URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' })))
  })
  on('xhr', () => {
    const request = new XMLHttpRequest()
    request.open('GET', '/api/export')
    request.responseType = 'blob'
    request.onload = () => save('xhr-export.csv', request.response)
    request.send()
  })
`
