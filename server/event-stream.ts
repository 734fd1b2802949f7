import type { Response } from 'express'
import { once } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { problem } from '../runner/model/problem.ts'

/** An answer of server-sent events, whatever they tell. @see https://html.spec.whatwg.org/multipage/server-sent-events.html */

const PING_MS = 9_000

/** `data` is one line: JSON has no raw line breaks. */
export const frame = (name: string, data: unknown, id?: number): string => `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

export const lastEventIdQuery = z.object({ lastEventId: z.string().optional().meta({ description: 'In place of the header, where a client cannot set it.' }) })

/** What a client has seen last; null when it says nothing. @throws Problem `invalid_request` when it is no number */
export const lastEventIdOf = ({ headers, query }: { headers: IncomingHttpHeaders; query: z.output<typeof lastEventIdQuery> }): number | null => {
  const header = headers['last-event-id']
  const text = (Array.isArray(header) ? header[0] : header) ?? query.lastEventId
  if (text === undefined) return null
  if (!/^\d{1,15}$/.test(text)) throw problem('invalid_request', 'Last-Event-ID must be the number of an event.')
  return Number(text)
}

/** Sends frames; resolves when the client can take more. */
export type Send = (frames: string) => Promise<void>

/**
 * Opens the stream, keeps it alive with pings, and ends it when `tell` has nothing more to send.
 * @param stopped aborts when the client has gone or the server stops
 */
export const sendEvents = async (
  response: Response,
  { stopped, headers = {} }: { stopped: AbortSignal; headers?: Record<string, string> },
  tell: (send: Send) => Promise<void>,
): Promise<void> => {
  response.status(200).set({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no', // nginx would hold events back otherwise.
    ...headers,
  })
  response.flushHeaders()
  if (response.req.method === 'HEAD') return void response.end()
  response.write('retry: 3000\n\n')
  const ping = setInterval(() => response.write(frame('ping', { content: 'ping' })), PING_MS)
  try {
    await tell(async (frames) => {
      if (!response.write(frames)) await once(response, 'drain', { signal: stopped }).catch(() => undefined)
    })
  } finally {
    clearInterval(ping)
    response.end()
  }
}
