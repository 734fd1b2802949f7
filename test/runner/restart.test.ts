import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json, SseEvent } from '../harness.ts'
import type { ServerProcess } from '../process.ts'
import { irregular, openRestarts, step, type Restarts } from '../restarts.ts'

/**
 * Three servers after one another on one data folder, as real processes: the first is killed, the second is stopped, the third ends what they
 * began. What became of each run is looked at afterwards, because starting a process for each question would take too long.
 */

type Ended = { workflowRun: Json; activityRuns: Json[] }

let restarts: Restarts
let gate: Gate
const measured: Record<string, number> = {}
const ended: Record<string, Ended> = {}
const stream: { before: SseEvent[]; after: SseEvent[]; whole: SseEvent[] } = { before: [], after: [], whole: [] }
let stopped: { code: number | null; log: Json[] }
let handedBack: { state: string; status: string; lease_until: number | null; attempt: { status: string; error: Json } }
let stillAsked: Json
let sentWhileGoingDown: number | null

const hold = (name: string) => step('hold', { type: 'WEBHOOK', url: `${gate.url}/${name}`, method: 'GET' })
const login = () => [
  step('login', { type: 'NAVIGATE', url: `${restarts.portal.url}/login` }),
  step('user', { type: 'FILL', target: '#user', value: 'demo' }),
  step('password', { type: 'FILL', target: '#password', value: 'demo-password' }),
  step('sign_in', { type: 'CLICK', target: { role: 'button', name: 'Sign in' } }),
]
const remember = () => [
  step('storage', { type: 'NAVIGATE', url: `${restarts.portal.url}/storage?place=here` }),
  step('note', { type: 'FILL', target: '#note', value: 'kept' }),
  step('remember', { type: 'CLICK', target: '#remember' }),
  step('shown', { type: 'ASSERT', target: '#indexed', text: 'kept' }),
]
/** Where the browser is, and what it has in all its places; then a page that only shows itself to who is logged in. */
const recall = () => [
  step('recall', {
    type: 'EVALUATE',
    expression: `async () => {
      while (document.querySelector('#stores')?.dataset.shown !== 'yes') await new Promise((resolve) => setTimeout(resolve, 20))
      return [location.pathname + location.search, ...['cookie', 'local', 'session', 'indexed'].map((id) => document.getElementById(id).textContent)]
    }`,
  }),
  step('employees', { type: 'NAVIGATE', url: `${restarts.portal.url}/employees` }),
]
const ask = step('ask', { type: 'USER_INPUT', title: 'Well?', userInputs: { properties: { word: { type: 'string' } }, required: ['word'] } })
const word = step('word', { type: 'TRANSFORM', value: '{{ .outputs.ask.values.word }}' })
const answer = (server: ServerProcess, runId: string) => server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { word: 'yes' } })
const waits = ({ state }: Json) => state === 'AWAITING_USER_INPUT' || state === 'AWAITING_EXTERNAL'
const collect = async (events: AsyncGenerator<SseEvent>, into: SseEvent[]): Promise<void> => {
  try {
    for await (const event of events) into.push(event)
  } catch {
    // Broken off with its server.
  }
}

