import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { pino } from 'pino'
import type { StoredEvent } from '../db/change.ts'
import { parseId } from '../runner/model/id.ts'
import { isFinalEvent } from '../server/sse.ts'
import { readConfig } from '../server/config.ts'
import { start, type Overrides, type Server } from '../server/start.ts'
import type { ActivityRunJson, RunJson, WorkflowJson } from '../server/wire.ts'
import { chromiumPath, sharedBrowsers, type Kind } from './chromium.ts'

/** The production server on a folder of its own and a free port: tests call it as its users do. */

export type Json = { [key: string]: any } // eslint-disable-line typescript/no-explicit-any -- answers are checked by what they hold

export type TestServer = AsyncDisposable & {
  url: string
  dataDir: string
  server: Server
  /** Calls the API with JSON. `body` undefined sends none. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; body: Json }>
  /** Saves a workflow of these nodes, or this definition, and gives it back. */
  save(definition: Json): Promise<WorkflowJson>
  /** Starts a run and answers with it, PENDING. */
  run(workflowId: string, inputs?: Json): Promise<RunJson>
  get(runId: string): Promise<{ workflowRun: RunJson; activityRuns: ActivityRunJson[] }>
  /** The run when it has ended; follows the log. */
  settled(runId: string): Promise<{ workflowRun: RunJson; activityRuns: ActivityRunJson[] }>
  /** Resolves when the run, with its activity runs, is as wanted; looked at after each of its events. */
  until(runId: string, wanted: (run: RunJson, activityRuns: ActivityRunJson[]) => boolean): Promise<{ workflowRun: RunJson; activityRuns: ActivityRunJson[] }>
}

export const tempDir = (): string => mkdtempSync(join(tmpdir(), 'errand-test-'))

const testConfig = (settings: Record<string, string> = {}, dataDir = tempDir()) =>
  readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent', CHROMIUM_PATH: process.env.CHROMIUM_PATH, ...settings })

/** A definition of nodes that run in the order listed. */
export const linear = (identifier: string, nodes: Json[], rest: Json = {}): Json => ({ identifier, nodes, ...rest })

/** `ownChromium`: for tests of how one starts, is kept ready, ends and is swept after; all others share one. */
export type ServerOptions = Omit<Overrides, 'browsers'> & { dataDir?: string; ownChromium?: Kind }

export const startTestServer = async (settings: Record<string, string> = {}, options: ServerOptions = {}): Promise<TestServer> => {
  const { dataDir = tempDir(), ownChromium, ...overrides } = options
  // How busy the machine is with other tests is no reason to keep a run of this one waiting.
  const server = await start(testConfig({ ...(ownChromium && { CHROMIUM_PATH: chromiumPath(ownChromium) }), ...settings }, dataDir), { logger: pino({ level: 'silent' }), load: () => 0, ...(ownChromium ? {} : { browsers: sharedBrowsers }), ...overrides })
  const call: TestServer['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : { text }) as Json }
  }
  const get: TestServer['get'] = async (runId) => (await call('GET', `/api/v1/workflow-runs/${runId}`)).body as { workflowRun: RunJson; activityRuns: ActivityRunJson[] }
  /** `look` is asked at first and after each page of the run's events, until it gives something. */
  const following = async <T>(runId: string, look: (page: StoredEvent[]) => Promise<T | null>): Promise<T> => {
    const stop = new AbortController()
    try {
      const first = await look([])
      if (first) return first
      for await (const page of server.services.log.follow(parseId(runId) ?? runId, 0, stop.signal)) {
        const found = await look(page)
        if (found) return found
        if (page.some(isFinalEvent)) throw new Error(`The run ended and never was as wanted: ${JSON.stringify((await get(runId)).workflowRun)}`)
      }
      throw new Error('The server stopped.')
    } finally {
      stop.abort()
    }
  }
  const until: TestServer['until'] = (runId, wanted) =>
    following(runId, async () => {
      const now = await get(runId)
      return wanted(now.workflowRun, now.activityRuns) ? now : null
    })
  const settled: TestServer['settled'] = (runId) => following(runId, async (page) => (page.some(isFinalEvent) ? get(runId) : null))
  return {
    url: server.url,
    dataDir,
    server,
    call,
    get,
    until,
    save: async (definition) => {
      const { status, body } = await call('POST', '/api/v1/workflows', definition)
      if (status !== 201) throw new Error(`Not saved: ${JSON.stringify(body)}`)
      return (body as { workflow: WorkflowJson }).workflow
    },
    run: async (workflowId, inputs) => {
      const { status, body } = await call('POST', '/api/v1/workflow-runs', { workflowId, ...(inputs && { inputs }) })
      if (status !== 202) throw new Error(`Not started: ${JSON.stringify(body)}`)
      return body as RunJson
    },
    settled,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export type SseEvent = { id: string | undefined; event: string; data: Json }

/** Reads a stream of server-sent events as its users do, with eventsource-parser. Events without data are left out, as the standard says. */
export async function* readEvents(response: Response): AsyncGenerator<SseEvent> {
  const stream = response.body!.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>).pipeThrough(new EventSourceParserStream())
  for await (const { id, event, data } of stream as unknown as AsyncIterable<{ id?: string; event?: string; data: string }>)
    yield { id, event: event ?? 'message', data: JSON.parse(data) as Json }
}
