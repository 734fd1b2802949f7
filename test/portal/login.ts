import { TOTP } from 'otpauth'
import { formData, redirect, textField, type Answer, type Exchange, type Routes } from './exchange.ts'
import { page } from './layout.ts'
import { html, type Markup } from './markup.ts'
import { endSession, sessionOf, startSession, type Session } from './session.ts'

export const portalPassword = 'demo-password'
export const totpSeed = 'JBSWY3DPEHPK3PXP'

/** Where each user goes once the password is right. */
const afterPassword = new Map([
  ['demo', undefined],
  ['demo-2fa', '/login/code'],
  ['demo-totp', '/login/code'],
  ['demo-boxes', '/login/code-boxes'],
])

export const loginRoutes: Routes = {
  'GET /login': ({ url }) => loginPage(url.searchParams.get('next') ?? ''),

  'POST /login': async (exchange) => {
    const form = await formData(exchange)
    const user = textField(form, 'user')
    if (!afterPassword.has(user) || textField(form, 'password') !== portalPassword) {
      return loginPage(textField(form, 'next'), user, 'The user name or the password is wrong.')
    }
    const ask = afterPassword.get(user)
    const session: Session = { user, stage: ask === undefined ? 'in' : 'code', next: ownPath(textField(form, 'next')) }
    return redirect(ask ?? session.next, { 'set-cookie': startSession(exchange, session) })
  },

  'GET /login/code': (exchange) => askCode(exchange, codeForm),
  'POST /login/code': (exchange) => checkCode(exchange, codeForm),
  'GET /login/code-boxes': (exchange) => askCode(exchange, boxesForm),
  'POST /login/code-boxes': (exchange) => checkCode(exchange, boxesForm),

  'POST /logout': (exchange) => redirect('/login', { 'set-cookie': endSession(exchange) }),
}

function loginPage(next: string, user = '', error?: string): Answer {
  const body = html`<p class="lead">Your people, in one place.</p>
    ${alert(error)}
    <form method="post" action="/login">
      <input type="hidden" name="next" value="${next}">
      <label for="user">User name</label>
      <input id="user" name="user" autocomplete="username" value="${user}">
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password">
      <button>Sign in</button>
    </form>`
  return page({ title: 'Welcome back', body, card: true })
}

type CodeForm = { fields: Markup; script?: string }

const codeForm: CodeForm = {
  fields: html`<label for="code">Security code</label>
    <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6">`,
}

const boxesForm: CodeForm = {
  fields: html`<fieldset><legend>Security code</legend><div class="boxes">
    ${[1, 2, 3, 4, 5, 6].map((n) => html`<input class="digit" name="code" aria-label="Digit ${n}" inputmode="numeric" maxlength="1">`)}
  </div></fieldset>`,
  script: String.raw`
    const boxes = [...document.querySelectorAll('.digit')]
    boxes.forEach((box, index) => {
      box.addEventListener('input', () => { if (box.value) boxes[index + 1]?.focus() })
      box.addEventListener('keydown', (event) => { if (event.key === 'Backspace' && !box.value) boxes[index - 1]?.focus() })
      box.addEventListener('paste', (event) => {
        event.preventDefault()
        const digits = event.clipboardData.getData('text').trim()
        boxes.slice(index).forEach((next, place) => { next.value = digits[place] ?? next.value })
      })
    })
    boxes[0].focus()`,
}

function askCode(exchange: Exchange, { fields, script }: CodeForm, error?: string): Answer {
  if (sessionOf(exchange) === undefined) return redirect('/login')
  const body = html`<p class="lead">Type the six digits that we have sent you.</p>
    ${alert(error)}
    <form method="post">${fields}<button>Verify</button></form>`
  return page({ title: 'Is it you?', body, script, card: true })
}

async function checkCode(exchange: Exchange, form: CodeForm): Promise<Answer> {
  const session = sessionOf(exchange)
  if (session === undefined) return redirect('/login')
  const code = (await formData(exchange)).getAll('code').map(String).join('')
  if (!isRightCode(exchange, session.user, code)) return askCode(exchange, form, 'That code is not right. Please try again.')
  session.stage = 'in'
  return redirect(session.next)
}

function isRightCode({ state: { options } }: Exchange, user: string, code: string): boolean {
  if (user !== 'demo-totp') return code === options.securityCode
  return new TOTP({ secret: totpSeed }).validate({ token: code, timestamp: options.now(), window: 1 }) !== null
}

/** Only paths of this portal: a login page must not send its visitors elsewhere. */
function ownPath(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/employees'
}

function alert(error?: string): Markup | undefined {
  return error === undefined ? undefined : html`<div role="alert">${error}</div>`
}
