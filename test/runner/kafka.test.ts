import { afterEach, describe, expect, test } from 'vitest'
import { createPublisher, type KafkaSettings, type Publisher } from '../../runner/kafka.ts'
import { readCertificate } from '../certificate.ts'
import { startKafkaBroker, type BrokerHabits, type KafkaBroker } from '../kafka-broker.ts'

/** What is published, over the wire, to a broker of these or those habits; and that nothing stays open. */

const started: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (let stop = started.pop(); stop; stop = started.pop()) await stop()
})

const startBroker = async (habits?: BrokerHabits): Promise<KafkaBroker> => {
  const broker = await startKafkaBroker(habits)
  started.push(async () => broker[Symbol.asyncDispose]())
  return broker
}
const publisherTo = (address: string | null, settings: Partial<KafkaSettings> = {}): Publisher => {
  const publisher = createPublisher({ brokers: address === null ? [] : [address], clientId: 'errand-test', topic: 'errand.runs', ssl: false, sasl: null, ...settings })
  started.push(() => publisher.close())
  return publisher
}
const publish = (publisher: Publisher, topic?: string, { timeoutMs = 10_000, signal = new AbortController().signal } = {}) =>
  publisher.publish({ topic, key: 'k', value: 'ünï', headers: { a: 'b' } }, { timeoutMs, signal })
const refusal = async (work: Promise<unknown>) => work.then(() => expect.fail('It was expected to fail.'), (error: unknown) => error)

test('a message comes whole, under the name of the server, and says where it is', async () => {
  const broker = await startBroker()
  expect(await publish(publisherTo(broker.address))).toEqual({ topic: 'errand.runs', partition: 0, offset: '0' })
  expect(broker.records).toEqual([{ key: 'k', value: 'ünï', headers: { a: 'b' } }])
  expect(new Set(broker.clientIds)).toEqual(new Set(['errand-test']))
})

test('many at once share a connection', async () => {
  const broker = await startBroker()
  const publisher = publisherTo(broker.address)
  const published = await Promise.all(Array.from({ length: 20 }, () => publish(publisher)))
  expect(published.map(({ offset }) => Number(offset)).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index))
  expect(broker.connections()).toBe(1)
})

describe.each([['PLAIN', 'plain'], ['SCRAM-SHA-256', 'scram-sha-256'], ['SCRAM-SHA-512', 'scram-sha-512']] as const)('a broker that wants to know who it is, by %s', (mechanism, setting) => {
  // SCRAM has a spelling of its own for these signs.
  const user = { name: 'errand,a=1', password: 'let me in', mechanism }
  const as = (password: string, by: NonNullable<KafkaSettings['sasl']>['mechanism'] = setting): Partial<KafkaSettings> => ({ sasl: { mechanism: by, username: user.name, password } })
  const refused = { code: 'step_failed', retryable: false, message: expect.stringContaining('does not accept the credentials') }

  test('takes the right password', async () => {
    const broker = await startBroker({ user })
    expect(await publish(publisherTo(broker.address, as(user.password)))).toMatchObject({ offset: '0' })
  })

  test('takes no wrong one, which is told and not tried again', async () => {
    const broker = await startBroker({ user })
    expect(await refusal(publish(publisherTo(broker.address, as('wrong'))))).toMatchObject(refused)
    expect(broker.records).toEqual([])
  })

  test('takes it in no other way', async () => {
    const broker = await startBroker({ user })
    const other = setting === 'plain' ? 'scram-sha-512' : 'plain'
    expect(await refusal(publish(publisherTo(broker.address, as(user.password, other))))).toMatchObject({ ...refused, message: expect.stringContaining('(KAFKA_SASL_MECHANISM)') })
  })
})

