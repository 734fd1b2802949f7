import { json, queryNumber, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html, type Markup } from './markup.ts'

const itemCount = 100
const batch = 20

export const gestureRoutes: Routes = {
  'GET /scroll': () => {
    const body = html`<p class="lead">${itemCount} messages; more come as the end of the list comes into view.</p>
      <div id="items"></div><p id="end" class="spinner" role="status">Loading…</p>`
    return page({ title: 'Messages', body, script: loadOnScroll })
  },

  'GET /api/items': (exchange) => {
    const from = queryNumber(exchange, 'from', 0, itemCount)
    const items = Array.from({ length: Math.min(batch, itemCount - from) }, (_, index) => `Message ${from + index + 1}`)
    return json({ items, more: from + items.length < itemCount })
  },
}

const loadOnScroll = String.raw`
  const list = document.querySelector('#items')
  const end = document.querySelector('#end')
  let loading = false
  const watcher = new IntersectionObserver(async ([entry]) => {
    if (!entry.isIntersecting || loading) return
    loading = true
    const { items, more } = await (await fetch('/api/items?from=' + list.childElementCount)).json()
    list.append(...items.map((text) => Object.assign(document.createElement('div'), { className: 'item', textContent: text })))
    loading = false
    watcher.unobserve(end)
    if (more) watcher.observe(end)
    else end.textContent = 'That was all.'
  })
  watcher.observe(end)
`

/** What hands do that is more than filling in: part of /forms. */
export const gestures: Markup = html`
<section class="card"><h2>Clicks</h2>
  <div class="row">
    <button id="counter" type="button" class="quiet">Double-click me</button>
    <span>Clicked <strong id="clicks">0</strong> times, double-clicked <strong id="double-clicks">0</strong> times</span>
  </div>
  <div class="pad" id="pad" style="margin-top:14px">Click pad</div><output id="last-click" aria-label="Last click"></output>
  <div class="row" style="margin-top:14px">
    <button id="late" type="button" class="quiet" disabled>Ready soon</button>
    <span class="under"><button id="covered" type="button" class="quiet">Covered</button></span>
    <button id="hidden" type="button" hidden>Hidden</button>
    <button type="button" class="quiet twin">Delete</button><button type="button" class="quiet twin">Delete</button>
  </div><output id="clicked" aria-label="Clicked"></output>
</section>
<section class="card"><h2>Hover</h2>
  <div class="menu" id="menu"><button type="button" class="quiet">Reports</button><ul class="card">
    <li><button type="button" class="quiet">Yearly report</button></li><li><button type="button" class="quiet">Monthly report</button></li>
  </ul></div><output id="chosen" aria-label="Chosen"></output>
</section>
<section class="card"><h2>Drag and drop</h2>
  <div class="lists">
    <div><p>To do</p><ul id="todo">${['Write report', 'Call bank', 'Order paper'].map((text) => html`<li draggable="true">${text}</li>`)}</ul></div>
    <div><p>Done</p><ul id="done"></ul></div>
  </div><output id="dropped" aria-label="Dropped"></output>
</section>
<section class="card"><h2>Keys</h2><p>Keys pressed anywhere on this page:</p><output id="last-key" aria-label="Last key"></output></section>`

export const gesturesScript = String.raw`
  const at = (id) => document.getElementById(id)
  const count = (id) => { at(id).textContent = Number(at(id).textContent) + 1 }
  at('counter').addEventListener('click', () => count('clicks'))
  at('counter').addEventListener('dblclick', () => count('double-clicks'))
  for (const kind of ['click', 'auxclick', 'dblclick']) at('pad').addEventListener(kind, (event) => {
    const modifiers = ['ctrl', 'shift', 'alt', 'meta'].filter((key) => event[key + 'Key'])
    at('last-click').textContent = [event.type, ['left', 'middle', 'right'][event.button], event.detail, ...modifiers].join(' ')
  })
  at('pad').addEventListener('contextmenu', (event) => event.preventDefault())
  setTimeout(() => { at('late').disabled = false }, 150)
  for (const id of ['late', 'covered', 'hidden']) at(id).addEventListener('click', () => { at('clicked').textContent = id })
  document.querySelectorAll('.twin').forEach((one, index) => one.addEventListener('click', () => { at('clicked').textContent = 'delete ' + (index + 1) }))
  at('menu').addEventListener('click', ({ target }) => { if (target.closest('li')) at('chosen').textContent = target.textContent })

  let dragged
  document.addEventListener('dragstart', (event) => { dragged = event.target; event.dataTransfer.setData('text/plain', dragged.textContent) })
  for (const list of [at('todo'), at('done')]) {
    list.addEventListener('dragover', (event) => event.preventDefault())
    list.addEventListener('drop', (event) => {
      event.preventDefault()
      const before = event.target.closest('li')
      list.insertBefore(dragged, before === dragged ? null : before)
      at('dropped').textContent = event.dataTransfer.getData('text/plain') + ' → ' + list.id
    })
  }
  document.addEventListener('keydown', (event) => {
    if (['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) return
    const modifiers = ['ctrl', 'shift', 'alt', 'meta'].filter((key) => event[key + 'Key'])
    at('last-key').textContent = [...modifiers, event.key].join('+')
  })
`