beforeAll(async () => {
  restarts = await openRestarts()
  gate = await startGate()
  const { start, begin, count, inStore } = restarts

  // The first server, killed: one run in the middle, one that waits for an answer, one for a timer, one that is being cancelled.
  const first = await start()
  const killed = await begin(first, [...login(), ...remember(), count('one'), hold('killed'), count('two'), ...recall()])
  const reading = collect(first.stream(killed), stream.before)
  const paused = await begin(first, [...login(), ...remember(), ask, word, ...recall()])
  const timer = await begin(first, [step('rest', { type: 'DELAY', ms: 3_600_000 }), step('end', { type: 'TRANSFORM', value: 1 })])
  const cancelled = await begin(first, [hold('cancelled')])
  await Promise.all([gate.arrived('/killed'), gate.arrived('/cancelled'), first.until(paused, waits), first.until(timer, waits)])
  await first.end('SIGKILL')
  await reading
  inStore((store) => {
    store.prepare('UPDATE runs SET wake_at = 1 WHERE id = ?').run(timer)
    store.prepare(`UPDATE activity_runs SET due_at = 1 WHERE run_id = ? AND status = 'waiting'`).run(timer)
    // As if the kill had come between the word and the deed.
    store.prepare(`UPDATE runs SET state = 'CANCELLING', cancel_reason = 'changed my mind' WHERE id = ?`).run(cancelled)
  })

  // The second one ends what can end; then it is stopped, and answered while it goes down.
  const killedAt = performance.now()
  const second = await start({ MAX_CONCURRENT_RUNS: '2' })
  measured['start after the kill'] = Math.round(performance.now() - killedAt)
  const following = collect(second.stream(killed, stream.before.findLast(({ id }) => id !== undefined)!.id), stream.after)
  await gate.arrived('/killed', 2)
  measured['kill to the interrupted node again'] = Math.round(performance.now() - killedAt)
  gate.open('/killed')
  ended.killed = await second.settled(killed)
  await following
  await collect(second.stream(killed), stream.whole)
  ended.timer = await second.settled(timer)
  ended.cancelled = await second.settled(cancelled)

  const goingDown = await begin(second, [ask, word])
  await second.until(goingDown, waits)
  const held = await begin(second, [...login(), hold('held'), step('where', { type: 'EVALUATE', expression: 'location.pathname' })])
  const retried = await begin(second, [step('fail', { type: 'WEBHOOK', url: `${restarts.portal.url}/hook/flaky?key=retry&fails=1`, body: { name: 'retry' } }, { retry: { maxAttempts: 2, backoffMs: 86_400_000, maxBackoffMs: 86_400_000 } })])
  await Promise.all([gate.arrived('/held'), second.until(retried, (_run, activities) => activities.some(({ status }) => status === 'scheduled'))])
  const queued = [await begin(second, [count('a')]), await begin(second, [count('b')])]
  const sent = answer(second, goingDown).then(
    ({ status }) => status,
    () => null,
  )
  const { code, ms } = await second.end('SIGTERM')
  measured['SIGTERM to exit'] = ms
  sentWhileGoingDown = await sent
  stopped = { code, log: second.log }
  inStore((store) => {
    const run = store.prepare('SELECT state, status, lease_until FROM runs WHERE id = ?').get(held) as typeof handedBack
    const attempt = store.prepare(`SELECT status, error FROM activity_runs WHERE run_id = ? AND node_id = 'hold'`).get(held) as { status: string; error: string }
    handedBack = { ...run, attempt: { status: attempt.status, error: JSON.parse(attempt.error) as Json } }
    store.prepare(`UPDATE activity_runs SET due_at = 1 WHERE status = 'scheduled'`).run()
  })

  // The third one goes on with all that is left.
  gate.open('/held')
  const third = await start({ MAX_CONCURRENT_RUNS: '2', LEASE_MS: '300' })
  stillAsked = (await third.get(paused)).workflowRun
  await answer(third, paused)
  if (sentWhileGoingDown !== 200) await answer(third, goingDown)
  for (const [name, id] of Object.entries({ paused, held, retried, goingDown, a: queued[0]!, b: queued[1]! })) ended[name] = await third.settled(id)

  const frozen = await begin(third, [count('frozen'), hold('frozen'), count('thawed')])
  await gate.arrived('/frozen')
  process.kill(third.pid, 'SIGSTOP')
  await new Promise((resolve) => setTimeout(resolve, 600))
  process.kill(third.pid, 'SIGCONT')
  gate.open('/frozen')
  ended.frozen = await third.settled(frozen)
}, 300_000)

