import { randomUUID } from 'node:crypto'
import { cookie, redirect, type Answer, type Exchange, type Handler } from './exchange.ts'

const COOKIE = 'portal_session'

/** `code`: the password was right, the security code is still owed. */
export type Session = { user: string; stage: 'code' | 'in'; next: string }

/** Starts a session, always under a new id, and gives back the cookie that carries it. */
export function startSession({ state }: Exchange, session: Session): string {
  const id = randomUUID()
  state.sessions.set(id, session)
  return `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`
}

export function endSession(exchange: Exchange): string {
  exchange.state.sessions.delete(cookie(exchange, COOKIE) ?? '')
  return `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`
}

export function sessionOf(exchange: Exchange): Session | undefined {
  return exchange.state.sessions.get(cookie(exchange, COOKIE) ?? '')
}

/** The name of the user who is all the way in. */
function userOf(exchange: Exchange): string | undefined {
  const session = sessionOf(exchange)
  return session?.stage === 'in' ? session.user : undefined
}

/** Lets only signed-in users through; the others go to the login page and come back from there. */
export function signedIn(handler: (exchange: Exchange, user: string) => ReturnType<Handler>): Handler {
  return (exchange) => {
    const user = userOf(exchange)
    if (user !== undefined) return handler(exchange, user)
    return redirect(`/login?next=${encodeURIComponent(exchange.url.pathname + exchange.url.search)}`)
  }
}

/** Like `signedIn`, for what scripts fetch: they get a 401 instead of a login page. */
export function signedInApi(handler: Handler, refusal: Answer): Handler {
  return (exchange) => (userOf(exchange) === undefined ? refusal : handler(exchange))
}
