import { json, pause, queryNumber, type Exchange, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

export const badDayRoutes: Routes = {
  '* /slow': async (exchange) => {
    const ms = queryNumber(exchange, 'ms', 1000, 600_000)
    await pause(exchange, ms)
    return page({ title: 'Here at last', body: html`<p id="waited">This page took ${ms} ms.</p>` })
  },

  '* /never': () => undefined,

  'GET /hang-body': ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.write('<!doctype html><title>Half a page</title><h1 id="half">Half a page</h1><p>The other half')
    return undefined
  },

  // All there, but the load event waits for a picture for ever.
  'GET /never-loaded': () =>
    page({ title: 'Never loaded', body: html`<p id="there">The text is there.</p><img src="/never" alt="A picture that never comes">` }),

  '* /flaky': (exchange) => {
    const failed = failOnceMore(exchange)
    if (failed !== undefined) {
      return page({ title: 'Out of order', status: 503, body: html`<p>Failure ${failed}. Please try again.</p>` })
    }
    return page({ title: 'In order again', body: html`<p id="works">It works.</p>` })
  },

  // Dropped as many times as asked, then answered. Chromium repeats a dropped GET by itself.
  '* /flaky-drop': (exchange) => {
    if (failOnceMore(exchange) === undefined) return page({ title: 'In order again', body: html`<p id="works">It works.</p>` })
    exchange.response.destroy()
    return undefined
  },

  '* /status/:code': ({ params, url }) => {
    const code = Number(params.code)
    if (!Number.isInteger(code) || code < 200 || code > 599) return json({ error: 'A status is between 200 and 599.' }, 400)
    const retryAfter = url.searchParams.get('retryAfter')
    return {
      ...page({ title: `Status ${code}`, status: code, body: html`<p id="status">This page came with status ${code}.</p>` }),
      ...(retryAfter !== null && { headers: { 'content-type': 'text/html; charset=utf-8', 'retry-after': retryAfter } }),
    }
  },

  '* /drop': ({ response }) => {
    response.destroy()
    return undefined
  },

  'GET /redirect-loop': ({ url }) => ({ status: 302, headers: { location: `/redirect-loop?turn=${Number(url.searchParams.get('turn') ?? 0) + 1}` } }),

  'GET /spin': () => {
    const body = html`<p class="lead">After the click this page answers nobody.</p><button id="spin">Freeze the page</button>`
    // The last word of the page, so that a test knows when it has frozen.
    const script = `document.querySelector('#spin').onclick = () => { navigator.sendBeacon('/spin/frozen'); for (;;) {} }`
    return page({ title: 'Busy', body, script })
  },
  'POST /spin/frozen': () => ({ status: 204 }),

  // The network is never idle here.
  'GET /busy': () => {
    const script = String.raw`setInterval(async () => {
      const { answered } = await (await fetch('/api/ping')).json()
      if (answered) document.querySelector('#pings').textContent++
    }, 100)`
    return page({ title: 'Polling', body: html`<p>Answers so far: <strong id="pings">0</strong></p>`, script })
  },
  'GET /api/ping': () => json({ answered: true }),

  'GET /console': () => {
    const body = html`<p class="lead">This page talks to the console.</p><button id="throw">Throw an error</button>`
    return page({ title: 'Console', body, script: talk })
  },

  // Scripts from anywhere, inline ones and eval are all forbidden.
  'GET /strict': () =>
    page({ title: 'Strict', body: html`<p id="strict">No script may run here.</p>`, headers: { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" } }),
}

/** Which failure this is of those asked for with `fails`, counted per `key`; undefined once they are used up. */
export function failOnceMore(exchange: Exchange): number | undefined {
  const { url, state } = exchange
  const key = `${url.pathname} ${url.searchParams.get('key') ?? ''}`
  const failed = state.failures.get(key) ?? 0
  if (failed >= queryNumber(exchange, 'fails', 1, 1000)) return undefined
  state.failures.set(key, failed + 1)
  return failed + 1
}

const talk = String.raw`
  console.log('The portal says hello', { answer: 42 })
  console.info('For your information')
  console.warn('This will be removed soon')
  console.error('Something is not right')
  fetch('/status/500')
  Promise.reject(new Error('Nobody caught this promise'))
  document.querySelector('#throw').onclick = () => { throw new Error('Thrown by the button') }
`
