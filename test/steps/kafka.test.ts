import { expect, test } from 'vitest'
import { problem } from '../../runner/model/problem.ts'
import type { StepContext } from '../../steps/lib/step.ts'
import kafka from '../../steps/integrations/kafka.ts'
import { fakeContext, faultsOf, problemOf } from '../fake-context.ts'

type Message = Parameters<StepContext['publish']>[0]

/** What the step hands to Kafka, what it logs, and what it comes to. */
const run = async (config: unknown) => {
  const messages: Message[] = []
  const logs: string[] = []
  const publish: StepContext['publish'] = async (message) => {
    messages.push(message)
    return { topic: message.topic ?? 'standard', partition: 2, offset: '41' }
  }
  const result = await kafka.run(fakeContext({ publish, log: (level, text) => void logs.push(`${level} ${text}`) }), kafka.config.parse(config))
  return { message: messages[0]!, result, logs }
}

test('publishes which node it is and what it is to do, signed, and waits for the report, but never for ever', async () => {
  const { message, result, logs } = await run({ payload: { invoice: 7 }, topic: 'invoices', key: 7 })
  expect(JSON.parse(message.value)).toEqual({ context: { workflowRunId: 'wfr_1', nodeRunId: 'wfnr_1' }, payload: { invoice: 7 } })
  expect(message).toMatchObject({ topic: 'invoices', key: '7', headers: { 'x-port-timestamp': '1767323045', 'x-port-signature': `v1,signed(1767323045.${message.value})` } })
  expect(result).toEqual({ type: 'wait', wait: { type: 'external', timeoutMs: 86_400_000 } })
  expect(logs).toEqual(['INFO Published to invoices, partition 2, offset 41.'])
})

test('leaves the topic to the server and the order to the run where it is told neither', async () => {
  const { message } = await run({ payload: [1, 2] })
  expect(message).toMatchObject({ key: 'wfr_1' })
  expect(message.topic).toBeUndefined()
})

test('is done when Kafka has it, where nobody is to report', async () => {
  expect((await run({ payload: {}, wait: false })).result).toEqual({ type: 'done', output: { topic: 'standard', partition: 2, offset: '41' } })
})

test('puts out what is reported, and fails with what whoever read it says', async () => {
  const config = kafka.config.parse({ payload: {} })
  expect(await kafka.resume!(fakeContext(), config, { type: 'external', result: 'SUCCESS', output: { a: 1 }, message: null })).toEqual({ type: 'done', output: { a: 1 } })
  expect(await problemOf(() => kafka.resume!(fakeContext(), config, { type: 'external', result: 'FAILED', output: null, message: 'no' }))).toMatchObject({ code: 'step_failed', message: 'no' })
  expect(await problemOf(() => kafka.resume!(fakeContext(), config, { type: 'expired' }))).toMatchObject({ code: 'external_timeout' })
  expect(await kafka.resume!(fakeContext(), kafka.config.parse({ payload: {}, onTimeout: 'continue' }), { type: 'expired' })).toEqual({ type: 'done', output: { timeout: true } })
})

test('fails as publishing does', async () => {
  const publish = () => Promise.reject(problem('step_failed', 'No broker.'))
  expect(await problemOf(() => kafka.run(fakeContext({ publish }), kafka.config.parse({ payload: {} })))).toMatchObject({ message: 'No broker.' })
})

test.each([
  [{}, 'payload'],
  [{ payload: 'text' }, 'payload'],
  [{ payload: {}, topic: 'two words' }, 'topic'],
  [{ payload: {}, key: '' }, 'key'],
  [{ payload: {}, timeoutMs: 0 }, 'timeoutMs'],
])('refuses %j', (given, field) => {
  expect(faultsOf(kafka.config, given)).toEqual([expect.stringMatching(new RegExp(`^${field}: `))])
})
