import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A receiver of webhooks that answers at once, and says where it is and how many have come when it is asked. Started by webhooks.ts. */
export type Heard = { url: string; received: number }

let received = 0
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    received++
    response.writeHead(204).end()
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ ready: true }))
process.on('message', () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received } satisfies Heard))
process.on('SIGTERM', () => process.exit(0))
