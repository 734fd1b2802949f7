import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { badDayRoutes } from './bad-days.ts'
import { dialogRoutes } from './dialogs.ts'
import { downloadRoutes } from './downloads.ts'
import { echoRoutes } from './echo.ts'
import { employeeRoutes } from './employees.ts'
import type { Answer, Exchange, PortalOptions, PortalState, ReceivedRequest } from './exchange.ts'
import { formRoutes } from './forms.ts'
import { frameRoutes } from './frames.ts'
import { gestureRoutes } from './gestures.ts'
import { homeRoutes } from './home.ts'
import { page } from './layout.ts'
import { loginRoutes } from './login.ts'
import { html } from './markup.ts'
import { routeFinder } from './route-finder.ts'
import { tableRoutes } from './tables.ts'
import { windowRoutes } from './windows.ts'
import { wizardRoutes } from './wizard.ts'

export type Portal = {
  /** Without a slash at the end. */
  url: string
  port: number
  /** How often each 'METHOD /path' was asked for, query left out. */
  requests(): Record<string, number>
  /** The 'METHOD /path' of requests that have no full answer yet and whose client is still there. */
  open(): string[]
  /** What came to /echo and /hook, oldest first. */
  received: readonly ReceivedRequest[]
  /** Resolves once `holds` is true; asked again whenever a request comes or ends. For tests, in place of sleeping. */
  until(holds: () => boolean): Promise<void>
  /** Ends every login, as a portal does after a while. */
  signOutAll(): void
  /** As if just started: nobody signed in, nothing counted, received or failed. */
  reset(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const findRoute = routeFinder({
  ...homeRoutes,
  ...loginRoutes,
  ...employeeRoutes,
  ...downloadRoutes,
  ...formRoutes,
  ...gestureRoutes,
  ...frameRoutes,
  ...dialogRoutes,
  ...tableRoutes,
  ...windowRoutes,
  ...wizardRoutes,
  ...badDayRoutes,
  ...echoRoutes,
})

/** Starts a practice portal on the loopback address; several may run beside each other and share nothing. */
export async function startPortal(options: PortalOptions = {}): Promise<Portal> {
  const state: PortalState = {
    options: { port: 0, securityCode: '246810', tableDelayMs: 30, now: Date.now, ...options },
    sessions: new Map(),
    orders: new Map(),
    failures: new Map(),
    received: [],
    requests: new Map(),
  }
  const open = new Map<ServerResponse, string>()
  const waiting = new Set<{ holds: () => boolean; resolve: () => void; reject: (reason: Error) => void }>()
  const changed = () => {
    for (const one of waiting) {
      if (one.holds() && waiting.delete(one)) one.resolve()
    }
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
    const name = `${request.method} ${url.pathname}`
    const gone = new AbortController()
    open.set(response, name)
    response.on('close', () => {
      open.delete(response)
      gone.abort()
      changed()
    })
    state.requests.set(name, (state.requests.get(name) ?? 0) + 1)
    changed()
    void answer(request, response, url, state, gone.signal).finally(changed)
  })
  // Longer than any pause between two requests of one test: a kept connection must not close under a client's hands.
  server.keepAliveTimeout = 60_000
  server.listen(state.options.port, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
    for (const one of waiting) one.reject(new Error('The portal was closed before that came true.'))
    waiting.clear()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: () => Object.fromEntries(state.requests),
    open: () => [...open.values()],
    received: state.received,
    until: (holds) =>
      new Promise((resolve, reject) => {
        waiting.add({ holds, resolve, reject })
        changed()
      }),
    signOutAll: () => state.sessions.clear(),
    reset() {
      for (const memory of [state.sessions, state.orders, state.failures, state.requests]) memory.clear()
      state.received.length = 0
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, url: URL, state: PortalState, signal: AbortSignal): Promise<void> {
  try {
    const body = Buffer.concat(await request.toArray())
    const route = findRoute(request.method ?? 'GET', url.pathname)
    const exchange: Exchange = { request, response, url, params: route?.params ?? {}, body, state, signal }
    send(response, route === undefined ? notFound() : await route.handler(exchange))
  } catch (fault) {
    // Whoever has gone needs no answer; every other fault is one of the portal's own, and a test should see it.
    if (signal.aborted || response.destroyed) return
    if (response.headersSent) response.destroy()
    else send(response, { status: 500, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: String(fault) })
  }
}

function send(response: ServerResponse, made: Answer | undefined): void {
  if (made === undefined) return
  const { status = 200, headers = {}, body = '' } = made
  const bodyless = status === 204 || status === 205 || status === 304
  const length = bodyless ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  response.writeHead(status, { 'cache-control': 'no-store', ...length, ...headers })
  response.end(bodyless ? undefined : body)
}

function notFound(): Answer {
  return page({ title: 'No such page', status: 404, body: html`<p><a href="/">To the first page</a></p>` })
}
