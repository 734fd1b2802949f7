import { createHash } from 'node:crypto'
import { formData, json, type Exchange, type Routes } from './exchange.ts'
import { gestures, gesturesScript } from './gestures.ts'
import { page } from './layout.ts'
import { html, type Markup } from './markup.ts'

type Echoed = { name: string; value: string } | { name: string; file: string; type: string; sizeBytes: number; sha256: string }

export const formRoutes: Routes = {
  'GET /forms': () => page({ title: 'Forms', body: html`${fields}${uploads}${gestures}`, script: fieldsScript + gesturesScript }),

  // Both forms come here; a page for people, JSON for who asks for it.
  'POST /forms': async (exchange) => {
    const answers = await echo(exchange)
    if (exchange.request.headers.accept?.includes('application/json')) return json({ answers })
    const rows = answers.map((one) =>
      'file' in one
        ? html`<tr><td>${one.name}</td><td>${one.file}</td><td>${one.sizeBytes}</td><td><code>${one.sha256}</code></td></tr>`
        : html`<tr><td>${one.name}</td><td>${one.value}</td><td></td><td></td></tr>`,
    )
    const body = html`<p class="lead" role="status">Thank you. This is what came.</p>
      <table id="answers" class="framed">
        <thead><tr><th>Field</th><th>Value</th><th>Size</th><th>SHA-256</th></tr></thead><tbody>${rows}</tbody></table>
      <h2 style="margin-top:24px">As JSON</h2>
      <pre id="answer">${JSON.stringify(answers, null, 2)}</pre>`
    return page({ title: 'Received', body })
  },
}

async function echo(exchange: Exchange): Promise<Echoed[]> {
  const echoed: Echoed[] = []
  for (const [name, value] of await formData(exchange)) {
    if (typeof value === 'string') {
      echoed.push({ name, value })
      continue
    }
    const content = Buffer.from(await value.arrayBuffer())
    // What a browser sends for a file input that was left alone.
    if (value.name === '' && content.length === 0) continue
    const sha256 = createHash('sha256').update(content).digest('hex')
    echoed.push({ name, file: value.name, type: value.type, sizeBytes: content.length, sha256 })
  }
  return echoed
}

function input(type: string, name: string, label: string, attributes: Markup = html``): Markup {
  return html`<div><label for="${name}">${label}</label><input type="${type}" id="${name}" name="${name}" ${attributes}></div>`
}

function options(names: string[]): Markup[] {
  return names.map((name) => html`<option value="${name.slice(0, 2).toLowerCase()}">${name}</option>`)
}

// No label is part of another one, so that `{ label }` finds one field.
const fields = html`<p class="lead">Fields of every kind. Nothing is stored; the answer shows what came.</p>
<section class="card"><h2>Fields</h2><form id="fields" method="post" action="/forms" enctype="multipart/form-data">
  <div class="columns">
    ${input('text', 'full_name', 'Full name', html`placeholder="First and last" data-testid="full-name"`)}
    ${input('email', 'email', 'Email address')}
    ${input('password', 'secret_word', 'Secret word')}
    ${input('number', 'guests', 'Number of guests', html`min="0" max="20"`)}
    ${input('tel', 'phone', 'Phone')}
    ${input('url', 'website', 'Website')}
    ${input('search', 'term', 'Search term')}
    ${input('date', 'birthday', 'Birthday')}
    ${input('time', 'alarm', 'Alarm')}
    ${input('datetime-local', 'appointment', 'Appointment')}
    ${input('month', 'billing_month', 'Billing month')}
    ${input('week', 'holiday_week', 'Holiday week')}
    ${input('color', 'colour', 'Favourite colour', html`value="#2457c5"`)}
    ${input('range', 'volume', 'Volume', html`min="0" max="10" value="5"`)}
    ${input('text', 'customer_number', 'Customer number', html`value="C-1001" readonly`)}
    ${input('text', 'discount', 'Discount code', html`value="NONE" disabled`)}
    <div><label for="country">Country</label><select id="country" name="country">
      <option value="">Choose…</option>${options(['Denmark', 'Germany', 'Norway', 'Sweden'])}</select></div>
    <div><label for="languages">Languages</label><select id="languages" name="languages" multiple size="4">
      ${options(['English', 'French', 'Spanish', 'Turkish'])}</select></div>
  </div>
  <label for="notes">Notes</label><textarea id="notes" name="notes" rows="3"></textarea>
  <label id="biography-label">Biography</label>
  <div id="biography" contenteditable role="textbox" aria-labelledby="biography-label" style="min-height:72px"></div>
  <input type="hidden" name="biography"><input type="hidden" name="campaign" value="spring">
  <fieldset><legend>Shirt</legend>${['Small', 'Medium', 'Large'].map(
    (size) => html`<label class="inline"><input type="radio" name="shirt" value="${size.toLowerCase()}">${size}</label>`,
  )}</fieldset>
  <fieldset><legend>Choices</legend>
    <label class="inline"><input type="checkbox" id="newsletter" name="newsletter" value="yes">Newsletter</label>
    <label class="inline"><input type="checkbox" id="reminders" name="reminders" value="yes" checked>Reminders</label>
    <label class="inline"><input type="checkbox" id="insurance" name="insurance" value="yes" disabled>Insurance</label>
  </fieldset>
  <div class="row" style="margin-top:18px"><button id="submit">Send the form</button><button type="reset" class="quiet">Clear</button></div>
  <output id="last-change" aria-label="Last change"></output>
</form></section>`

const uploads = html`<section class="card"><h2>Files</h2><form id="uploads" method="post" action="/forms" enctype="multipart/form-data">
  <div class="columns">
    ${input('file', 'cv', 'Curriculum vitae')}
    ${input('file', 'attachments', 'Attachments', html`multiple`)}
  </div>
  <div class="row" style="margin-top:18px"><button id="upload">Upload the files</button></div>
</form></section>`

const fieldsScript = String.raw`
  const form = document.querySelector('#fields')
  form.addEventListener('change', ({ target }) => {
    const value = target.multiple ? [...target.selectedOptions].map((one) => one.value).join('+') : target.type === 'checkbox' ? target.checked : target.value
    document.querySelector('#last-change').textContent = target.name + '=' + (target.type === 'password' ? '***' : value)
  })
  form.addEventListener('submit', () => { form.biography.value = document.querySelector('#biography').innerText })
`
