import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { Json } from './harness.ts'

/** Somebody who is told of runs: keeps what comes, and answers as a test has it. Paths are independent of each other. */
export type Received = { path: string; id: string; headers: IncomingHttpHeaders; text: string; body: Json }
type Answer = (response: ServerResponse, received: Received) => void

export type Receiver = AsyncDisposable & {
  url: string
  received: Received[]
  /** What came at a path so far. */
  at(path: string): Received[]
  /** Resolves when so many have come at a path, or so many as `wanted` takes. */
  until(path: string, count: number, wanted?: (received: Received) => boolean): Promise<Received[]>
  /** How a path answers from now on; 204 unless told otherwise. */
  answer(path: string, how: number | Answer): void
}

/** Reads a delivery as receivers do, with the public package. @throws when it is not signed with the secret */
export const verified = (secret: string, { text, headers }: Received): Json => new Webhook(secret).verify(text, headers as Record<string, string>) as Json

export const startReceiver = async (): Promise<Receiver> => {
  const received: Received[] = []
  const answers = new Map<string, Answer>()
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const path = request.url ?? '/'
      const one: Received = { path, id: String(request.headers['webhook-id']), headers: request.headers, text, body: JSON.parse(text || '{}') as Json }
      received.push(one)
      for (const look of waiting) look()
      const answer = answers.get(path)
      if (answer) answer(response, one)
      else response.writeHead(204).end()
    })().catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = (path: string) => received.filter((one) => one.path === path)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    at,
    until: (path, count, wanted = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = at(path).filter(wanted)
          if (found.length < count) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    answer: (path, how) => void answers.set(path, typeof how === 'number' ? (response) => response.writeHead(how).end() : how),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
