import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { and, eq } from 'drizzle-orm'
import { openDb, type Db } from '../../db/open.ts'
import { runs, webhookDeliveries, workflows } from '../../db/schema.ts'
import { uuidv7 } from '../../runner/model/id.ts'
import { call, execute, saveWorkflow } from './api.ts'
import { ask, ready, startChild, startPortal, startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { PORTAL_USER, portalWorkflow } from './portal-task.ts'
import { ownCpuMs } from './process-tree.ts'
import type { Heard } from './receiver.ts'
import { seedRuns } from './seed-runs.ts'
import { medianOf, spreadOf } from './stats.ts'

/**
 * Deliveries of as many runs to a receiver in a process of its own that answers at once: how many a second, and what they cost runs that go on
 * beside them, with an idle time before each run and without. They are sent by way of "send again what has failed", each round the same ones.
 */
const DELIVERIES = 10_000
const CHUNK = 500
/** Runs a round that follow each other without a gap. */
const BACK_TO_BACK = 20

/** Deliveries that have failed, one of each seeded run. */
const seedDeliveries = async (db: Db, webhookId: string): Promise<void> => {
  const done = await db.read(async (query) => query.select({ id: runs.id, org: runs.org }).from(runs).where(eq(runs.status, 'completed')))
  const now = Date.now()
  const rows = Array.from({ length: DELIVERIES }, (_, index) => {
    const run = done[index % done.length]!
    const [id, eventId] = [uuidv7(now, index % 4096, randomBytes(8)), uuidv7(now, index % 4096, randomBytes(8))]
    return { id, org: run.org, webhookId, lane: webhookId, runId: run.id, eventId, type: 'workflow_run.completed', state: 'COMPLETED', at: now, status: 'failed', attempts: 10, history: [], createdAt: now, completedAt: now } as const
  })
  for (let from = 0; from < rows.length; from += CHUNK)
    await db.write(async (tx) => {
      await tx.insert(webhookDeliveries).values(rows.slice(from, from + CHUNK).map((row) => ({ ...row, history: [] })))
    })
}

const failAgain = (db: Db, webhookId: string): Promise<unknown> =>
  db.write(async (tx) =>
    tx
      .update(webhookDeliveries)
      .set({ status: 'failed', nextAt: null })
      .where(and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.status, 'delivered'))),
  )

export const benchWebhooks = async ({ rounds, idleMs, say }: { rounds: number; idleMs: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using portal = await startPortal()
  await using server = await startServer()
  await using receiver = startChild('scripts/bench/receiver.ts')
  await ready(receiver)
  const heard = (): Promise<Heard> => ask<Heard>(receiver, {})
  const workflowId = await saveWorkflow(server.url, portalWorkflow(portal.url))
  await saveWorkflow(server.url, { identifier: 'bench_other', nodes: [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }] })
  const { body } = await call(server.url, 'POST', '/api/v1/webhooks', { url: (await heard()).url, events: ['workflow_run.failed'] })
  const webhookId = (body.webhook as { id: string }).id
  const db = openDb(join(server.dataDir, 'errand.sqlite'))
  try {
    const saved = await db.read(async (query) => query.select().from(workflows))
    say(`webhooks: writing ${DELIVERIES} deliveries`)
    await seedRuns(server.dataDir, saved.map(({ id, org, identifier }) => ({ id, org, identifier, name: identifier })), DELIVERIES)
    await seedDeliveries(db, webhookId)
    for (let round = 0; round < 3; round++) await execute(server.url, workflowId, PORTAL_USER)

    const timed = async (idle: number): Promise<number> => {
      await sleep(idle)
      const before = performance.now()
      await execute(server.url, workflowId, PORTAL_USER)
      return performance.now() - before
    }
    /**
     * Sends all of them.
     * @param meanwhile what is done until the last has come, or so many times
     * @returns how many came a second until then
     */
    const send = async (meanwhile: () => Promise<unknown>, times = Infinity): Promise<number> => {
      const first = (await heard()).received
      const come = async (): Promise<number> => (await heard()).received - first
      const started = performance.now()
      const { status } = await call(server.url, 'POST', `/api/v1/webhooks/${webhookId}/redeliver-failed`, { since: '2020-01-01' })
      if (status !== 202) throw new Error(`Sending again was answered ${status}.`)
      let count = 0
      for (let done = 0; done < times && count < DELIVERIES; done++) {
        await meanwhile()
        count = await come()
      }
      const perSecond = (1000 * count) / (performance.now() - started)
      while ((await come()) < DELIVERIES) await sleep(50)
      // The last are written after they were answered.
      await sleep(1_000)
      await failAgain(db, webhookId)
      return perSecond
    }
    /** Runs beside deliveries, and as many alone. */
    const besideAndAlone = (idle: number, times?: number) => {
      const taken = { perSecond: [] as number[], beside: [] as number[], alone: [] as number[] }
      const round = async (): Promise<void> => {
        const before = taken.beside.length
        taken.perSecond.push(await send(async () => taken.beside.push(await timed(idle)), times))
        say(`webhooks: ${taken.perSecond.at(-1)!.toFixed(0)} a second beside runs, ${idle} ms idle before each`)
        for (let left = taken.beside.length - before; left > 0; left--) taken.alone.push(await timed(idle))
      }
      return { ...taken, round }
    }
    const perSecond: number[] = []
    const cpuMs: number[] = []
    const [spaced, dense] = [besideAndAlone(idleMs), besideAndAlone(0, BACK_TO_BACK)]
    for (let round = 0; round < rounds; round++) {
      say(`webhooks: round ${round + 1} of ${rounds}`)
      const cpuBefore = ownCpuMs(server.pid)
      perSecond.push(await send(() => sleep(50)))
      cpuMs.push((ownCpuMs(server.pid) - cpuBefore) / DELIVERIES)
      await spaced.round()
      await dense.round()
    }
    const rate = (name: string, values: number[], goal: Figure['goal'], note: string): Figure => ({ name, value: medianOf(values), unit: '/s', spread: spreadOf(values), ...(goal ? { goal } : {}), note })
    const latency = (what: string, { beside, alone }: typeof spaced, goal?: Figure['goal']): Figure[] => [
      { name: `${what}, latency ÷ alone`, value: medianOf(beside) / medianOf(alone), unit: '×', ...(goal ? { goal } : {}), note: 'the portal task, one at a time' },
      { name: `${what}, latency`, value: medianOf(beside), unit: 'ms', spread: spreadOf(beside) },
      { name: `${what}, latency alone`, value: medianOf(alone), unit: 'ms', spread: spreadOf(alone) },
    ]
    const gap = `${idleMs} ms idle before each run`
    return [
      rate('deliveries', perSecond, { least: 300 }, `${DELIVERIES} of as many runs to one receiver; ${medianOf(cpuMs).toFixed(2)} ms of CPU each`),
      rate('deliveries beside runs', spaced.perSecond, { least: 300 }, gap),
      ...latency('runs beside them', spaced, { most: 1.05 }),
      rate('deliveries beside runs back to back', dense.perSecond, undefined, 'no idle time between runs'),
      ...latency('runs back to back beside them', dense),
    ]
  } finally {
    await db.close()
  }
}