describe('a broker that speaks TLS', () => {
  test('with a certificate that nobody vouches for is not spoken to', async () => {
    const broker = await startBroker({ tls: readCertificate() })
    expect(await refusal(publish(publisherTo(broker.address, { ssl: true })))).toMatchObject({ code: 'step_failed', message: 'No Kafka broker could be reached (DEPTH_ZERO_SELF_SIGNED_CERT).' })
    expect(broker.clientIds).toEqual([])
  })

  test('does not understand who does not', async () => {
    const broker = await startBroker({ tls: readCertificate() })
    expect(await refusal(publish(publisherTo(broker.address), undefined, { timeoutMs: 3_000 }))).toMatchObject({ message: expect.stringMatching(/^No Kafka broker/) })
  })

  test('is not looked for where there is none', async () => {
    const broker = await startBroker()
    expect(await refusal(publish(publisherTo(broker.address, { ssl: true }), undefined, { timeoutMs: 3_000 }))).toMatchObject({ message: expect.stringMatching(/^No Kafka broker/) })
    expect(broker.records).toEqual([])
  })
})

test.each([
  [10, 'MESSAGE_TOO_LARGE', false],
  [29, 'TOPIC_AUTHORIZATION_FAILED', false],
  [19, 'NOT_ENOUGH_REPLICAS', true],
])('a message that it refuses with %i fails as %s', async (refuses, type, retryable) => {
  const broker = await startBroker({ refuses })
  expect(await refusal(publish(publisherTo(broker.address)))).toMatchObject({ code: 'step_failed', message: `The Kafka broker refused the message: ${type}.`, retryable })
})

test('a topic that is not there is told, and the next message goes through', async () => {
  const broker = await startBroker()
  const publisher = publisherTo(broker.address)
  expect(await refusal(publish(publisher, 'no-such'))).toMatchObject({ code: 'step_failed', message: 'The Kafka broker refused the message: UNKNOWN_TOPIC_OR_PARTITION.' })
  expect(await publish(publisher)).toMatchObject({ offset: '0' })
})

describe('a broker that never answers', () => {
  test('costs the time that there is and no more', async () => {
    const broker = await startBroker({ mute: true })
    const began = performance.now()
    expect(await refusal(publish(publisherTo(broker.address), undefined, { timeoutMs: 300 }))).toMatchObject({ code: 'step_timeout', message: 'No Kafka broker took the message within 300 ms.' })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('is given up on when the run is cancelled', async () => {
    const broker = await startBroker({ mute: true })
    const stopped = new AbortController()
    const work = refusal(publish(publisherTo(broker.address), undefined, { signal: stopped.signal }))
    await expect.poll(() => broker.connections()).toBe(1)
    stopped.abort('cancel')
    expect(await work).toBe('cancel')
  })

  test('does not keep the server from stopping: no connection stays open', async () => {
    const broker = await startBroker({ mute: true })
    const publisher = publisherTo(broker.address)
    await refusal(publish(publisher, undefined, { timeoutMs: 100 }))
    await publisher.close()
    await expect.poll(() => broker.connections()).toBe(0)
  })
})

test('a broker that is not there is told without its address, and found when it is there', async () => {
  const gone = await startKafkaBroker()
  await gone[Symbol.asyncDispose]()
  const publisher = publisherTo(gone.address)
  const found = await refusal(publish(publisher))
  expect(found).toMatchObject({ code: 'step_failed', retryable: true, message: 'No Kafka broker could be reached (ECONNREFUSED).' })
  const back = await startBroker({ port: Number(gone.address.split(':')[1]) })
  expect(await publish(publisher)).toMatchObject({ offset: '0' })
  expect(back.records).toHaveLength(1)
})

test('a broker that was lost is connected to again', async () => {
  const first = await startKafkaBroker()
  const publisher = publisherTo(first.address)
  await publish(publisher)
  await first[Symbol.asyncDispose]()
  const second = await startBroker({ port: Number(first.address.split(':')[1]) })
  // The first message after that may be what finds out.
  await expect.poll(() => publish(publisher).then(() => second.records.length, () => 0), { timeout: 20_000 }).toBeGreaterThan(0)
})

test('without a broker, or a topic, it says which setting is missing', async () => {
  expect(await refusal(publish(publisherTo(null)))).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringContaining('KAFKA_BROKERS is not set') })
  expect(await refusal(publish(publisherTo('127.0.0.1:1', { topic: undefined })))).toMatchObject({ code: 'step_failed', retryable: false, message: expect.stringContaining('KAFKA_TOPIC') })
})
