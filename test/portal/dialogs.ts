import type { Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

export const dialogRoutes: Routes = {
  'GET /dialogs': () => {
    const body = html`<p class="lead">Questions that the browser itself asks.</p>
      <section class="card"><div class="row">
        <button id="alert">Show an alert</button><button id="confirm">Delete the record</button>
        <button id="prompt">Rename the record</button><button id="two" class="quiet">Ask twice</button>
      </div><output id="answer"></output></section>
      <section class="card">
        <label for="draft">Draft</label><textarea id="draft" rows="3"></textarea>
        <p class="hint">Once something is written, leaving this page asks first.</p>
        <p><a id="leave" href="/dialogs/left">Leave this page</a></p>
      </section>`
    return page({ title: 'Dialogs', body, script: dialogScript })
  },

  'GET /dialogs/left': () => page({ title: 'You have left', body: html`<p><a href="/dialogs">Back to the dialogs</a></p>` }),

  // Nothing of this page can be used before the question is answered.
  'GET /dialogs/at-once': () =>
    page({ title: 'A greeting', body: html`<output id="answer"></output>`, script: `document.querySelector('#answer').textContent = 'confirmed ' + confirm('Shall we begin?')` }),
}

const dialogScript = String.raw`
  const on = (id, answer) => document.getElementById(id).addEventListener('click', () => { document.querySelector('#answer').textContent = answer() })
  on('alert', () => { alert('The list was saved.'); return 'alert closed' })
  on('confirm', () => confirm('Really delete the record?') ? 'deleted' : 'kept')
  on('prompt', () => { const name = prompt('New name?', 'Record 1'); return name === null ? 'not renamed' : 'renamed to ' + name })
  on('two', () => [confirm('Delete?'), confirm('Really?')].join(' then '))
  addEventListener('beforeunload', (event) => { if (document.querySelector('#draft').value !== '') event.preventDefault() })
`
