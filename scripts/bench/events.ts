import { join } from 'node:path'
import { createEventLog } from '../../db/event-log.ts'
import { createFollowers } from '../../db/followers.ts'
import { openDb } from '../../db/open.ts'
import { call, saveWorkflow } from './api.ts'
import { ask, ready, startChild, startServer } from './child.ts'
import type { Figure } from './figure.ts'
import type { Follow, Seen } from './followers.ts'
import { spreadOf } from './stats.ts'

/**
 * How soon a change is on the wire. Its time is what the store says (`at`, whole milliseconds, rounded down); its arrival is when the data
 * event fired in the followers' process. Same machine, same clock: the difference is what it took, and up to a millisecond more.
 */
const FOLLOWERS = 200
const STEPS = 40
const PAUSE_MS = 300

/** Every pause makes three events and every step two: about ten a second. */
const workflow = {
  identifier: 'bench_events',
  nodes: [
    { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
    // Time for the followers to come.
    { identifier: 'gather', config: { type: 'DELAY', ms: 4_000 } },
    ...Array.from({ length: STEPS }, (_, index) => [
      { identifier: `step_${index}`, config: { type: 'TRANSFORM', value: { text: 'x'.repeat(200) } } },
      { identifier: `pause_${index}`, config: { type: 'DELAY', ms: PAUSE_MS } },
    ]).flat(),
  ],
  connections: [],
}

const changedAt = async (dataDir: string, runId: string): Promise<Map<number, number>> => {
  const db = openDb(join(dataDir, 'errand.sqlite'))
  try {
    const events = await createEventLog(db, createFollowers()).after(runId, 0)
    return new Map(events.map(({ seq, at }) => [seq, at]))
  } finally {
    await db.close()
  }
}

export const benchEvents = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  await using followers = startChild('scripts/bench/followers.ts')
  await ready(followers)
  const workflowId = await saveWorkflow(server.url, workflow)
  const late: number[] = []
  let perSecond = 0
  for (let round = 0; round < rounds; round++) {
    say(`events: round ${round + 1} of ${rounds}, ${FOLLOWERS} followers`)
    const { body } = await call(server.url, 'POST', '/api/v1/workflow-runs', { workflowId })
    const runId = body.id as string
    const { connectedAt, arrivals } = await ask<Seen>(followers, { url: server.url, runId, count: FOLLOWERS } satisfies Follow)
    const at = await changedAt(server.dataDir, runId)
    const live = [...at.values()].filter((time) => time > connectedAt)
    perSecond = (1000 * live.length) / (Math.max(...live) - Math.min(...live))
    const seen = arrivals.filter(([seq]) => (at.get(seq) ?? 0) > connectedAt)
    if (seen.length !== live.length * FOLLOWERS) throw new Error(`${live.length} events for ${FOLLOWERS} followers, but ${seen.length} came.`)
    late.push(...seen.map(([seq, arrived]) => arrived - at.get(seq)!))
  }
  const spread = spreadOf(late)
  return [
    {
      name: 'change to wire, p95',
      value: spread.p95,
      unit: 'ms',
      spread,
      goal: { most: 20 },
      note: `${FOLLOWERS} followers of one run in a process of their own, ${perSecond.toFixed(0)} events a second`,
    },
  ]
}
