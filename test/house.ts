import { randomUUID } from 'node:crypto'
import { linear, startTestServer, type Json, type ServerOptions, type TestServer } from './harness.ts'
import { startPortal, type Portal } from './portal/portal.ts'

/** A server and a portal for one test file: the nodes of a test are saved as a workflow and run through the API. */
export type House = AsyncDisposable & {
  portal: Portal
  server: TestServer
  /** Starts a run of these nodes. @returns its id */
  begin(nodes: Json[], options?: { inputs?: Json; definition?: Json }): Promise<string>
  /** The same, when it has ended. */
  finish(nodes: Json[], options?: { inputs?: Json; definition?: Json }): ReturnType<TestServer['get']>
  /** The events of a run so far, as the log keeps them. */
  events(runId: string): Promise<{ type: string; data: Json }[]>
  /** Resolves when no page is open any more. */
  quiet(): Promise<void>
}

export const openHouse = async (settings: Record<string, string> = {}, options: ServerOptions = {}): Promise<House> => {
  const portal = await startPortal()
  const server = await startTestServer(settings, options)
  const begin: House['begin'] = async (nodes, { inputs, definition } = {}) => {
    const { id } = await server.save(linear(`w-${randomUUID()}`, nodes, definition))
    return (await server.run(id, inputs)).id
  }
  return {
    portal,
    server,
    begin,
    finish: async (nodes, given) => server.settled(await begin(nodes, given)),
    events: async (runId) => server.server.services.log.after(runId, 0),
    quiet: async () => {
      const { browsers } = server.server.services
      while (browsers.count().contexts > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await portal.close()
    },
  }
}
