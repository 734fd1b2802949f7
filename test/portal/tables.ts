import type { Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html, type Markup } from './markup.ts'

export const tableRoutes: Routes = {
  'GET /tables': () => page({ title: 'Tables', body: html`<p class="lead">Tables as they come.</p>${tables}` }),
}

function framed(title: string, table: Markup): Markup {
  return html`<section class="card"><h2>${title}</h2>${table}</section>`
}

const tables = [
  framed('Cells over several columns and rows', html`<table id="spans" class="bordered">
    <thead><tr><th>Room</th><th>Monday</th><th>Tuesday</th><th>Wednesday</th></tr></thead>
    <tbody>
      <tr><td rowspan="2">North</td><td colspan="2">Workshop</td><td>Free</td></tr>
      <tr><td>Interview</td><td rowspan="2" colspan="2">Audit</td></tr>
      <tr><td>South</td><td>Training</td></tr>
    </tbody></table>`),
  framed('Two header rows', html`<table id="grouped" class="bordered">
    <thead>
      <tr><th rowspan="2">Team</th><th colspan="2">2025</th><th colspan="2">2026</th></tr>
      <tr><th>Planned</th><th>Actual</th><th>Planned</th><th>Actual</th></tr>
    </thead>
    <tbody><tr><td>Sales</td><td>10</td><td>9</td><td>12</td><td>13</td></tr><tr><td>Finance</td><td>4</td><td>4</td><td>5</td><td>4</td></tr></tbody></table>`),
  framed('The same header twice', html`<table id="repeated" class="bordered">
    <thead><tr><th>Name</th><th>Amount</th><th>Amount</th><th>Name</th></tr></thead>
    <tbody><tr><td>Travel</td><td>120</td><td>80</td><td>Reise</td></tr></tbody></table>`),
  framed('Empty cells, and a header without a name', html`<table id="blanks" class="bordered">
    <thead><tr><th>Key</th><th></th><th>Value</th></tr></thead>
    <tbody><tr><td>a</td><td></td><td>1</td></tr><tr><td>b</td><td>&nbsp;</td><td></td></tr><tr><td></td><td></td><td></td></tr></tbody></table>`),
  framed('Rows of unequal length', html`<table id="ragged" class="bordered">
    <tr><th>One</th><th>Two</th><th>Three</th></tr><tr><td>1</td></tr><tr><td>1</td><td>2</td><td>3</td><td>4</td></tr></table>`),
  framed('No head at all', html`<table id="headless" class="bordered">
    <tr><td>Fruit</td><td>Count</td></tr><tr><td>Apple</td><td>3</td></tr><tr><td>Pear</td><td>5</td></tr></table>`),
  framed('Headers at the side', html`<table id="sideways" class="bordered">
    <tr><th scope="row">Name</th><td>Ada Adler</td></tr><tr><th scope="row">Office</th><td>Oslo</td></tr></table>`),
  framed('A table within a table', html`<table id="nested" class="bordered">
    <thead><tr><th>Order</th><th>Lines</th></tr></thead>
    <tbody>
      <tr><td>A-1</td><td><table id="lines" class="bordered"><thead><tr><th>Item</th><th>Pieces</th></tr></thead>
        <tbody><tr><td>Pen</td><td>10</td></tr><tr><td>Ink</td><td>2</td></tr></tbody></table></td></tr>
      <tr><td>A-2</td><td>none</td></tr>
    </tbody></table>`),
  framed('With caption and foot', html`<table id="captioned" class="bordered">
    <caption>Costs of 2026</caption>
    <thead><tr><th>Month</th><th>Cost</th></tr></thead>
    <tfoot><tr><td>Total</td><td>300</td></tr></tfoot>
    <tbody><tr><td>January</td><td>100</td></tr><tr><td>February</td><td>200</td></tr></tbody></table>`),
  framed('Fields, links and line breaks in cells', html`<table id="rich" class="bordered">
    <thead><tr><th>Person</th><th>Address</th><th>Mail</th><th>Active</th></tr></thead>
    <tbody><tr><td><a href="/employees">Ada   Adler</a></td><td>Main Street 1<br>Oslo</td><td><input aria-label="Mail" value="ada@acme.example"></td><td><input type="checkbox" aria-label="Active" checked></td></tr></tbody></table>`),
  framed('A head and nothing else', html`<table id="no-rows" class="bordered"><thead><tr><th>Number</th><th>Name</th></tr></thead><tbody></tbody></table>`),
  framed('A grid without a table', html`<div id="grid" class="grid" role="grid" aria-label="Stock">
    <div role="rowgroup"><div role="row"><div role="columnheader">Item</div><div role="columnheader">Store</div><div role="columnheader">Pieces</div></div></div>
    <div role="rowgroup">
      <div role="row"><div role="gridcell">Pen</div><div role="gridcell">Oslo</div><div role="gridcell">10</div></div>
      <div role="row"><div role="gridcell">Ink</div><div role="gridcell">Bergen</div><div role="gridcell">2</div></div>
    </div></div>`),
]
