import { cpus } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { createEmbeddedEngine } from '../../runner/engine/embedded.ts'
import type { Core, Engine, Outcome, Worker } from '../../runner/engine/engine.ts'

/** The engine alone: its core is a script of what each advance comes to. */

type Advance = { runId: string; signal: AbortSignal; recover: boolean; end(outcome: Outcome): void; fail(error: Error): void }

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop()
})

const finished: Outcome = { type: 'finished' }

const startEngine = async ({ concurrency = 2, open = [] as string[], due = [] as { woken: string[]; nextAt: number | null }[], lost = () => [] as string[], nowMs = Date.now, load = (): number => 0 } = {}) => {
  const advances: Advance[] = []
  const released: string[] = []
  const woken: string[] = []
  const errors: string[] = []
  const waiting = new Set<() => void>()
  const core: Core = {
    advance: (runId, signal, { recover }) =>
      new Promise((resolve, reject) => {
        advances.push({ runId, signal, recover, end: resolve, fail: reject })
        for (const look of waiting) look()
      }),
    openRuns: async () => open,
    wakeDueRuns: async () => due.shift() ?? { woken: [], nextAt: null },
    wake: (runId) => void woken.push(runId),
    release: async (runId) => void released.push(runId),
    renewLeases: async () => lost(),
    renewEveryMs: 10,
  }
  const engine: Engine = createEmbeddedEngine({ nowMs, load, onError: (error) => errors.push((error as Error).message) })
  const worker = await engine.work(core, { concurrency })
  workers.push(worker)
  /** Resolves with the n-th advance, counted from 0, when it has begun. */
  const advance = (index: number): Promise<Advance> =>
    new Promise((resolve) => {
      const look = () => {
        if (!advances[index]) return
        waiting.delete(look)
        resolve(advances[index])
      }
      waiting.add(look)
      look()
    })
  return { engine, worker, advances, advance, released, woken, errors }
}
const turns = async () => {
  for (let n = 0; n < 5; n++) await new Promise(setImmediate)
}

test('what the store says is open is taken up at the start, leases or not', async () => {
  const { advance, worker, advances } = await startEngine({ open: ['a', 'b', 'c'] })
  expect([await advance(0), await advance(1)].map(({ runId, recover }) => [runId, recover])).toEqual([['a', true], ['b', true]])
  expect(worker.load()).toEqual({ running: 2, queued: 1 })
  advances[0]!.end(finished)
  expect((await advance(2)).runId).toBe('c')
  for (const { end } of advances) end(finished)
})

test('submitting a run twice advances it once; whoever was made first goes first', async () => {
  const { engine, advance, advances } = await startEngine({ concurrency: 1 })
  await engine.submit('1')
  await Promise.all(['3', '2', '3', '1b'].map((id) => engine.submit(id)))
  const order: string[] = []
  for (let index = 0; index < 4; index++) {
    const { runId, end } = await advance(index)
    order.push(runId)
    end(finished)
  }
  await turns()
  expect(order).toEqual(['1', '1b', '2', '3'])
  expect(advances).toHaveLength(4)
})

test('a poke during an advance is heard, and not lost: the run is advanced once more when that ends', async () => {
  const { engine, advance, advances, woken } = await startEngine()
  await engine.submit('a')
  const first = await advance(0)
  expect(woken).toEqual([])
  await engine.poke('a')
  await engine.poke('a')
  await turns()
  expect(woken).toEqual(['a', 'a'])
  expect(advances).toHaveLength(1)
  first.end({ type: 'wait' })
  const second = await advance(1)
  expect([second.runId, second.recover]).toEqual(['a', false])
  second.end(finished)
  await turns()
  expect(advances).toHaveLength(2)
})

test('a cancel stops the advance and looks once more, so that what it kept is let go; one that only waits is released at once', async () => {
  const { engine, advance, released } = await startEngine()
  await engine.submit('a')
  const first = await advance(0)
  await engine.cancel('a', { force: false })
  expect([first.signal.aborted, first.signal.reason]).toEqual([true, 'cancel'])
  first.end({ type: 'wait' })
  ;(await advance(1)).end(finished)
  await engine.cancel('b', { force: true })
  expect(released).toEqual(['b'])
  ;(await advance(2)).end(finished)
})

