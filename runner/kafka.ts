import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Kafka, logLevel, Partitioners, type ISocketFactory, type Producer, type SASLOptions } from 'kafkajs'
import { roughMs } from '../steps/lib/rough-ms.ts'
import type { Published, StepContext } from '../steps/lib/step.ts'
import { within, type Limits } from '../steps/lib/within.ts'
import { Problem, problem } from './model/problem.ts'

/** Which brokers messages go to. `topic`: where they go when a node names none. */
export type KafkaSettings = {
  brokers: readonly string[]
  clientId: string
  topic: string | undefined
  ssl: boolean
  sasl: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | null
}

export type Publisher = {
  /**
   * Hands a message to Kafka; resolves when all replicas in sync have it. One that is given up on may still arrive.
   * @throws Problem `step_failed` when no broker is configured or reached, or the broker refuses it; `step_timeout` when none answers in time
   */
  publish(message: Parameters<StepContext['publish']>[0], limits: Limits): Promise<Published>
  /** Closes every connection. Nothing is published any more. */
  close(): Promise<void>
}

/** A few tries in quick succession, for a leader that moves; more are up to the node's `retry`. */
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 }
const CONNECTION_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
/** How long an orderly goodbye to the brokers may take. */
const CLOSE_MS = 2_000

/** What Kafka's client says of a failure, at the bottom of it: it wraps what it has tried again in vain. */
type ClientError = Error & { type?: unknown; code?: unknown; retriable?: unknown }

const rootOf = (error: unknown): ClientError => {
  if (!(error instanceof Error)) return new Error(String(error))
  return error.name === 'KafkaJSNumberOfRetriesExceeded' && error.cause instanceof Error ? rootOf(error.cause) : error
}

/** Whether the connection is no good any more, rather than the message. */
const isLost = (error: unknown): boolean => !(error instanceof Problem) && typeof rootOf(error).type !== 'string'

/** Brokers are the operator's affair: their addresses are not for whoever wrote the workflow. */
const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  const cause = rootOf(error)
  const { name, type, code, retriable } = cause
  if (name === 'KafkaJSSASLAuthenticationError') return problem('step_failed', 'The Kafka broker does not accept the credentials that the server has for it (KAFKA_SASL_USERNAME).', { retryable: false, cause })
  if (type === 'UNSUPPORTED_SASL_MECHANISM' || type === 'ILLEGAL_SASL_STATE') return problem('step_failed', 'The Kafka broker does not ask who the server is in the way that the server says it (KAFKA_SASL_MECHANISM).', { retryable: false, cause })
  if (typeof type === 'string') return problem('step_failed', `The Kafka broker refused the message: ${type}.`, { retryable: retriable === true, cause })
  const how = typeof code === 'string' ? ` (${code})` : ''
  return problem('step_failed', `No Kafka broker could be reached${how}.`, { retryable: true, cause })
}

/** Sockets that are known here, so that none of them outlives the server, whatever it waits for. */
const createSockets = () => {
  const open = new Set<Socket>()
  let isClosed = false
  const factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (isClosed) throw new Error('The server stops.')
    // A name goes along for certificates (SNI); an address may not.
    const socket = ssl ? connectTls({ host, port, ...(/[a-z]/i.test(host) && !host.includes(':') ? { servername: host } : {}), ...ssl }, onConnect) : connectPlain({ host, port }, onConnect)
    socket.setKeepAlive(true, 60_000)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    return socket
  }
  return {
    factory,
    close: (): void => {
      isClosed = true
      for (const socket of open) socket.destroy()
    },
  }
}

/** The connection is made by the first message; what is lost is made anew by the next. */
export const createPublisher = ({ brokers, clientId, topic: standard, ssl, sasl }: KafkaSettings): Publisher => {
  const sockets = createSockets()
  let current: { producer: Producer; connected: Promise<void> } | null = null

  const connect = (): NonNullable<typeof current> => {
    const client = new Kafka({
      brokers: [...brokers],
      clientId,
      ssl,
      ...(sasl ? { sasl: sasl as SASLOptions } : {}),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: RETRY,
      // What goes wrong is told by the node that it goes wrong for.
      logLevel: logLevel.NOTHING,
      socketFactory: sockets.factory,
    })
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, retry: RETRY })
    const connected = producer.connect()
    connected.catch(() => undefined)
    return { producer, connected }
  }
  const discard = (lost: typeof current): void => {
    if (current === lost) current = null
    lost?.producer.disconnect().catch(() => undefined)
  }

  return {
    publish: async ({ topic = standard, key, value, headers }, limits) => {
      if (brokers.length === 0) throw problem('step_failed', 'The server has no Kafka broker to publish to: KAFKA_BROKERS is not set.', { retryable: false })
      if (topic === undefined) throw problem('step_failed', 'The message has no topic: give the node one, or the server KAFKA_TOPIC.', { retryable: false })
      const used = (current ??= connect())
      const send = async (): Promise<Published> => {
        await used.connected
        const [sent] = await used.producer.send({ topic, acks: -1, messages: [{ key, value, headers }] })
        return { topic, partition: sent?.partition ?? 0, offset: sent?.baseOffset ?? sent?.offset ?? '0' }
      }
      try {
        return await within(send(), limits, () => {
          discard(used)
          throw problem('step_timeout', `No Kafka broker took the message within ${roughMs(limits.timeoutMs)} ms.`)
        })
      } catch (error) {
        if (!limits.signal.aborted && isLost(error)) discard(used)
        limits.signal.throwIfAborted()
        throw toProblem(error)
      }
    },
    close: async () => {
      const goodbye = current?.producer.disconnect().catch(() => undefined)
      current = null
      if (goodbye) await within(goodbye, { signal: new AbortController().signal, timeoutMs: CLOSE_MS }, () => undefined)
      sockets.close()
    },
  }
}
