import { failOnceMore } from './bad-days.ts'
import { json, pause, queryNumber, type Exchange, type Handler, type ReceivedRequest, type Routes } from './exchange.ts'

/** The other end of webhooks: says what came, remembers it, and misbehaves when asked to. */
export const echoRoutes: Routes = {
  '* /echo': received((_exchange, { method, headers, body, query }) => {
    return json({ method, headers, body: headers['content-type']?.includes('json') ? parsed(body) : body, query })
  }),

  '* /hook/status/:code': received(({ params }) => {
    const code = Number(params.code)
    return json({ status: code }, Number.isInteger(code) && code >= 200 && code <= 599 ? code : 400)
  }),

  '* /hook/slow': received(async (exchange) => {
    const ms = queryNumber(exchange, 'ms', 1000, 600_000)
    await pause(exchange, ms)
    return json({ waitedMs: ms })
  }),

  '* /hook/flaky': received((exchange) => {
    const failed = failOnceMore(exchange)
    return failed === undefined ? json({ ok: true }) : json({ failed }, 503)
  }),

  '* /hook/huge': received((exchange) => json({ filler: 'x'.repeat(queryNumber(exchange, 'mb', 10, 500) * 1_048_576) })),

  '* /hook/redirect': received(({ url }) => ({ status: 302, headers: { location: url.searchParams.get('to') ?? '/echo' } })),

  '* /hook/drop': received(({ response }) => {
    response.destroy()
    return undefined
  }),
}

function received(handler: (exchange: Exchange, what: ReceivedRequest) => ReturnType<Handler>): Handler {
  return (exchange) => {
    const { request, url, body, state } = exchange
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
    const what: ReceivedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(headers),
      body: body.toString('utf8'),
    }
    state.received.push(what)
    return handler(exchange, what)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
