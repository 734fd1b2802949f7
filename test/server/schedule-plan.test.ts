import { expect, test } from 'vitest'
import type { CatchUp, Overlap } from '../../runner/model/schedule.ts'
import { GRACE_MS, MOST, planStarts } from '../../server/schedule-plan.ts'

/** Times as seconds before now: 7200 and 3600 were missed, 30 and 0 are on time. */
const now = 1_000_000_000
const at = (seconds: number[]) => seconds.map((second) => now - second * 1000)

const plan = (overlap: Overlap, catchUp: CatchUp, due: number[], { queued = [] as number[], isOpen = false } = {}) => {
  const { start, queued: waits, skipped } = planStarts({ overlap, catchUp, due: at(due), queued: at(queued), isOpen, now })
  const back = (times: number[]) => times.map((time) => (now - time) / 1000)
  return { start: back(start), queued: back(waits), skipped: back(skipped) }
}

test.each<[string, Parameters<typeof plan>, ReturnType<typeof plan>]>([
  ['nothing is due', ['skip', 'latest', []], { start: [], queued: [], skipped: [] }],
  ['one is due', ['skip', 'latest', [0]], { start: [0], queued: [], skipped: [] }],
  ['one is due, and the run before goes on: skip', ['skip', 'latest', [0], { isOpen: true }], { start: [], queued: [], skipped: [0] }],
  ['queue', ['queue', 'latest', [0], { isOpen: true }], { start: [], queued: [0], skipped: [] }],
  ['allow', ['allow', 'latest', [0], { isOpen: true }], { start: [0], queued: [], skipped: [] }],
  ['several were missed: latest', ['skip', 'latest', [7200, 3600]], { start: [3600], queued: [], skipped: [] }],
  ['none', ['skip', 'none', [7200, 3600]], { start: [], queued: [], skipped: [] }],
  ['none, but the last is on time', ['skip', 'none', [3600, 30]], { start: [30], queued: [], skipped: [] }],
  ['all, one after the other', ['queue', 'all', [7200, 3600, 0]], { start: [7200], queued: [3600, 0], skipped: [] }],
  ['all, at once', ['allow', 'all', [7200, 3600, 0]], { start: [7200, 3600, 0], queued: [], skipped: [] }],
  ['all, and what is on time does not queue', ['skip', 'all', [7200, 3600, 0]], { start: [7200], queued: [3600], skipped: [0] }],
  ['all, while the run before goes on', ['skip', 'all', [7200, 0], { isOpen: true }], { start: [], queued: [7200], skipped: [0] }],
  ['the queue goes on', ['queue', 'latest', [], { queued: [7200, 3600] }], { start: [7200], queued: [3600], skipped: [] }],
  ['a time that comes meanwhile goes to its end', ['queue', 'latest', [0], { queued: [7200] }], { start: [7200], queued: [0], skipped: [] }],
  ['a queue that is allowed to go on at once does', ['allow', 'latest', [0], { queued: [3600], isOpen: true }], { start: [3600, 0], queued: [], skipped: [] }],
])('%s', (_name, given, expected) => {
  expect(plan(...given)).toEqual(expected)
})

test('neither what is made up for nor a queue grows without end', () => {
  const due = Array.from({ length: 3 * MOST }, (_, index) => 3 * MOST - index + GRACE_MS)
  expect(plan('allow', 'all', due).start).toEqual(due.slice(-MOST))
  const full = Array.from({ length: MOST }, (_, index) => 9000 - index)
  expect(plan('queue', 'latest', [0], { queued: full, isOpen: true })).toEqual({ start: [], queued: full, skipped: [0] })
})
