import type { Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

/** Pages that open others, and pages that become others without the server. */
export const windowRoutes: Routes = {
  'GET /popup': () => {
    const body = html`<p class="lead">Pages that open other pages.</p>
      <section class="card"><div class="row">
        <a id="new-tab" class="button quiet" target="_blank" href="/popup/child?n=1">Open a tab</a>
        <button id="window" class="quiet">Open a window</button>
        <button id="late-window" class="quiet">Open a window later</button>
        <button id="chooser" class="quiet">Choose a colleague</button>
      </div><output id="chosen"></output></section>`
    return page({ title: 'Windows', body, script: openWindows })
  },

  'GET /popup/child': ({ url }) => {
    const body = html`<p id="child">Window ${url.searchParams.get('n') ?? '?'}</p><button id="choose">Choose Ada Adler</button>`
    const script = `document.querySelector('#choose').onclick = () => { opener?.postMessage('Ada Adler', location.origin); close() }`
    return page({ title: 'Popup child', body, script })
  },

  'GET /spa': () => app(),
  'GET /spa/:view': () => app(),

  // Shows what the browser keeps, in all the places where it can be kept.
  'GET /storage': () => {
    const body = html`<p class="lead">What this browser remembers for this site.</p>
      <section class="card"><label for="note">Note</label><input id="note"><div class="row" style="margin-top:14px"><button id="remember">Remember</button></div></section>
      <table id="stores" class="framed"><thead><tr><th>Place</th><th>Value</th></tr></thead><tbody>
        ${['cookie', 'local', 'session', 'indexed'].map((place) => html`<tr><td>${place}</td><td id="${place}"></td></tr>`)}
      </tbody></table>`
    return page({ title: 'Storage', body, script: storageScript })
  },
}

const openWindows = String.raw`
  const on = (id, action) => document.getElementById(id).addEventListener('click', action)
  on('window', () => window.open('/popup/child?n=2'))
  on('late-window', () => setTimeout(() => window.open('/popup/child?n=3'), 150))
  on('chooser', () => window.open('/popup/child?n=4', 'chooser', 'width=480,height=360'))
  addEventListener('message', (event) => { document.querySelector('#chosen').textContent = 'Chosen: ' + event.data })
`

function app() {
  const body = html`<nav class="row apart" aria-label="Views"><span class="row">
      <a href="/spa" class="view">Overview</a><a href="/spa/orders" class="view">Orders</a><a href="/spa/settings" class="view">Settings</a>
    </span></nav><section class="card" id="view"><p class="spinner">Loading…</p></section>`
  return page({ title: 'One-page app', body, script: appScript })
}

// Each view comes late and its rows later still; the whole view is thrown away on every change, as frameworks do it.
const appScript = String.raw`
  const view = document.querySelector('#view')
  const views = {
    '/spa': '<h2>Overview</h2><p>Nothing new today.</p>',
    '/spa/orders': '<h2>Orders</h2><ul class="links" id="orders"></ul>',
    '/spa/settings': '<h2>Settings</h2><label for="signature">Signature</label><input id="signature"><button id="save" style="margin-top:12px">Save</button><output id="saved"></output>',
  }
  const show = () => {
    const path = location.pathname
    view.innerHTML = '<p class="spinner">Loading…</p>'
    setTimeout(() => {
      if (path !== location.pathname) return
      view.innerHTML = views[path] ?? '<h2>No such view</h2>'
      if (path === '/spa/orders') setTimeout(() => {
        for (const number of [1, 2, 3]) {
          const item = document.createElement('li')
          item.className = 'order'
          item.textContent = 'Order ' + number
          document.querySelector('#orders')?.append(item)
        }
      }, 100)
      if (path === '/spa/settings') document.querySelector('#save').onclick = () => {
        document.querySelector('#saved').textContent = 'Saved: ' + document.querySelector('#signature').value
      }
    }, 60)
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a.view')
    if (!link) return
    event.preventDefault()
    history.pushState(null, '', link.href)
    show()
  })
  addEventListener('popstate', show)
  show()
`

const storageScript = String.raw`
  const key = 'portal.note'
  const put = (id, value) => { document.getElementById(id).textContent = value ?? '' }
  const notes = () => new Promise((resolve, reject) => {
    const opening = indexedDB.open('portal', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('notes')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => resolve(opening.result)
  })
  const inStore = async (mode, action) => {
    const base = await notes()
    const transaction = base.transaction('notes', mode)
    const request = action(transaction.objectStore('notes'))
    await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onerror = () => reject(transaction.error) })
    base.close()
    return request.result
  }
  const show = async () => {
    put('cookie', document.cookie.match(/portal_note=([^;]*)/)?.[1])
    put('local', localStorage.getItem(key))
    put('session', sessionStorage.getItem(key))
    put('indexed', await inStore('readonly', (store) => store.get(key)))
    document.querySelector('#stores').dataset.shown = 'yes'
  }
  document.querySelector('#remember').onclick = async () => {
    const note = document.querySelector('#note').value
    document.cookie = 'portal_note=' + encodeURIComponent(note) + '; Path=/'
    localStorage.setItem(key, note)
    sessionStorage.setItem(key, note)
    await inStore('readwrite', (store) => store.put(note, key))
    await show()
  }
  show()
`
