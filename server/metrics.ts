import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { countPendingDeliveries, countRunsByState, type Finished } from '../db/finished.ts'
import type { Outcome } from '../db/due-deliveries.ts'
import { RUN_STATUSES, toStatus, type RunState } from '../runner/model/run.ts'
import { diskUse } from './disk.ts'
import type { Services } from './start.ts'

/**
 * What the server tells about itself, in the words of Prometheus. Labels have few values each: statuses and step types, never an id, a name or
 * an address.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export type Metrics = {
  /** Everything as text. */
  read(): Promise<{ type: string; text: string }>
  /** A step or a run has ended. */
  finished(facts: Finished): void
  /** Somebody was told, or was not to be reached. */
  delivered(outcome: Outcome['type']): void
}

/** More are not counted one by one. */
const MOST_PENDING = 100_000

const seconds = (ms: number): number => ms / 1000

type Tools = Pick<Services, 'db' | 'config' | 'browsers' | 'load'>

/** Read when somebody asks. */
const registerGauges = (registers: Registry[], { db, config, browsers, load }: Tools): void => {
  const gauge = (name: string, help: string, collect: () => Promise<number> | number): void => {
    void new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await collect())
      },
    })
  }
  void new Gauge({
    name: 'errand_runs',
    help: 'Runs in the store, by status.',
    labelNames: ['status'],
    registers,
    async collect() {
      const counts = await countRunsByState(db)
      for (const status of RUN_STATUSES) this.set({ status }, counts.filter(({ state }) => toStatus(state as RunState) === status).reduce((sum, { count }) => sum + count, 0))
    },
  })
  gauge('errand_queue_length', 'Runs that wait for their turn.', () => load().queued)
  gauge('errand_runs_executing', 'Runs that execute at this moment.', () => load().running)
  gauge('errand_browser_contexts', 'Browser contexts that are open.', () => browsers.count().contexts)
  gauge('errand_webhook_deliveries_pending', `Deliveries that are due or wait for their next attempt, up to ${MOST_PENDING}.`, () => countPendingDeliveries(db, MOST_PENDING))
  gauge('errand_database_bytes', 'Size of the database.', async () => (await diskUse(config)).databaseBytes)
  gauge('errand_disk_free_bytes', 'Room left where the data lies.', async () => (await diskUse(config)).freeBytes)
}

export const createMetrics = (tools: Tools): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  registerGauges(registers, tools)
  const runs = new Histogram({ name: 'errand_run_duration_seconds', help: 'From start to end of a run, pauses included.', labelNames: ['status'], buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600], registers })
  const steps = new Histogram({ name: 'errand_step_duration_seconds', help: 'From start to end of an attempt at a step.', labelNames: ['type'], buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], registers })
  const failures = new Counter({ name: 'errand_step_failures_total', help: 'Attempts at steps that failed.', labelNames: ['type'], registers })
  const attempts = new Counter({ name: 'errand_webhook_attempts_total', help: 'Attempts to deliver a webhook.', labelNames: ['result'], registers })
  return {
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    finished: ({ event, stepType, stepMs, runStatus, runMs }) => {
      if (event.startsWith('run.')) return runs.observe({ status: runStatus }, seconds(runMs ?? 0))
      if (stepType === null) return
      if (stepMs !== null) steps.observe({ type: stepType }, seconds(stepMs))
      if (event === 'activity.failed') failures.inc({ type: stepType })
    },
    delivered: (result) => attempts.inc({ result }),
  }
}
