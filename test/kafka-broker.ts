import { createServer as createPlainServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { int16, int32, int64, int8, list, reader, readBatch, sized, string, type KafkaRecord } from './kafka-wire.ts'
import { createScram } from './scram.ts'

/** A broker with one topic of one partition, that speaks as much of Kafka's protocol as a producer needs, and shows what it was given. */

export type KafkaBroker = AsyncDisposable & {
  /** `host:port` */
  address: string
  topic: string
  records: KafkaRecord[]
  /** Who the connections said they were, in order. */
  clientIds: string[]
  connections(): number
}

export type BrokerHabits = {
  /** A free one when not given. */
  port?: number
  /** Takes connections and never says anything. */
  mute?: boolean
  /** Answers every message with this error code. @see https://kafka.apache.org/protocol#protocol_error_codes */
  refuses?: number
  /** Takes only who shows that they are this, by that SASL mechanism. */
  user?: { name: string; password: string; mechanism?: Mechanism }
  /** Speaks TLS only. */
  tls?: { key: Buffer; cert: Buffer }
}

type Mechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** What `talk` gives back is said to the client; it throws when the client is not who it says. */
type Client = { isKnown: boolean; talk(given: string): string }

const PRODUCE = 0
const METADATA = 3
const SASL_HANDSHAKE = 17
const API_VERSIONS = 18
const SASL_AUTHENTICATE = 36

/** What is spoken, and in which version. */
const SPOKEN: [api: number, version: number][] = [
  [PRODUCE, 3],
  [METADATA, 1],
  [SASL_HANDSHAKE, 1],
  [API_VERSIONS, 0],
  [SASL_AUTHENTICATE, 0],
]

const NO_ERROR = 0
const UNKNOWN_TOPIC = 3
const UNSUPPORTED_VERSION = 35
const UNSUPPORTED_MECHANISM = 33
const SASL_FAILED = 58

const versions = (error: number): Buffer => Buffer.concat([int16(error), list(SPOKEN.map(([api, version]) => Buffer.concat([int16(api), int16(version), int16(version)])))])

export const startKafkaBroker = async ({ port: wanted = 0, mute = false, refuses = NO_ERROR, user, tls }: BrokerHabits = {}): Promise<KafkaBroker> => {
  const topic = 'errand.runs'
  const records: KafkaRecord[] = []
  const clientIds: string[] = []
  const sockets = new Set<Socket>()
  let port = 0

  const metadata = (names: (string | null)[]): Buffer => {
    const broker = Buffer.concat([int32(1), string('127.0.0.1'), int32(port), string(null)])
    const partition = Buffer.concat([int16(NO_ERROR), int32(0), int32(1), list([int32(1)]), list([int32(1)])])
    const topics = names.map((name) => (name === topic ? Buffer.concat([int16(NO_ERROR), string(name), int8(0), list([partition])]) : Buffer.concat([int16(UNKNOWN_TOPIC), string(name), int8(0), list([])])))
    return Buffer.concat([list([broker]), int32(1), list(topics)])
  }

  const produce = (body: ReturnType<typeof reader>): Buffer => {
    body.string() // transaction
    if (body.int16() !== -1) throw new Error('The producer does not wait for all replicas.')
    body.int32() // timeout
    const answered = body.list(() => {
      const name = body.string()
      const partitions = body.list(() => {
        const partition = body.int32()
        const offset = BigInt(records.length)
        const batch = readBatch(body.bytes())
        if (refuses === NO_ERROR) records.push(...batch)
        return Buffer.concat([int32(partition), int16(refuses), int64(offset), int64(-1n)])
      })
      return Buffer.concat([string(name), list(partitions)])
    })
    return Buffer.concat([list(answered), int32(0)])
  }

  const newClient = (): Client => {
    if (!user) return { isKnown: true, talk: () => '' }
    const { name, password, mechanism = 'PLAIN' } = user
    const scram = mechanism === 'PLAIN' ? null : createScram(mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512', user)
    const client: Client = {
      isKnown: false,
      talk: (given) => {
        const said = scram?.answer(given) ?? ''
        if (!scram && given !== `\0${name}\0${password}`) throw new Error('Authentication failed')
        client.isKnown = scram?.isDone() ?? true
        return said
      },
    }
    return client
  }

  const handshake = (mechanism: string | null): Buffer => {
    const taken = user?.mechanism ?? 'PLAIN'
    return Buffer.concat([int16(mechanism === taken ? NO_ERROR : UNSUPPORTED_MECHANISM), list([string(taken)])])
  }

  const authenticate = (given: Buffer, client: Client): Buffer => {
    try {
      const said = client.talk(given.toString('utf8'))
      return Buffer.concat([int16(NO_ERROR), string(null), sized(Buffer.from(said))])
    } catch (error) {
      return Buffer.concat([int16(SASL_FAILED), string((error as Error).message), sized(Buffer.alloc(0))])
    }
  }

  const answer = (request: Buffer, client: Client): Buffer => {
    const body = reader(request)
    const [api, version, correlation] = [body.int16(), body.int16(), body.int32()]
    clientIds.push(body.string() ?? '')
    const say = (...parts: Buffer[]): Buffer => Buffer.concat([int32(correlation), ...parts])
    if (!SPOKEN.some(([known, spoken]) => known === api && spoken === version)) return say(versions(UNSUPPORTED_VERSION))
    switch (api) {
      case API_VERSIONS:
        return say(versions(NO_ERROR))
      case SASL_HANDSHAKE:
        return say(handshake(body.string()))
      case SASL_AUTHENTICATE:
        return say(authenticate(body.bytes(), client))
    }
    if (!client.isKnown) throw new Error('Nobody knows who that is.')
    switch (api) {
      case METADATA:
        return say(metadata(body.list(body.string)))
      default:
        return say(produce(body))
    }
  }

  const serve = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    const client = newClient()
    let seen = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      if (mute) return
      seen = Buffer.concat([seen, chunk])
      while (seen.length >= 4 && seen.length >= 4 + seen.readInt32BE()) {
        const end = 4 + seen.readInt32BE()
        const said = answer(seen.subarray(4, end), client)
        seen = seen.subarray(end)
        socket.write(Buffer.concat([int32(said.length), said]))
      }
    })
  }
  const server = tls ? createTlsServer(tls, serve) : createPlainServer(serve)
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  return {
    address: `127.0.0.1:${port}`,
    topic,
    records,
    clientIds,
    connections: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
