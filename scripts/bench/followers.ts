import { Agent, get } from 'node:http'

/** Follows a run with many connections, as that many dashboards would, and notes when each event was on the wire. Started by events.ts. */
export type Follow = { url: string; runId: string; count: number }
/** By event number: when each follower had it, in milliseconds since 1970. */
export type Seen = { connectedAt: number; arrivals: [seq: number, at: number][] }

const now = (): number => performance.timeOrigin + performance.now()

const follow = ({ url, runId }: Follow, agent: Agent, arrivals: Seen['arrivals']): { connected: Promise<void>; ended: Promise<void> } => {
  let connect = (): void => undefined
  const connected = new Promise<void>((resolve) => {
    connect = resolve
  })
  const ended = new Promise<void>((resolve, reject) => {
    const request = get(`${url}/api/v1/workflow-runs/${runId}/stream`, { agent }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`A follower was answered ${response.statusCode}.`))
      connect()
      let rest = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        const at = now()
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) if (line.startsWith('id: ')) arrivals.push([Number(line.slice(4)), at])
      })
      response.on('end', resolve)
      response.on('error', reject)
    })
    request.on('error', reject)
  })
  return { connected, ended }
}

process.on('message', (order: Follow) => {
  const agent = new Agent({ maxSockets: Infinity })
  const arrivals: Seen['arrivals'] = []
  const streams = Array.from({ length: order.count }, () => follow(order, agent, arrivals))
  const all = async (): Promise<Seen> => {
    const ended = Promise.all(streams.map((stream) => stream.ended))
    await Promise.race([Promise.all(streams.map((stream) => stream.connected)), ended])
    const connectedAt = now()
    await ended
    return { connectedAt, arrivals }
  }
  all().then(
    (seen) => process.send?.(seen),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('SIGTERM', () => process.exit(0))
process.send?.({ ready: true })
