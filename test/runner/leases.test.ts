import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createRun } from '../../db/create-run.ts'
import { createWorkflow } from '../../db/workflows.ts'
import { createArtifactFiles } from '../../runner/artifacts.ts'
import { createBrowsers, type Browsers } from '../../runner/browser.ts'
import { loadCatalog } from '../../runner/catalog.ts'
import { createCore } from '../../runner/core.ts'
import { createFetch } from '../../runner/egress.ts'
import { findChromium } from '../../runner/find-chromium.ts'
import { createJq } from '../../runner/jq.ts'
import { createPublisher } from '../../runner/kafka.ts'
import { workflowSchema } from '../../runner/model/workflow.ts'
import type { Parts } from '../../runner/parts.ts'
import { createSeal } from '../../runner/seal.ts'
import { startGate, type Gate } from '../gate.ts'
import { tempDir, type Json } from '../harness.ts'
import { step } from '../restarts.ts'
import { openStore, type Store } from '../store.ts'

/** Two workers over one store, as when one was frozen and comes to again: frozen is not dead. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let store: Store
let gate: Gate
const jq = createJq()
const seal = createSeal(Buffer.alloc(32, 7))
const all: Browsers[] = []
beforeAll(async () => {
  store = await openStore()
  gate = await startGate()
})
afterAll(async () => {
  for (const browsers of all) await browsers.close()
  await jq.close()
  await gate[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

/** Long enough that none runs out by itself: tests say when. */
const LEASE_MS = 600_000

const newWorker = async () => {
  const dir = tempDir()
  const browsers = createBrowsers({ executablePath: findChromium({ CHROMIUM_PATH: process.env.CHROMIUM_PATH }), tempDir: join(dir, 'browser'), env: process.env })
  all.push(browsers)
  const errors: unknown[] = []
  const parts: Parts = {
    db: store.db,
    log: store.log,
    followers: store.followers,
    browsers,
    catalog: await loadCatalog(),
    jq,
    seal,
    files: createArtifactFiles(join(dir, 'artifacts')),
    fetch: createFetch({ allow: [], deny: [], allowPrivate: true }),
    publisher: createPublisher({ brokers: [], clientId: 'test', topic: undefined, ssl: false, sasl: null }),
    now: store.now,
    newId: store.newId,
    random: Math.random,
    signingSecret: () => '',
    limits: { runTimeoutMs: 60_000, stepTimeoutMs: 30_000, leaseMs: LEASE_MS, parkMs: 60_000, mostParked: 4 },
    poke: () => undefined,
    onError: (error) => void errors.push(error),
  }
  const core = createCore(parts, { tempDir: dir })
  return { core, browsers, errors, advance: (runId: string, signal = new AbortController().signal, recover = false) => core.advance(runId, signal, { recover }) }
}

const newRun = async (nodes: Json[]): Promise<string> => {
  const id = store.newId()
  const definition = workflowSchema.parse({ identifier: `w-${id}`, nodes })
  const { row } = await createWorkflow(store.db, { id: store.newId(), org: 'default', definition, by: null, at: store.now() })
  const run = { id, org: 'default', workflowId: row.id, workflowVersion: 1, workflowIdentifier: 'w', workflowName: 'w', trigger: 'trigger', inputs: {}, sealedInputs: seal.seal({ inputs: {}, envs: {} }), rerunOf: null, parentActivityRunId: null, createdBy: null }
  await createRun(store.db, store.followers, run, { at: store.now() })
  return id
}
const past = (runId: string) => store.db.write(async (tx) => void tx.run(`UPDATE runs SET lease_until = 1 WHERE id = '${runId}'`))
const completed = (runId: string) => store.query<{ node: string }>(`SELECT node_id AS node FROM activity_runs WHERE run_id = ? AND status = 'completed' ORDER BY id`, runId).map(({ node }) => node)

test('a run that another holds is left alone, until the lease has run out', async () => {
  const [one, two] = [await newWorker(), await newWorker()]
  const runId = await newRun([step('hold', { type: 'WEBHOOK', url: `${gate.url}/held`, method: 'GET' })])
  const advancing = one.advance(runId)
  await gate.arrived('/held')
  expect(await two.advance(runId)).toEqual({ type: 'retry', delayMs: LEASE_MS })
  gate.open('/held')
  expect(await advancing).toEqual({ type: 'finished' })
  expect(await two.advance(runId)).toEqual({ type: 'finished' })
  expect((await store.log.run(runId)).state).toBe('COMPLETED')
})

test('a worker that comes to again finds its run taken: it stops at its next word, closes its browser, and the other one ends the run', async () => {
  const [frozen, other] = [await newWorker(), await newWorker()]
  const runId = await newRun([step('open', { type: 'NAVIGATE', url: `${gate.url}/page` }), step('hold', { type: 'WEBHOOK', url: `${gate.url}/frozen`, method: 'GET' }), step('after', { type: 'TRANSFORM', value: 1 })])
  gate.open('/page')
  const advancing = frozen.advance(runId)
  await gate.arrived('/frozen')
  // It has not renewed its lease; somebody else takes the run over.
  await past(runId)
  const takingOver = other.advance(runId)
  await gate.arrived('/frozen', 2)
  gate.open('/frozen')
  expect(await Promise.all([advancing, takingOver])).toEqual([{ type: 'finished' }, { type: 'finished' }])
  expect(frozen.browsers.count()).toEqual({ contexts: 0, pages: 0 })
  expect((await store.log.run(runId)).state).toBe('COMPLETED')
  expect(completed(runId)).toEqual(['trigger', 'open', 'hold', 'after'])
  expect([...frozen.errors, ...other.errors]).toEqual([])
})

test('it learns of it by renewing, too, and gives up what it is at', async () => {
  const [frozen, other] = [await newWorker(), await newWorker()]
  const runId = await newRun([step('hold', { type: 'WEBHOOK', url: `${gate.url}/renewed`, method: 'GET' })])
  const lost = new AbortController()
  const advancing = frozen.advance(runId, lost.signal)
  await gate.arrived('/renewed')
  expect(await frozen.core.renewLeases()).toEqual([])
  await past(runId)
  const takingOver = other.advance(runId)
  await gate.arrived('/renewed', 2)
  expect(await frozen.core.renewLeases()).toEqual([runId])
  expect(await other.core.renewLeases()).toEqual([])
  lost.abort('lost')
  expect(await advancing).toEqual({ type: 'finished' })
  gate.open('/renewed')
  expect(await takingOver).toEqual({ type: 'finished' })
  expect((await store.log.run(runId)).state).toBe('COMPLETED')
})

test('a run that has just paused has no lease to lose', async () => {
  const worker = await newWorker()
  const runId = await newRun([step('ask', { type: 'USER_INPUT', title: 'Well?' })])
  expect(await worker.advance(runId)).toMatchObject({ type: 'wait' })
  expect(await worker.core.renewLeases()).toEqual([])
  expect(await worker.advance(runId)).toEqual({ type: 'wait' })
  await worker.core.close()
})
