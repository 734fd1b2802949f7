import { setTimeout as sleep } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Api } from './api.ts'

/** One event of a run's stream (docs/api.md lists them), or `resumed`: the connection was lost and is there again. */
export type StreamEvent = { event: string; data: Record<string, unknown> }

const ATTEMPTS = 10
const WAIT_MS = 500

async function* read(response: Response): AsyncGenerator<{ id?: string; event: string; data: Record<string, unknown> }> {
  if (!response.body) return
  const text = response.body.pipeThrough(new TextDecoderStream())
  const messages = text.pipeThrough(new EventSourceParserStream()) as unknown as AsyncIterable<{ id?: string; event?: string; data: string }>
  for await (const { id, event = 'message', data } of messages) yield { ...(id !== undefined && { id }), event, data: JSON.parse(data) as Record<string, unknown> }
}

/** Asks for what comes after an event, as often as it takes. @returns null when there is nothing left to come */
const resume = async (api: Api, runId: string, lastEventId: string, signal: AbortSignal): Promise<Response | null> => {
  for (let attempt = 1; ; attempt++) {
    await sleep(WAIT_MS, undefined, { signal })
    try {
      const response = await api.send('GET', `/api/v1/workflow-runs/${runId}/stream`, { headers: { 'last-event-id': lastEventId }, signal })
      if (response.status === 204) return null
      if (response.ok) return response
      throw new Error(`The server answered ${response.status} when asked for the rest of the stream.`)
    } catch (error) {
      signal.throwIfAborted()
      if (attempt >= ATTEMPTS) throw error
    }
  }
}

/**
 * Starts a run and follows it to its last event, `result` or `error`. When the connection drops, it goes on with `Last-Event-ID`: nothing is
 * missed, and nothing comes twice.
 * @throws Error when the run is not started, or the server stays away
 */
export async function* executeAndFollow(api: Api, body: unknown, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const started = await api.send('POST', '/api/v1/workflow-runs/execute/stream', { body, signal })
  const runId = started.headers.get('x-workflow-run-id')
  if (!started.ok || runId === null) throw new Error(`The run was not started: ${((await started.json()) as { error?: string }).error ?? started.status}`)
  yield { event: 'started', data: { runId } }
  let lastEventId = '0'
  for (let response: Response | null = started; response; ) {
    try {
      for await (const { id, event, data } of read(response)) {
        lastEventId = id ?? lastEventId
        yield { event, data }
        if (event === 'result' || event === 'error') return
      }
    } catch {
      signal.throwIfAborted()
    }
    response = await resume(api, runId, lastEventId, signal)
    if (response) yield { event: 'resumed', data: { lastEventId } }
  }
}
