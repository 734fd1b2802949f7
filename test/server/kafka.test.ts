import { createHmac, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kafkaSettings, readConfig } from '../../server/config.ts'
import { certificatePath, readCertificate } from '../certificate.ts'
import { linear, startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'
import { startKafkaBroker, type KafkaBroker } from '../kafka-broker.ts'
import { startProcess } from '../process.ts'

/** KAFKA nodes, from the server's settings to the bytes that a broker gets. */

const SECRET = 'hunter22-secret'
const START = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { month: { type: 'string' }, pin: { type: 'string', format: 'password' } } } } }
const publishNode = (config: Json = {}, rest: Json = {}): Json => ({ identifier: 'publish', config: { type: 'KAFKA', payload: { month: '{{ .inputs.month }}', pin: '{{ .inputs.pin }}' }, ...config }, ...rest })

let broker: KafkaBroker
let server: TestServer
beforeAll(async () => {
  broker = await startKafkaBroker()
  server = await startTestServer({ KAFKA_BROKERS: broker.address, KAFKA_CLIENT_ID: 'errand-test', KAFKA_TOPIC: broker.topic })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await broker[Symbol.asyncDispose]()
})

test('a node publishes to the topic of the server, signed, waits for the report, and is shown without its secrets', async () => {
  await server.save(linear('invoices', [START, publishNode(), { identifier: 'after', config: { type: 'TRANSFORM', value: '{{ .outputs.publish }}' } }]))
  const { id, identifier } = await server.run('invoices', { month: '2026-01', pin: SECRET })
  const { activityRuns } = await server.until(id, ({ state }) => state === 'AWAITING_EXTERNAL')
  const node = activityRuns.find(({ stepId }) => stepId === 'publish')!

  expect(broker.records).toHaveLength(1)
  const { key, value, headers } = broker.records[0]!
  expect(key).toBe(identifier)
  expect(JSON.parse(value!)).toEqual({ context: { workflowRunId: identifier, nodeRunId: node.identifier }, payload: { month: '2026-01', pin: SECRET } })
  const { secret } = (await server.call('GET', '/api/v1/signing-secret')).body
  expect(headers['x-port-signature']).toBe(`v1,${createHmac('sha256', secret as string).update(`${headers['x-port-timestamp']}.${value}`).digest('base64')}`)
  expect(new Set(broker.clientIds)).toEqual(new Set(['errand-test']))
  expect(node.logs).toMatchObject([{ level: 'INFO', message: 'Published to errand.runs, partition 0, offset 0.' }])

  await server.call('PATCH', `/v1/workflows/nodes/runs/${node.identifier}`, { status: 'COMPLETED', result: 'SUCCESS', output: { booked: 7 } })
  expect((await server.settled(id)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { after: { booked: 7 } } })
  expect(JSON.stringify(await server.get(id))).not.toContain(SECRET)
})

test('a node that waits for nobody is done when Kafka has it, and takes no report', async () => {
  await server.save(linear('tells', [START, publishNode({ payload: ['a', 1], wait: false, key: 'k' })]))
  const { workflowRun, activityRuns } = await server.settled((await server.run('tells')).id)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { publish: { topic: 'errand.runs', partition: 0, offset: String(broker.records.length - 1) } } })
  const { key, value } = broker.records.at(-1)!
  expect([key, JSON.parse(value!).payload]).toEqual(['k', ['a', 1]])
  expect((await server.call('PATCH', `/v1/workflows/nodes/runs/${activityRuns.at(-1)!.identifier}`, { result: 'SUCCESS' })).status).toBe(409)
})

test('a topic that is not there fails the node, which is tried again where it says so', async () => {
  await server.save(linear('astray', [publishNode({ payload: {}, topic: 'no-such' }, { retry: { maxAttempts: 2, backoffMs: 0 } })]))
  const { workflowRun, activityRuns } = await server.settled((await server.run('astray')).id)
  expect(workflowRun.error).toMatchObject({ code: 'step_failed', stepId: 'publish', attempt: 2, message: 'The Kafka broker refused the message: UNKNOWN_TOPIC_OR_PARTITION.' })
  expect(activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)).toEqual(['trigger completed', 'publish failed', 'publish failed'])
})

test('a server that stops lets go of the broker', async () => {
  expect(broker.connections()).toBe(1)
  await server.server.stop()
  await expect.poll(() => broker.connections()).toBe(0)
})

test('a broker is spoken to by TLS, with a certificate of an authority of one’s own, and told who is there, as the settings say', async () => {
  const user = { name: 'errand', password: 'let me in', mechanism: 'SCRAM-SHA-512' } as const
  await using guarded = await startKafkaBroker({ tls: readCertificate(), user })
  const dataDir = tempDir()
  // Node reads that variable when it starts.
  const settings = { KAFKA_BROKERS: guarded.address, KAFKA_TOPIC: guarded.topic, KAFKA_SSL: 'on', KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: user.name, KAFKA_SASL_PASSWORD: user.password, NODE_EXTRA_CA_CERTS: certificatePath }
  try {
    await using process = await startProcess(dataDir, settings)
    await process.call('POST', '/api/v1/workflows', linear('guarded', [publishNode({ payload: { a: 1 }, wait: false })]))
    expect((await process.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'guarded' })).body).toMatchObject({ success: true, workflowRun: { outputs: { publish: { topic: guarded.topic, offset: '0' } } } })
    expect(guarded.records.map(({ value }) => JSON.parse(value!).payload as Json)).toEqual([{ a: 1 }])
    expect(JSON.stringify(process.log)).not.toContain(user.password)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** `KAFKA_TEST_BROKERS=host:9092 npx vitest run test/server/kafka.test.ts`; every other setting of it takes `TEST_` in the same place. */
const REAL = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (name.startsWith('KAFKA_TEST_') ? [[name.replace('_TEST', ''), value ?? '']] : [])))

test.skipIf(REAL.KAFKA_BROKERS === undefined)('a real broker keeps what a node publishes, for whoever reads it', async () => {
  const topic = `errand-test-${randomUUID()}`
  const { brokers, ssl, sasl } = kafkaSettings(readConfig(REAL))
  const client = new Kafka({ brokers: [...brokers], ssl, ...(sasl && { sasl: sasl as SASLOptions }), logLevel: logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  const consumer = client.consumer({ groupId: topic })
  try {
    await using real = await startTestServer({ ...REAL, KAFKA_TOPIC: topic })
    await real.save(linear('real', [START, publishNode({ wait: false })]))
    const { id, identifier } = await real.run('real', { month: '2026-01', pin: 'x' })
    expect((await real.settled(id)).workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { publish: { topic, partition: 0, offset: '0' } } })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const value = await new Promise<string>((resolve) => void consumer.run({ eachMessage: async ({ message }) => resolve(message.value!.toString()) }))
    expect(JSON.parse(value)).toMatchObject({ context: { workflowRunId: identifier }, payload: { month: '2026-01' } })
  } finally {
    await consumer.disconnect()
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
  }
})
