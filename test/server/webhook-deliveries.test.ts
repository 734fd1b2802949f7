import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DELIVERIES } from '../../db/webhooks.ts'
import { redeliverAfterMs, restUntil } from '../../runner/model/webhook.ts'
import { createClock } from '../../server/clock.ts'
import { attemptDelivery } from '../../server/webhook-attempt.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { startReceiver, verified, type Receiver } from '../receiver.ts'
import { openRestarts } from '../restarts.ts'

/** Receivers as they are: down, slow, gone, elsewhere, endless. What becomes of a delivery never changes a run. */

const EVENTS = ['workflow_run.started', 'workflow_run.completed']
const HOUR = 3_600_000
const KILL_BEFORE = fileURLToPath(new URL('../kill-before.cjs', import.meta.url))

/** The server's clock goes on by hand. */
let shift = 0
const clock = { ...createClock(), now: () => Date.now() + shift }
const advance = (ms: number): void => {
  shift += ms
  server.server.services.followers.wake(DELIVERIES)
}

let server: TestServer
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startTestServer({}, { clock })
  await server.save(linear('quick', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

let count = 0
const listen = async (events = EVENTS) => {
  const path = `/bad/${++count}`
  const { body } = await server.call('POST', '/api/v1/webhooks', { url: receiver.url + path, events })
  const hook = `/api/v1/webhooks/${body.webhook.id}`
  return {
    path,
    secret: body.secret as string,
    call: (method: string, at: string, given?: Json) => server.call(method, hook + at, given),
    /** Oldest first. */
    deliveries: async (): Promise<Json[]> => (await server.call('GET', `${hook}/deliveries?limit=100`)).body.deliveries.reverse(),
    end: () => server.call('DELETE', hook),
  }
}
type Hook = Awaited<ReturnType<typeof listen>>
const run = async (): Promise<Json> => (await server.call('POST', '/api/v1/workflow-runs/execute', { workflowId: 'quick' })).body.workflowRun
const statuses = async ({ deliveries }: Hook) => (await deliveries()).map(({ status }) => status as string)
const summary = async ({ deliveries }: Hook) => (await deliveries()).map(({ status, attemptCount }) => `${status} ${attemptCount}`)

describe('a receiver that is down', () => {
  test('is tried again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h, a little later each, and then no more', () => {
    const [least, most] = [0, 0.999_999].map((random) => Array.from({ length: 10 }, (_, failures) => redeliverAfterMs(failures + 1, random)))
    expect(least).toEqual([5_000, 300_000, 1_800_000, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR, null])
    for (const [index, wait] of least!.entries()) if (wait !== null) expect(most![index]! / wait).toBeCloseTo(1.2, 3)
  })

  test('gets everything after a day, each run in order, the runs untouched by it', async () => {
    const hook = await listen()
    receiver.answer(hook.path, 503)
    const runs = [await run(), await run()]
    for (const each of runs) expect(each.state).toBe('COMPLETED')
    await expect.poll(() => summary(hook)).toEqual(['pending 1', 'pending 0', 'pending 1', 'pending 0'])
    for (let attempts = 2; attempts <= 5; attempts++) {
      const [first, second] = await hook.deliveries()
      expect(second!.nextAttemptAt).toBeNull()
      advance(Date.parse(first!.nextAttemptAt as string) - clock.now() + HOUR)
      await expect.poll(() => summary(hook)).toEqual([`pending ${attempts}`, 'pending 0', `pending ${attempts}`, 'pending 0'])
    }
    expect((await hook.deliveries())[0]!.attempts).toMatchObject(Array.from({ length: 5 }, () => ({ statusCode: 503, error: null })))
    receiver.answer(hook.path, 200)
    advance(24 * HOUR)
    await expect.poll(() => statuses(hook)).toEqual(['delivered', 'delivered', 'delivered', 'delivered'])
    for (const { id } of runs) {
      const heard = receiver.at(hook.path).filter(({ body }) => body.data.object.id === id)
      expect(heard.map(({ body }) => body.type)).toEqual([...Array.from({ length: 6 }, () => 'workflow_run.started'), 'workflow_run.completed'])
      // Each time the same message, signed anew.
      expect(new Set(heard.map((one) => one.id)).size).toBe(2)
      expect(new Set(heard.map(({ headers }) => headers['webhook-timestamp'])).size).toBeGreaterThan(4)
      expect((await server.get(id as string)).workflowRun).toMatchObject({ state: 'COMPLETED', error: null })
    }
    await hook.end()
  })

  test('has failed after ten attempts; what has failed is sent again by hand, one or all since a time', async () => {
    const hook = await listen(['workflow_run.completed'])
    receiver.answer(hook.path, 500)
    await run()
    await run()
    const since = new Date(clock.now()).toISOString()
    await run()
    for (let attempts = 1; attempts < 10; attempts++) {
      await expect.poll(() => summary(hook)).toEqual(Array.from({ length: 3 }, () => `pending ${attempts}`))
      advance(30 * HOUR)
    }
    await expect.poll(() => summary(hook)).toEqual(['failed 10', 'failed 10', 'failed 10'])
    advance(30 * HOUR)
    receiver.answer(hook.path, 200)
    const [first] = await hook.deliveries()
    expect(await hook.call('POST', `/deliveries/${first!.id}/redeliver`)).toMatchObject({ status: 202, body: { delivery: { status: 'pending', attemptCount: 0 } } })
    await expect.poll(() => statuses(hook)).toEqual(['delivered', 'failed', 'failed'])
    expect((await hook.call('POST', '/redeliver-failed', { since })).body).toEqual({ count: 1 })
    await expect.poll(() => statuses(hook)).toEqual(['delivered', 'failed', 'delivered'])
    expect((await hook.call('POST', '/redeliver-failed', { since: '2026-01-01' })).body).toEqual({ count: 1 })
    await expect.poll(() => statuses(hook)).toEqual(['delivered', 'delivered', 'delivered'])
    // What was delivered is sent again, too, when somebody asks for it.
    const before = receiver.at(hook.path).length
    await hook.call('POST', `/deliveries/${first!.id}/redeliver`)
    const [again] = (await receiver.until(hook.path, before + 1)).slice(-1)
    expect(again!.id).toBe(first!.eventId)
    expect((await hook.call('POST', '/redeliver-failed', { since: 'yesterday' })).status).toBe(400)
    expect((await hook.call('POST', `/deliveries/${again!.body.data.object.id}/redeliver`)).status).toBe(404)
    await hook.end()
  })

  test('one that is on its way is sent once more, whatever comes of that', async () => {
    const hook = await listen()
    const held: ServerResponse[] = []
    receiver.answer(hook.path, (response) => held.push(response))
    await run()
    await receiver.until(hook.path, 1)
    const [first] = await hook.deliveries()
    const ask = async () => expect((await hook.call('POST', `/deliveries/${first!.id}/redeliver`)).status).toBe(202)
    // Twice while it is on its way is once.
    await ask()
    await ask()
    held.shift()!.writeHead(204).end()
    await receiver.until(hook.path, 2)
    expect(await summary(hook)).toEqual(['pending 0', 'pending 0'])
    await ask()
    held.shift()!.writeHead(500).end()
    // At once, and not after the five seconds of a retry.
    await receiver.until(hook.path, 3)
    receiver.answer(hook.path, 204)
    held.shift()!.writeHead(204).end()
    await expect.poll(() => summary(hook)).toEqual(['delivered 1', 'delivered 1'])
    expect((await hook.deliveries())[0]!.attempts.map(({ statusCode }: Json) => statusCode as number)).toEqual([204, 500, 204])
    expect(receiver.at(hook.path).map(({ id }) => id === first!.eventId)).toEqual([true, true, true, false])
    await hook.end()
  })

  test('one that waits for its next attempt is tried at once when somebody asks for it', async () => {
    const hook = await listen(['workflow_run.completed'])
    receiver.answer(hook.path, 500)
    await run()
    await expect.poll(() => summary(hook)).toEqual(['pending 1'])
    receiver.answer(hook.path, 200)
    const [only] = await hook.deliveries()
    await hook.call('POST', `/deliveries/${only!.id}/redeliver`)
    await expect.poll(() => statuses(hook)).toEqual(['delivered'])
    await hook.end()
  })
})

describe('a receiver that answers', () => {
  test('410 is told nothing more, until it is enabled again', async () => {
    const hook = await listen()
    const held: ServerResponse[] = []
    receiver.answer(hook.path, (response) => held.push(response))
    await run()
    await receiver.until(hook.path, 1)
    await expect.poll(() => statuses(hook)).toEqual(['pending', 'pending'])
    for (const response of held) response.writeHead(410).end()
    await expect.poll(() => statuses(hook)).toEqual(['failed', 'failed'])
    expect((await hook.call('GET', '')).body.webhook).toMatchObject({ enabled: false, disabledReason: 'gone' })
    receiver.answer(hook.path, 410)
    await run()
    expect((await hook.call('POST', '/ping')).status).toBe(409)
    expect((await hook.call('POST', '/redeliver-failed', { since: '2026-01-01' })).status).toBe(409)
    expect(receiver.at(hook.path)).toHaveLength(1)
    receiver.answer(hook.path, 200)
    expect((await hook.call('PATCH', '', { enabled: true })).body.webhook).toMatchObject({ enabled: true, disabledReason: null })
    await run()
    await expect.poll(() => statuses(hook)).toEqual(['failed', 'failed', 'delivered', 'delivered'])
    await hook.end()
  })

  test.each([
    ['429', '600', () => clock.now() + 600_000],
    ['503', new Date(Date.now() + 900_000).toUTCString(), (asked: string) => Date.parse(asked)],
  ])('%s with Retry-After %s is told nothing until then, but what somebody sends by hand', async (status, asked, until) => {
    const hook = await listen(['workflow_run.completed'])
    const held: ServerResponse[] = []
    receiver.answer(hook.path, (response) => held.push(response))
    for (let i = 0; i < 12; i++) await run()
    await receiver.until(hook.path, 10)
    const retryAfter = asked === '600' ? asked : new Date(Date.parse(asked) + shift).toUTCString()
    const wanted = until(retryAfter)
    receiver.answer(hook.path, (response) => response.writeHead(Number(status), { 'retry-after': retryAfter }).end())
    for (const response of held) response.writeHead(Number(status), { 'retry-after': retryAfter }).end()
    // Those that were not tried yet, too.
    await expect.poll(async () => new Set((await hook.deliveries()).map(({ attemptCount, nextAttemptAt }) => `${attemptCount > 0} ${Math.abs(Date.parse(nextAttemptAt as string) - wanted) < 10_000}`))).toEqual(new Set(['true true', 'false true']))
    const called = receiver.at(hook.path).length
    expect(called).toBeLessThan(12)
    receiver.answer(hook.path, 200)
    const [first] = await hook.deliveries()
    await hook.call('POST', `/deliveries/${first!.id}/redeliver`)
    await receiver.until(hook.path, called + 1)
    advance(wanted - clock.now() + 10_000)
    await expect.poll(() => statuses(hook)).toEqual(Array.from({ length: 12 }, () => 'delivered'))
    await hook.end()
  })

  test('429 each time has all fail in the end: what waited through ten attempts at another fails with it', async () => {
    const hook = await listen()
    receiver.answer(hook.path, (response) => response.writeHead(429, { 'retry-after': '3600' }).end())
    await run()
    await run()
    const attempts = async () => (await hook.deliveries()).flatMap((one) => one.attempts as Json[]).filter(({ statusCode }) => statusCode === 429).length
    // All wait: for the hour, or for what comes before them.
    await expect.poll(async () => (await hook.deliveries()).map(({ nextAttemptAt }) => nextAttemptAt === null || Date.parse(nextAttemptAt as string) > clock.now() + HOUR / 2)).toEqual([true, true, true, true])
    const [first] = await hook.deliveries()
    let made = await attempts()
    await hook.call('POST', `/deliveries/${first!.id}/redeliver`)
    // Each time one is tried, and the others wait for another hour.
    for (; !(await statuses(hook)).includes('failed'); advance(30 * HOUR)) await expect.poll(attempts, { interval: 10 }).toBe(++made)
    await run()
    await expect.poll(async () => (await statuses(hook)).length).toBe(6)
    const [tried, ...others] = await hook.deliveries()
    expect(tried).toMatchObject({ status: 'failed', attemptCount: 10 })
    expect(others.map(({ status }) => status as string)).toEqual(['failed', 'failed', 'failed', 'pending', 'pending'])
    for (const other of others.slice(0, 3)) {
      expect(other.attemptCount).toBeLessThan(10)
      expect((other.attempts as Json[]).at(-1)).toMatchObject({ statusCode: null, error: expect.stringContaining('asked to be left alone each time') })
    }
    // What came later has its own attempts; what has failed can be sent again.
    receiver.answer(hook.path, 200)
    expect((await hook.call('POST', '/redeliver-failed', { since: '2026-01-01' })).body).toEqual({ count: 4 })
    advance(2 * HOUR)
    await expect.poll(() => statuses(hook)).toEqual(Array.from({ length: 6 }, () => 'delivered'))
    await hook.end()
  })

  test('with a Retry-After that makes no sense, or with another status, is tried again as ever; for more than an hour nobody is left alone', () => {
    const at = Date.parse('2026-01-05T08:00:00.250Z')
    const after = (text: string | undefined, status = 429) => {
      const until = restUntil(status, text, at)
      return until === null ? null : new Date(until).toISOString().slice(11, 19)
    }
    expect([after('120'), after(' 2 '), after('Mon, 05 Jan 2026 08:01:00 GMT')]).toEqual(['08:02:01', '08:00:03', '08:01:00'])
    expect([after('86400'), after('9'.repeat(400)), after('Tue, 06 Jan 2026 08:00:00 GMT')]).toEqual(['09:00:01', '09:00:01', '09:00:01'])
    for (const text of [undefined, '', '0', '-5', '1.5', '1e3', 'soon', '2026-01-05', 'Mon, 05 Jan 2026 07:59:00 GMT', 'Mon, 99 Foo 2026 08:01:00 GMT']) expect({ text, until: after(text) }).toEqual({ text, until: null })
    for (const status of [200, 302, 404, 500, 502]) expect(after('120', status)).toBeNull()
  })

  test('elsewhere is not followed', async () => {
    const hook = await listen(['workflow_run.completed'])
    receiver.answer(hook.path, (response) => response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end())
    await run()
    await expect.poll(hook.deliveries).toMatchObject([{ status: 'pending', attempts: [{ statusCode: 307, error: 'Redirects are not followed.' }] }])
    expect(receiver.at('/elsewhere')).toEqual([])
    await hook.end()
  })

  test('without end is hung up on after a few KB: what it said first counts', async () => {
    const hook = await listen(['workflow_run.completed'])
    let sent = 0
    let closed = false
    receiver.answer(hook.path, (response) => {
      const more = (): void => {
        while (!closed && response.write('x'.repeat(65_536))) sent += 65_536
      }
      response.writeHead(200, { 'content-length': String(10 * 1024 ** 3) })
      response.on('drain', more).on('close', () => {
        closed = true
      })
      more()
    })
    await run()
    await expect.poll(hook.deliveries).toMatchObject([{ status: 'delivered', response: 'x'.repeat(1_000) }])
    await expect.poll(() => closed).toBe(true)
    // What fits into the buffers of two sockets, and nothing like 10 GB.
    expect(sent).toBeLessThan(32 * 1024 ** 2)
    await hook.end()
  })

  test('never, delays no other, and gets one call at a time', async () => {
    const silent = await listen()
    const other = await listen()
    const held: ServerResponse[] = []
    receiver.answer(silent.path, (response) => held.push(response))
    for (let i = 0; i < 15; i++) await run()
    await receiver.until(other.path, 30)
    await expect.poll(() => statuses(other)).toEqual(Array.from({ length: 30 }, () => 'delivered'))
    // As many as may be under way at once, all unanswered.
    expect(receiver.at(silent.path)).toHaveLength(10)
    for (const response of held.splice(0)) response.writeHead(500).end()
    await receiver.until(silent.path, 11)
    await expect.poll(async () => (await silent.deliveries()).filter(({ attemptCount }) => attemptCount === 1).length).toBe(10)
    expect(receiver.at(silent.path)).toHaveLength(11)
    await silent.end()
    await other.end()
    for (const response of held) response.destroy()
  })

  test('too late has not answered', async () => {
    const { services } = server.server
    const hook = await listen(['workflow_run.completed'])
    receiver.answer(hook.path, (response) => void response.on('error', () => undefined))
    const { id } = (await server.call('GET', '/api/v1/webhooks')).body.webhooks[0]
    const [webhook] = await services.db.read(async (query) => query.query.webhooks.findMany({ where: (row, { eq }) => eq(row.id, id as string) }))
    const delivery = { id: 'd', org: 'default', webhookId: id, lane: id, runId: null, jobRunId: null, eventId: 'e', type: 'webhook.ping', state: null, currentStateName: null, subjectId: null, at: 0, status: 'pending', nextAt: 0, askedAt: 0, attempts: 0, history: [], response: null, createdAt: 0, completedAt: null } as const // prettier-ignore
    const outcome = await attemptDelivery(services, { delivery: { ...delivery, history: [] }, webhook: webhook! }, '{}', services.stopping, 50)
    expect(outcome).toMatchObject({ type: 'failed', attempt: { statusCode: null, error: 'No answer within 50 ms.' } })
    await hook.end()
  })
})

describe('secrets', () => {
  test('that are replaced are signed with beside the new one for a day', async () => {
    const hook = await listen(['workflow_run.completed'])
    const { secret, previousSecretValidUntil } = (await hook.call('POST', '/rotate-secret')).body
    expect(Date.parse(previousSecretValidUntil as string) - clock.now()).toBeCloseTo(24 * HOUR, -4)
    await run()
    const [both] = await receiver.until(hook.path, 1)
    // The package does not take what is older or newer than five minutes by its own clock.
    const now = { ...both!, headers: both!.headers }
    shift = 0
    await run()
    const [, fresh] = await receiver.until(hook.path, 2)
    for (const each of [hook.secret, secret as string]) expect(verified(each, fresh!)).toMatchObject({ type: 'workflow_run.completed' })
    expect(String(now.headers['webhook-signature']).split(' ')).toHaveLength(2)
    expect((await hook.call('GET', '')).body.webhook.previousSecretValidUntil).toBe(previousSecretValidUntil)
    advance(Date.parse(previousSecretValidUntil as string) - clock.now() + 1)
    await run()
    const [, , after] = await receiver.until(hook.path, 3)
    expect(String(after!.headers['webhook-signature'])).toMatch(/^v1,\S+$/)
    expect((await hook.call('GET', '')).body.webhook.previousSecretValidUntil).toBeNull()
    await hook.end()
  })
})

describe('a webhook that is disabled', () => {
  test('is told nothing of what happens meanwhile; what was left to send goes out when it is enabled', async () => {
    const hook = await listen()
    receiver.answer(hook.path, 500)
    await run()
    await expect.poll(() => summary(hook)).toEqual(['pending 1', 'pending 0'])
    await hook.call('PATCH', '', { enabled: false })
    expect((await hook.deliveries()).map(({ nextAttemptAt }) => nextAttemptAt as unknown)).toEqual([null, null])
    receiver.answer(hook.path, 200)
    advance(HOUR)
    await run()
    expect(receiver.at(hook.path)).toHaveLength(1)
    await hook.call('PATCH', '', { enabled: true })
    await expect.poll(() => summary(hook)).toEqual(['delivered 2', 'delivered 1'])
    await hook.end()
  })
})

describe('a target', () => {
  test('in a private network is not called by a server that others can reach', async () => {
    await using open = await startTestServer({ HOST: '0.0.0.0' })
    const url = open.url.replace('0.0.0.0', '127.0.0.1')
    const call = async (method: string, path: string, body: Json): Promise<Json> => (await (await fetch(url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()) as Json
    for (const target of [receiver.url, receiver.url.replace('127.0.0.1', 'localhost'), receiver.url.replace('127.0.0.1', '2130706433'), 'http://169.254.169.254/']) {
      const { webhook } = await call('POST', '/api/v1/webhooks', { url: target, events: EVENTS })
      const { delivery } = await call('POST', `/api/v1/webhooks/${webhook.id}/ping`, {})
      const get = async (): Promise<Json> => (await fetch(`${url}/api/v1/webhooks/${webhook.id}/deliveries/${delivery.id}`)).json() as Promise<Json>
      await expect.poll(async () => (await get()).delivery).toMatchObject({ status: 'failed', attempts: [{ statusCode: null, error: expect.stringMatching(/are not allowed/) }] })
    }
    expect(receiver.at('/')).toEqual([])
  })
})

describe('a process that is killed', () => {
  test('between the end of a run and the answer of its receiver tells it again after the next start, and once; so it does what somebody asked for while it was on its way', async () => {
    await using restarts = await openRestarts()
    const first = await restarts.start()
    const [killed, asked]: [ServerResponse[], ServerResponse[]] = [[], []]
    receiver.answer('/killed', (response) => killed.push(response))
    receiver.answer('/asked', (response) => asked.push(response))
    const listenAt = async (path: string) => (await first.call('POST', '/api/v1/webhooks', { url: receiver.url + path, events: ['workflow_run.completed'] })).body
    const { webhook, secret } = await listenAt('/killed')
    const other = (await listenAt('/asked')).webhook as Json
    const list = async (from: typeof first, { id }: Json): Promise<Json[]> => (await from.call('GET', `/api/v1/webhooks/${id}/deliveries`)).body.deliveries
    const runId = await restarts.begin(first, [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }])
    const [before] = await receiver.until('/killed', 1)
    await receiver.until('/asked', 1)
    await first.call('POST', `/api/v1/webhooks/${other.id}/deliveries/${(await list(first, other))[0]!.id}/redeliver`)
    asked.shift()!.writeHead(204).end()
    await receiver.until('/asked', 2)
    await first.end('SIGKILL')
    for (const response of [...killed, ...asked]) response.destroy()
    for (const path of ['/killed', '/asked']) receiver.answer(path, 204)
    const second = await restarts.start()
    const [, again] = await receiver.until('/killed', 2)
    expect(again!.id).toBe(before!.id)
    expect(verified(secret as string, again!)).toMatchObject({ data: { object: { id: runId, state: 'COMPLETED' } } })
    await expect.poll(() => list(second, webhook)).toMatchObject([{ status: 'delivered', attemptCount: 1 }])
    await expect.poll(() => list(second, other)).toMatchObject([{ status: 'delivered', attemptCount: 1, attempts: [{ statusCode: 204 }, { statusCode: 204 }] }])
    expect([receiver.at('/killed').length, receiver.at('/asked').length]).toEqual([2, 3])
  }, 180_000)

  test('between the end of a run and the deliveries of it makes up for it after the next start', async () => {
    await using restarts = await openRestarts()
    const first = await restarts.start({ NODE_OPTIONS: `--require ${KILL_BEFORE}`, KILL_BEFORE: 'insert into "webhook_deliveries"' })
    await first.call('POST', '/api/v1/webhooks', { url: `${receiver.url}/unseen`, events: ['workflow_run.completed'] })
    // The answer to the start may be lost with the process.
    await restarts.begin(first, [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]).catch(() => undefined)
    expect(await first.exited).toMatchObject({ signal: 'SIGKILL' })
    const ended = restarts.inStore((store) => store.prepare('SELECT id, state FROM runs').get() as Json)
    expect(ended.state).toBe('COMPLETED')
    expect(restarts.inStore((store) => store.prepare('SELECT count(*) FROM webhook_deliveries').pluck().get())).toBe(0)
    await restarts.start()
    const [told] = await receiver.until('/unseen', 1)
    expect(told!.body.data.object).toMatchObject({ id: ended.id, state: 'COMPLETED' })
    await expect.poll(() => restarts.inStore((store) => store.prepare('SELECT status, attempts FROM webhook_deliveries').all())).toEqual([{ status: 'delivered', attempts: 1 }])
    expect(receiver.at('/unseen')).toHaveLength(1)
  }, 180_000)
})
