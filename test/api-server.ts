import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

type Request = { method: string; path: string; headers: Record<string, unknown>; body: unknown }
type Answer = { status: number; body?: unknown }

/** A small API of another system: each call gets the next answer for its method and path, and the last one again when there are no more. */
export const startApiServer = async (answers: Record<string, Answer[]>) => {
  const requests: Request[] = []
  const left = new Map(Object.entries(answers).map(([call, list]) => [call, [...list]]))
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const { method = '', url = '', headers } = request
      requests.push({ method, path: url, headers, body: text === '' ? null : JSON.parse(text) })
      const list = left.get(`${method} ${url.split('?')[0]}`) ?? [{ status: 404 }]
      const { status, body } = list.length > 1 ? list.shift()! : list[0]!
      response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    calls: () => requests.map(({ method, path }) => `${method} ${path}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
