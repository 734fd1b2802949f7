import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web server whose answers a test holds back until it opens the gate: so a run stands still exactly where the test wants it. */
export type Gate = AsyncDisposable & {
  url: string
  /** Resolves when `count` requests for the path have come in all, answered or not. */
  arrived(path: string, count?: number): Promise<void>
  /** Answers what waits at the path, and whatever comes there later. */
  open(path: string): void
  /** Holds back again what comes from now on. */
  shut(path: string): void
}

export const startGate = async (): Promise<Gate> => {
  const counts = new Map<string, number>()
  const opened = new Set<string>()
  const held: { path: string; response: ServerResponse }[] = []
  const waiting = new Set<() => void>()
  const answer = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Open</title><h1>Open</h1>')
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    counts.set(path, (counts.get(path) ?? 0) + 1)
    for (const look of waiting) look()
    if (opened.has(path)) answer(response)
    else held.push({ path, response })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: (path, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if ((counts.get(path) ?? 0) < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    open: (path) => {
      opened.add(path)
      for (const { response } of held.filter((one) => one.path === path)) answer(response)
    },
    shut: (path) => void opened.delete(path),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
