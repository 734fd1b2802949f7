import { lookup } from 'node:dns'
import { once } from 'node:events'
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, isIP, type AddressInfo, type LookupFunction, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { isNeverReached } from './egress.ts'

/**
 * The one way out of a run whose workflow names the hosts that its pages may reach. A page is asked for what it asks for, but a redirect, a
 * WebSocket or a service worker is told to nobody: all of them come through here. What is encrypted passes unread.
 */
export type HostProxy = { url: string; close(): Promise<void> }

const guarded: LookupFunction = (name, options, callback) =>
  lookup(name, { ...options, all: true }, (error, found) => {
    const [first] = found ?? []
    if (error || !first) return callback(error, [])
    if (found.some(({ address }) => isNeverReached(address))) return callback(new Error(`${name} is never reached.`), [])
    if (options.all) callback(null, found)
    else callback(null, first.address, first.family)
  })

/** Host and port as `host:port` or `[host]:port` give them. */
const parseAuthority = (text: string): { host: string; port: number } | null => {
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : null
  return url && { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || (text.endsWith(':80') ? 80 : 443)) }
}

/** @param allows whether a host may be reached, by its name as URLs have it */
export const createHostProxy = async (allows: (host: string) => boolean): Promise<HostProxy> => {
  const sockets = new Set<Socket>()
  const agent = new Agent({ keepAlive: true })
  const mayReach = (host: string): boolean => allows(host) && !(isIP(host) !== 0 && isNeverReached(host))

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url!) : null
    const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
    if (!url || url.protocol !== 'http:' || !mayReach(host)) {
      request.socket.destroy()
      return
    }
    const { 'proxy-connection': _hop, ...headers } = request.headers
    const outgoing = httpRequest({ host, port: url.port || 80, method: request.method, path: url.pathname + url.search, headers, agent, lookup: guarded })
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
    const [, [incoming]] = await Promise.all([pipeline(request, outgoing), answered])
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, incoming.rawHeaders)
    await pipeline(incoming, response)
  }

  // What breaks off is told to Chromium by breaking off.
  const server = createServer((request, response) => void forward(request, response).catch(() => request.socket.destroy()))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const to = parseAuthority(request.url ?? '')
    if (!to || !mayReach(to.host)) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const upstream = connect({ ...to, lookup: guarded }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket)
      socket.pipe(upstream)
    })
    sockets.add(upstream)
    upstream.on('error', () => socket.destroy())
    upstream.on('close', () => {
      sockets.delete(upstream)
      socket.destroy()
    })
    socket.on('close', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      agent.destroy()
      await closed
    },
  }
}
