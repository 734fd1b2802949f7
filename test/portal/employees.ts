import { employeePage, employees, employeesCsv, pageCount } from './employee-data.ts'
import { json, pause, type Exchange, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html } from './markup.ts'
import { signedIn, signedInApi } from './session.ts'

export const employeeRoutes: Routes = {
  'GET /employees': signedIn((exchange, user) => {
    const number = pageNumber(exchange)
    if (number === undefined) {
      return page({ title: 'No such page', user, status: 404, body: html`<p><a href="/employees">Back to the first page</a></p>` })
    }
    const body = html`<div class="row apart">
        <span class="lead" style="margin:0">${employees.length} people · Page ${number} of ${pageCount}</span>
        <span class="row">
          <a class="button quiet" href="/employees.csv">Download CSV</a>
          ${number > 1 && html`<a class="button quiet" rel="prev" href="/employees?page=${number - 1}">Previous page</a>`}
          ${number < pageCount && html`<a class="button" rel="next" href="/employees?page=${number + 1}">Next page</a>`}
        </span>
      </div>
      <div id="list" data-page="${number}"><p class="spinner" role="status">Loading employees…</p></div>`
    return page({ title: 'Employees', user, body, script: fetchTable })
  }),

  'GET /api/employees': signedInApi(
    async (exchange) => {
      const number = pageNumber(exchange)
      if (number === undefined) return json({ error: 'No such page.' }, 404)
      await pause(exchange, exchange.state.options.tableDelayMs)
      return json({ page: number, pages: pageCount, total: employees.length, employees: employeePage(number) })
    },
    json({ error: 'Sign in first.' }, 401),
  ),

  'GET /employees.csv': signedIn(() => ({
    headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="employees-2026-01.csv"' },
    body: employeesCsv,
  })),
}

// The table is put in when the data has come, as most portals do it: whoever reads at once finds nothing.
const fetchTable = String.raw`
  const list = document.querySelector('#list')
  const columns = [['Number', 'number'], ['Name', 'name'], ['Department', 'department'], ['Position', 'position'],
    ['Email', 'email'], ['Start date', 'startDate'], ['Salary', 'salary']]
  const element = (name, text, className) => Object.assign(document.createElement(name), text === undefined ? {} : { textContent: text, className })
  const row = (name, texts) => {
    const tr = element('tr')
    texts.forEach((text, index) => tr.append(element(name, text, index === columns.length - 1 ? 'number' : '')))
    return tr
  }
  const show = async () => {
    const response = await fetch('/api/employees?page=' + list.dataset.page)
    if (!response.ok) throw new Error('The server answered ' + response.status + '.')
    const { page, employees } = await response.json()
    const table = Object.assign(element('table'), { id: 'employees', className: 'framed' })
    table.dataset.page = page
    const head = element('thead')
    head.append(row('th', columns.map(([title]) => title)))
    const body = element('tbody')
    for (const one of employees) {
      body.append(row('td', columns.map(([, key]) => key === 'salary' ? '$' + one.salary.toLocaleString('en-US') : one[key])))
    }
    table.append(head, body)
    list.replaceChildren(table)
  }
  show().catch((fault) => {
    const alert = element('div', 'The list could not be loaded. ' + fault.message)
    alert.setAttribute('role', 'alert')
    list.replaceChildren(alert)
  })
`

function pageNumber({ url }: Exchange): number | undefined {
  const number = Number(url.searchParams.get('page') ?? 1)
  return Number.isInteger(number) && number >= 1 && number <= pageCount ? number : undefined
}
