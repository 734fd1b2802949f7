import { formData, textField, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

export const frameRoutes: Routes = {
  'GET /frames': ({ url }) => {
    // The same server under its other name is another site to the browser: this frame lives in a process of its own.
    const elsewhere = `http://localhost:${url.port}/frames/form?of=foreign`
    const body = html`<p class="lead">Forms in frames.</p>
      <section class="card"><h2>A form in a frame</h2><iframe id="form-frame" name="form-frame" title="Form" src="/frames/form?of=single" height="190"></iframe></section>
      <section class="card"><h2>A form in a frame in a frame</h2><iframe id="outer-frame" title="Outer" src="/frames/outer" height="270"></iframe></section>
      <section class="card"><h2>A form of another site</h2><iframe id="foreign-frame" title="Foreign" src="${elsewhere}" height="190"></iframe></section>`
    return page({ title: 'Frames', body })
  },

  'GET /frames/outer': () =>
    page({ title: 'Outer frame', bare: true, body: html`<iframe id="inner-frame" title="Inner" src="/frames/form?of=nested" height="190"></iframe>` }),

  'GET /frames/form': ({ url }) => {
    const of = url.searchParams.get('of') ?? 'own'
    const body = html`<form method="post" action="/frames/form">
        <input type="hidden" name="of" value="${of}">
        <label for="nickname">Nickname</label><input id="nickname" name="nickname">
        <div class="row" style="margin-top:14px"><button>Save</button></div>
      </form>`
    return page({ title: `The ${of} form`, body, bare: true })
  },

  'POST /frames/form': async (exchange) => {
    const form = await formData(exchange)
    const body = html`<p id="saved" role="status">Saved: ${textField(form, 'nickname')} (${textField(form, 'of')})</p>`
    return page({ title: 'Saved', body, bare: true })
  },

  'GET /shadow': () => {
    const body = html`<p class="lead">A form inside open shadow roots, one within another.</p>
      <section class="card"><portal-form></portal-form></section><output id="saved"></output>`
    return page({ title: 'Shadow DOM', body, script: shadowScript })
  },
}

// The outer element holds the button and a nested element; the nested one holds the label and its field.
const shadowScript = String.raw`
  const look = '<style>input, button { font: inherit; padding: 8px 12px; margin: 4px 0 } label { display: block; font-weight: 550 }</style>'
  customElements.define('portal-field', class extends HTMLElement {
    connectedCallback() {
      this.attachShadow({ mode: 'open' }).innerHTML = look + '<label for="field"></label><input id="field">'
      this.shadowRoot.querySelector('label').textContent = this.getAttribute('label')
    }
    get value() { return this.shadowRoot.querySelector('input').value }
  })
  customElements.define('portal-form', class extends HTMLElement {
    connectedCallback() {
      this.attachShadow({ mode: 'open' }).innerHTML = look +
        '<label for="town">Town</label><input id="town"><portal-field label="Nickname"></portal-field><button>Save</button><p id="inside" role="status"></p>'
      const within = (selector) => this.shadowRoot.querySelector(selector)
      within('button').onclick = () => {
        const text = 'Saved: ' + within('portal-field').value + ' of ' + within('#town').value
        within('#inside').textContent = text
        document.querySelector('#saved').textContent = text
      }
    }
  })
`
