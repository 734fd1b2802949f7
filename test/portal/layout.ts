import type { Answer } from './exchange.ts'
import { html, raw, type Markup } from './markup.ts'
import { style } from './style.ts'

export type PageParts = {
  title: string
  body: Markup
  /** Runs after the body is there. */
  script?: string
  /** Shown at the top right, with the buttons that only make sense for someone signed in. */
  user?: string
  /** One centred card, as login pages have it. */
  card?: boolean
  /** Without the portal's header, for pages that are shown inside others. */
  bare?: boolean
  status?: number
  headers?: Record<string, string>
}

// Before the first paint, so that a stored dark theme does not flash white.
const applyTheme = String.raw`document.documentElement.dataset.theme = localStorage.getItem('portal.theme') ?? 'light'`

// What a portal keeps in the browser besides its cookie: a run that is restored without it can be told apart.
const rememberVisit = String.raw`
  const theme = (name) => {
    localStorage.setItem('portal.theme', name)
    document.documentElement.dataset.theme = name
  }
  if (localStorage.getItem('portal.theme') === null) theme('light')
  localStorage.setItem('lastVisit', location.pathname + location.search)
  document.querySelector('#theme').onclick = () => theme(localStorage.getItem('portal.theme') === 'dark' ? 'light' : 'dark')
`

/** A whole page in the portal's clothes. */
export function page({ title, body, script, user, card = false, bare = false, status = 200, headers = {} }: PageParts): Answer {
  const account =
    user !== undefined &&
    html`<div class="account">
      <span>Signed in as <strong id="user">${user}</strong></span>
      <button type="button" class="quiet" id="theme">Change theme</button>
      <form method="post" action="/logout"><button class="quiet">Sign out</button></form>
    </div>`
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Acme HR</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
<script>${raw(applyTheme)}</script>
</head>
<body class="${bare && 'bare'}">
${!bare && html`<header class="top"><a class="brand" href="/"><i></i>Acme HR</a>${account}</header>`}
<main class="${card ? 'card narrow' : 'wide'}">
<h1>${title}</h1>
${body}
</main>
${user !== undefined && inline(rememberVisit)}
${script !== undefined && inline(script)}
</body>
</html>
`
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body: document.markup }
}

/** In braces, so that two scripts of a page may use the same names. */
function inline(script: string): Markup {
  return html`<script>{${raw(script)}}</script>`
}