afterAll(async () => {
  console.log('restart, ms:', measured)
  await restarts[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const KEPT = ['/storage?place=here', 'kept', 'kept', 'kept', 'kept']
const attemptsOf = ({ activityRuns }: Ended, id: string) => activityRuns.filter(({ stepId }) => stepId === id).map(({ attempt, status, error }) => `${attempt} ${status}${error ? ` ${error.code}` : ''}`)

describe('after a kill', () => {
  test('a run goes on from its last finished node: logged in, with all storage, at the same address; no finished node runs again', () => {
    expect(ended.killed!.workflowRun).toMatchObject({ state: 'COMPLETED', error: null, outputs: { recall: { value: KEPT }, employees: { url: `${restarts.portal.url}/employees` } } })
    expect(irregular(ended.killed!.activityRuns)).toEqual([])
    expect(attemptsOf(ended.killed!, 'hold')).toEqual(['1 cancelled interrupted', '2 completed'])
    expect(restarts.counted().filter((name) => ['one', 'two'].includes(name))).toEqual(['one', 'two'])
    // Three runs logged in, each once; the storage page was opened by two of them, and once more to bring each back.
    expect(restarts.portal.requests()).toMatchObject({ 'POST /login': 3, 'GET /storage': 4 })
  })

  test('its stream goes on by Last-Event-ID, with nothing lost and nothing doubled', () => {
    const ids = (events: SseEvent[]) => events.flatMap(({ id, event }) => (id === undefined || event === 'ping' ? [] : [Number(id)]))
    const joined = [...ids(stream.before), ...ids(stream.after)]
    expect(stream.before.length).toBeGreaterThan(20)
    expect(joined).toEqual(ids(stream.whole))
    expect(new Set(joined).size).toBe(joined.length)
    expect(stream.after.at(-1)!.event).toBe('result')
    expect(stream.after.filter(({ event, data }) => event === 'log' && String(data.content.message).includes('new browser'))).toHaveLength(1)
  })

  test('a timer that ran out while nobody was there goes off at the start', () => {
    expect(ended.timer!.workflowRun.state).toBe('COMPLETED')
    expect(attemptsOf(ended.timer!, 'rest')).toEqual(['1 completed'])
  })

  test('a cancel that came just before holds', () => {
    expect(ended.cancelled!.workflowRun).toMatchObject({ state: 'CANCELLED', error: { code: 'cancelled', message: 'changed my mind' } })
  })

  test('and after a stop, too, a run that waits still asks, and goes on with the answer where it stood', () => {
    expect(stillAsked).toMatchObject({ state: 'AWAITING_USER_INPUT', awaiting: { title: 'Well?' } })
    expect(ended.paused!.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { word: { value: 'yes' }, recall: { value: KEPT } } })
    expect(irregular(ended.paused!.activityRuns)).toEqual([])
  })
})

describe('after SIGTERM', () => {
  test('the server ends with 0 and without a fault, and its run is handed back, the attempt at work marked as cut off', () => {
    expect(stopped.code).toBe(0)
    expect(stopped.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
    expect(handedBack).toMatchObject({ state: 'PENDING', status: 'scheduled', lease_until: null, attempt: { status: 'cancelled', error: { code: 'interrupted' } } })
  })

  test('the run goes on after the next start', () => {
    expect(ended.held!.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { where: { value: '/employees' } } })
    expect(irregular(ended.held!.activityRuns)).toEqual([])
  })

  test('an attempt that was scheduled comes, and those that waited their turn go in their order', () => {
    expect(attemptsOf(ended.retried!, 'fail')).toEqual(['1 failed step_failed', '2 completed'])
    expect([ended.a!.workflowRun.state, ended.b!.workflowRun.state]).toEqual(['COMPLETED', 'COMPLETED'])
    expect(restarts.counted().filter((name) => ['a', 'b'].includes(name))).toEqual(['a', 'b'])
  })

  test('an answer given while the server went down counts, and is not asked for again', () => {
    expect([200, 409, 503, null]).toContain(sentWhileGoingDown)
    expect(ended.goingDown!.workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { word: { value: 'yes' } } })
    expect(attemptsOf(ended.goingDown!, 'ask')).toEqual(['1 completed'])
  })
})

test('a server that was frozen for longer than its lease, and that nobody took over from, goes on', () => {
  expect(ended.frozen!.workflowRun.state).toBe('COMPLETED')
  expect(irregular(ended.frozen!.activityRuns)).toEqual([])
  expect(restarts.counted().filter((name) => ['frozen', 'thawed'].includes(name))).toEqual(['frozen', 'thawed'])
})
