import { setTimeout as sleep } from 'node:timers/promises'
import { execute, saveWorkflow } from './api.ts'
import { startPortal, startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { processTree } from './process-tree.ts'
import { inLanes } from './portal-task.ts'
import { medianOf, spreadOf } from './stats.ts'

/** Whether the server's process grows with the runs that it has done. Chromium's processes are not counted: each run's go with it. */
const EARLY = 100
const LATE = 500
const AT_ONCE = 2

const small = {
  identifier: 'bench_memory',
  nodes: [
    { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
    ...Array.from({ length: 5 }, (_, index) => ({ identifier: `step_${index}`, config: { type: 'TRANSFORM', value: { text: 'x'.repeat(1_000), index } } })),
  ],
  connections: [],
}

const withPage = (portalUrl: string) => ({
  identifier: 'bench_memory_page',
  nodes: [
    { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } },
    { identifier: 'open', config: { type: 'NAVIGATE', url: `${portalUrl}/login` } },
    { identifier: 'user', config: { type: 'FILL', target: { label: 'User name' }, value: 'demo' } },
    { identifier: 'picture', config: { type: 'SCREENSHOT' } },
  ],
  connections: [],
})

/** At rest: what a collection has not come to yet is not growth, so the least of some looks counts. */
const restingMegabytes = async (pid: number): Promise<number[]> => {
  const looks: number[] = []
  for (let look = 0; look < 6; look++) {
    await sleep(500)
    looks.push((processTree(pid).find((found) => found.pid === pid)?.rssBytes ?? 0) / 1024 ** 2)
  }
  return looks
}

export const benchMemory = async ({ say }: { say: (line: string) => void }): Promise<Figure[]> => {
  await using portal = await startPortal()
  await using server = await startServer()
  const smallId = await saveWorkflow(server.url, small)
  const pageId = await saveWorkflow(server.url, withPage(portal.url))
  let done = 0
  // Every fifth has a page.
  const once = async (): Promise<void> => void (await execute(server.url, done++ % 5 === 0 ? pageId : smallId))
  say(`memory: ${EARLY} runs`)
  await inLanes({ runs: EARLY, atOnce: AT_ONCE }, once)
  const early = await restingMegabytes(server.pid)
  say(`memory: ${LATE - EARLY} more`)
  await inLanes({ runs: LATE - EARLY, atOnce: AT_ONCE }, once)
  const late = await restingMegabytes(server.pid)
  return [
    { name: `growth from ${EARLY} to ${LATE} runs`, value: (100 * (medianOf(late) - medianOf(early))) / medianOf(early), unit: '%', goal: { most: 20 }, note: 'resident memory of the server process; every fifth run has a page' },
    { name: `after ${EARLY} runs`, value: medianOf(early), unit: 'MB', spread: spreadOf(early) },
    { name: `after ${LATE} runs`, value: medianOf(late), unit: 'MB', spread: spreadOf(late) },
  ]
}
