import { randomUUID } from 'node:crypto'
import { cookie, formData, redirect, textField, type Answer, type Exchange, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html, type Markup } from './markup.ts'

/** What a wizard has been told so far. */
export type Order = { company: string; country: string; seats?: string; plan?: string }

/**
 * An order in three steps, whose state lives in the server's session. `/wizard/2` can be opened again while the session
 * lives; the steps of `/one-way-wizard` only ever come as the answer to the step before.
 */
export const wizardRoutes: Routes = { ...wizard('/wizard', true), ...wizard('/one-way-wizard', false) }

function wizard(base: `/${string}`, canReopen: boolean): Routes {
  const cookieName = `portal${base.replaceAll(/\W/g, '_')}`
  const idOf = (exchange: Exchange) => cookie(exchange, cookieName) ?? ''
  const orderOf = (exchange: Exchange) => exchange.state.orders.get(idOf(exchange))
  const two = (order?: Order) => (order === undefined ? lost(base) : stepTwo(base, order))
  const three = (order?: Order) => (order?.seats === undefined ? lost(base) : stepThree(base, order))

  const routes: Routes = {
    [`GET ${base}/1` as const]: () => stepOne(base),
    [`GET ${base}/2` as const]: (exchange: Exchange) => (canReopen ? two(orderOf(exchange)) : lost(base)),
    [`GET ${base}/3` as const]: (exchange: Exchange) => (canReopen ? three(orderOf(exchange)) : lost(base)),

    [`POST ${base}/1` as const]: async (exchange: Exchange) => {
      const form = await formData(exchange)
      const company = textField(form, 'company').trim()
      if (company === '') return stepOne(base, 'Please give the name of the company.')
      const id = randomUUID()
      const order: Order = { company, country: textField(form, 'country') }
      exchange.state.orders.set(id, order)
      const answer = canReopen ? redirect(`${base}/2`) : two(order)
      return { ...answer, headers: { ...answer.headers, 'set-cookie': `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax` } }
    },
    [`POST ${base}/2` as const]: async (exchange: Exchange) => {
      const order = orderOf(exchange)
      if (order === undefined) return lost(base)
      const form = await formData(exchange)
      order.seats = textField(form, 'seats') || '1'
      order.plan = textField(form, 'plan') || 'basic'
      return canReopen ? redirect(`${base}/3`) : three(order)
    },
    [`POST ${base}/3` as const]: (exchange: Exchange) => {
      const order = orderOf(exchange)
      if (order?.seats === undefined) return lost(base)
      exchange.state.orders.delete(idOf(exchange))
      const body = html`<p id="placed" role="status">${order.seats} seats on the ${order.plan} plan for ${order.company}.</p>`
      return page({ title: 'Order placed', body })
    },
  }
  return routes
}

function lost(base: string): Answer {
  const body = html`<div role="alert">This step cannot be opened by itself.</div><p><a href="${base}/1">Start again</a></p>`
  return page({ title: 'Your order was not found', status: 409, body, card: true })
}

function step(base: string, number: number, title: string, fields: Markup, button: string): Answer {
  const body = html`<p class="lead">Step ${number} of 3</p><form method="post" action="${base}/${number}">${fields}<button>${button}</button></form>`
  return page({ title, body, card: true })
}

function stepOne(base: string, error?: string): Answer {
  const fields = html`${error !== undefined && html`<div role="alert">${error}</div>`}
    <label for="company">Company name</label><input id="company" name="company">
    <label for="country">Country</label><select id="country" name="country"><option>Norway</option><option>Sweden</option></select>`
  return step(base, 1, 'Your company', fields, 'Continue')
}

function stepTwo(base: string, { company }: Order): Answer {
  const plans = ['Basic', 'Plus'].map((plan) => html`<label class="inline"><input type="radio" name="plan" value="${plan.toLowerCase()}">${plan}</label>`)
  const fields = html`<p>For <strong id="for-company">${company}</strong></p>
    <label for="seats">Number of seats</label><input id="seats" name="seats" type="number" min="1"><fieldset><legend>Plan</legend>${plans}</fieldset>`
  return step(base, 2, 'Your plan', fields, 'Continue')
}

function stepThree(base: string, { company, country, seats, plan }: Order): Answer {
  const summary = html`<table id="summary"><tbody>
    <tr><td>Company</td><td>${company}</td></tr><tr><td>Country</td><td>${country}</td></tr>
    <tr><td>Seats</td><td>${seats}</td></tr><tr><td>Plan</td><td>${plan}</td></tr></tbody></table>`
  return step(base, 3, 'Your order', summary, 'Place the order')
}
