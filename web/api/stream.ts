import { createParser } from 'eventsource-parser'
import { ApiError, type CallOptions, type Client } from './client.ts'

/** Follows a stream of server-sent events over lost connections. `fetch` and not EventSource, which cannot carry credentials. */

export type StreamEvent = { id: string | undefined; event: string; data: unknown }
/** `live`: connected. `lost`: tries again. `ended`: the server has nothing more to tell. */
export type StreamState = 'connecting' | 'live' | 'lost' | 'ended'

type Follow = {
  /** The number of the last event that is known already. */
  lastEventId?: string | undefined
  signal: AbortSignal
  onEvent(event: StreamEvent): void
  onState(state: StreamState): void
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 5_000
/** The server sends something every nine seconds: a connection that is silent for longer is dead, or held back by a proxy. */
const SILENT_MS = 20_000

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

/** One connection, until it ends or breaks. @returns whether the server has ended it with nothing more to tell */
const readOnce = async (client: Client, path: string, options: CallOptions, follow: Follow & { seen(id: string): void }): Promise<boolean> => {
  const silent = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const hear = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => silent.abort(), SILENT_MS)
  }
  try {
    hear()
    const response = await client.fetch('GET', path, { ...options, signal: AbortSignal.any([follow.signal, silent.signal]) })
    if (response.status === 204 || !response.body) return true
    const parser = createParser({
      onEvent: ({ id, event = 'message', data }) => {
        if (id !== undefined) follow.seen(id)
        if (event !== 'ping') follow.onEvent({ id, event, data: JSON.parse(data) })
      },
    })
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (let first = true; ; first = false) {
      const { done, value } = await reader.read()
      if (done) return false
      hear()
      if (first) follow.onState('live')
      parser.feed(value)
    }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Tells of events until the stream ends for good or `signal` aborts.
 * @throws ApiError when the server refuses it: another try would not help
 */
export const followStream = async (client: Client, path: string, follow: Follow): Promise<void> => {
  let lastEventId = follow.lastEventId
  let waitMs = FIRST_RETRY_MS
  follow.onState('connecting')
  while (!follow.signal.aborted) {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    const seen = (id: string): void => {
      lastEventId = id
      waitMs = FIRST_RETRY_MS
    }
    const isOver = await readOnce(client, path, { headers }, { ...follow, seen }).catch((error: unknown) => {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) throw error
      return false
    })
    if (follow.signal.aborted) return
    if (isOver) return follow.onState('ended')
    follow.onState('lost')
    await pause(waitMs, follow.signal)
    waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)
  }
}
