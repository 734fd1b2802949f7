import type { Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'

const rooms: [string, [string, string][]][] = [
  ['Work', [['/login', 'Sign in'], ['/employees', 'Employees'], ['/wizard/1', 'Order in three steps'], ['/one-way-wizard/1', 'The same, no way back']]],
  ['Files and forms', [['/downloads', 'Downloads'], ['/forms', 'Forms'], ['/frames', 'Frames'], ['/shadow', 'Shadow DOM']]],
  ['Pages of all kinds', [['/tables', 'Tables'], ['/dialogs', 'Dialogs'], ['/dialogs/at-once', 'A dialog at once'], ['/popup', 'Windows'], ['/spa', 'One-page app'], ['/scroll', 'Endless list'], ['/storage', 'Storage'], ['/console', 'Console'], ['/strict', 'Strict policy']]],
  ['Bad days', [['/slow?ms=3000', 'Slow'], ['/never', 'Never answers'], ['/hang-body', 'Half a page'], ['/never-loaded', 'Never loaded'], ['/flaky?fails=2', 'Flaky'], ['/flaky-drop?fails=2', 'Flaky, dropped'], ['/status/500', 'Status 500'], ['/drop', 'Dropped'], ['/redirect-loop', 'Redirect loop'], ['/spin', 'Frozen'], ['/busy', 'Never idle']]],
]

export const homeRoutes: Routes = {
  'GET /': () => {
    const cards = rooms.map(
      ([title, links]) => html`<section class="card"><h2>${title}</h2><ul class="links">${links.map(([href, name]) => html`<li><a href="${href}">${name}</a></li>`)}</ul></section>`,
    )
    return page({ title: 'Practice portal', body: html`<p class="lead">A small company's portal to try workflows on.</p><div class="columns">${cards}</div>` })
  },
}
