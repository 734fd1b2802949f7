import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A connection between a browser and the server that a test can cut; below a path of its own, as behind a reverse proxy. */
export type Wire = AsyncDisposable & {
  /** `http://127.0.0.1:4711/below/errand/` */
  url: string
  /** Breaks all that is open, and refuses what comes. */
  cut(): void
  mend(): void
}

export const startWire = async (target: string, prefix: string): Promise<Wire> => {
  const to = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((incoming, outgoing) => {
    if (isCut || !incoming.url?.startsWith(`${prefix}/`)) return void incoming.socket.destroy()
    const onward = request({ host: to.hostname, port: to.port, method: incoming.method, path: incoming.url.slice(prefix.length), headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    mend: () => {
      isCut = false
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