test('an advance that throws is told of and tried again, with the lease overrun; a cancel need not wait for that', async () => {
  const { engine, advance, errors } = await startEngine()
  await engine.submit('a')
  const first = await advance(0)
  await engine.cancel('a', { force: false })
  first.fail(new Error('disk full'))
  const second = await advance(1)
  expect([second.runId, second.recover, errors]).toEqual(['a', true, ['disk full']])
  second.fail(new Error('still full'))
  const third = await advance(2)
  expect(third.recover).toBe(true)
  third.end(finished)
})

test('a wait with an end, and a retry, come back by themselves', async () => {
  const { engine, advance } = await startEngine({ due: [{ woken: [], nextAt: null }, { woken: ['a'], nextAt: null }] })
  await engine.submit('a')
  ;(await advance(0)).end({ type: 'wait', untilMs: Date.now() + 20 })
  ;(await advance(1)).end({ type: 'retry', delayMs: 10 })
  ;(await advance(2)).end(finished)
})

test('a wait whose end came while the machine slept is over soon after', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let now = 0
    const HOURS = 8 * 3_600_000
    const { engine, advance, advances } = await startEngine({ nowMs: () => now, due: [{ woken: [], nextAt: null }, { woken: ['a'], nextAt: null }] })
    await engine.submit('a')
    ;(await advance(0)).end({ type: 'wait', untilMs: HOURS })
    await turns()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(advances).toHaveLength(1)
    // The timers have not seen that time.
    now = HOURS
    await vi.advanceTimersByTimeAsync(60_000)
    expect(advances.map(({ runId }) => runId)).toEqual(['a', 'a'])
    advances[1]!.end(finished)
  } finally {
    vi.useRealTimers()
  }
})

test('a lost lease stops the advance that held it, and nothing else', async () => {
  const gone: string[] = []
  const { engine, advance } = await startEngine({ lost: () => gone.splice(0) })
  await engine.submit('a')
  await engine.submit('b')
  const [a, b] = [await advance(0), await advance(1)]
  gone.push('a')
  await new Promise((resolve) => a.signal.addEventListener('abort', resolve))
  expect([a.signal.reason, b.signal.aborted]).toEqual(['lost', false])
  a.end(finished)
  b.end(finished)
})

test('a stop hands back what executes, starts nothing more, and waits for its end', async () => {
  const { engine, worker, advance, advances } = await startEngine({ concurrency: 1 })
  await engine.submit('a')
  await engine.submit('b')
  const { signal, end } = await advance(0)
  let isStopped = false
  const stopped = worker.stop().then(() => {
    isStopped = true
  })
  await turns()
  expect([signal.reason, isStopped]).toEqual(['shutdown', false])
  await engine.poke('a')
  end({ type: 'wait' })
  await stopped
  await engine.submit('c')
  await turns()
  expect(advances).toHaveLength(1)
})

test('on a busy machine the queue moves by one each time it has stood still: those who wait long are not all let in at once', async () => {
  let now = 0
  const processors = cpus().length
  const ids = Array.from({ length: processors + 4 }, (_, index) => String.fromCharCode(97 + index))
  const { worker, engine, advance, advances } = await startEngine({ concurrency: 100, open: ids, nowMs: () => now, load: () => 1 })
  await advance(processors - 1)
  expect(worker.load()).toEqual({ running: processors, queued: 4 })
  now = 6_000
  await advance(processors)
  // Another that comes makes it look again.
  await engine.submit('z')
  expect(worker.load()).toEqual({ running: processors + 1, queued: 4 })
  advances[0]!.end(finished)
  await turns()
  expect(worker.load()).toEqual({ running: processors, queued: 4 })
  while (worker.load().running > 0) {
    for (const { end } of advances) end(finished)
    await turns()
  }
})
