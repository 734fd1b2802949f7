import { setTimeout as sleep } from 'node:timers/promises'
import { execute, saveWorkflow } from './api.ts'
import { ask, ready, startChild, startPortal, startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { ownCpuMs } from './process-tree.ts'
import { inLanes, PORTAL_USER, portalWorkflow, ROWS, type Job, type Took } from './portal-task.ts'
import { medianOf, spreadOf } from './stats.ts'

/**
 * The portal task on the platform and as a bare script, in turns. Both are warmed up, both stand idle equally long between turns, and who
 * begins changes from round to round. With `platformSwitches` the script's browser gets the platform's arguments: what those alone bring is
 * no longer in the ratio.
 */
export type RunOptions = { rounds: number; idleMs: number; platformSwitches: boolean; say: (line: string) => void }

type Side = { name: string; pid: number; work: (job: Job) => Promise<Took> }
/** `cpuMs`: of the Node process, a run; what Chromium takes cannot be told apart once its processes have ended. */
type Turn = Took & { cpuMs: number }
type Series = { platform: Turn[]; script: Turn[] }

const WARM_UP = 5

const takeTurns = async ([platform, script]: readonly [Side, Side], job: Job, { rounds, idleMs }: RunOptions): Promise<Series> => {
  const series: Series = { platform: [], script: [] }
  for (let round = 0; round < rounds; round++) {
    const order = [
      { side: platform, turns: series.platform },
      { side: script, turns: series.script },
    ]
    for (const { side, turns } of round % 2 === 0 ? order : order.reverse()) {
      await sleep(idleMs)
      const before = ownCpuMs(side.pid)
      const took = await side.work(job)
      turns.push({ ...took, cpuMs: (ownCpuMs(side.pid) - before) / job.runs })
    }
  }
  return series
}

const each = (turns: readonly Turn[]): number[] => turns.flatMap((turn) => turn.each)
const perMinute = (turns: readonly Turn[]): number[] => turns.map((turn) => (60_000 * turn.each.length) / turn.all)
const cpuText = (turns: readonly Turn[]): string => String(Math.round(medianOf(turns.map((turn) => turn.cpuMs))))
const cpuNote = ({ platform, script }: Series): string => `the Node process alone: ${cpuText(platform)} ms of CPU a run, script ${cpuText(script)}`

/** The ratio of the medians; its spread is that of the ratios turn by turn. */
const ratio = (name: string, goal: Figure['goal'], platform: readonly number[], script: readonly number[], note?: string): Figure => ({
  name,
  value: medianOf(platform) / medianOf(script),
  unit: '×',
  spread: spreadOf(platform.map((value, index) => value / script[index]!)),
  ...(goal ? { goal } : {}),
  ...(note ? { note } : {}),
})

const both = (what: string, unit: Figure['unit'], platform: readonly number[], script: readonly number[]): Figure[] =>
  [
    { name: `${what}: platform`, values: platform },
    { name: `${what}: script`, values: script },
  ].map(({ name, values }) => ({ name, value: medianOf(values), unit, spread: spreadOf(values) }))

const latency = (what: string, goal: Figure['goal'], series: Series, note: string): Figure[] => {
  const [platform, script] = [each(series.platform), each(series.script)]
  return [ratio(`${what}, latency ÷ script's`, goal, platform, script, note), ...both(what, 'ms', platform, script)]
}

const throughput = (what: string, goal: Figure['goal'], series: Series, note?: string): Figure[] => {
  const [platform, script] = [perMinute(series.platform), perMinute(series.script)]
  return [ratio(`${what}, runs a minute ÷ script's`, goal, platform, script, note ?? cpuNote(series)), ...both(what, '/min', platform, script)]
}

export const benchRun = async (options: RunOptions): Promise<Figure[]> => {
  const { rounds, idleMs, platformSwitches, say } = options
  await using portal = await startPortal()
  await using server = await startServer()
  await using script = startChild('scripts/bench/bare-script.ts', { args: [portal.url, ...(platformSwitches ? ['--platform-switches'] : [])] })
  await ready(script)
  const workflowId = await saveWorkflow(server.url, portalWorkflow(portal.url))
  const once = async (): Promise<void> => {
    const { outputs } = await execute(server.url, workflowId, PORTAL_USER)
    const [first, second] = [outputs.page_1?.rows, outputs.page_2?.rows] as [unknown[] | undefined, unknown[] | undefined]
    if (first?.length !== ROWS || second?.length !== ROWS) throw new Error(`The platform read ${first?.length} and ${second?.length} rows.`)
  }
  const sides = [
    { name: 'platform', pid: server.pid, work: (job: Job) => inLanes(job, once) },
    { name: 'script', pid: script.pid, work: (job: Job) => ask<Took>(script, job) },
  ] as const

  say(`run: warming up, ${WARM_UP} runs each`)
  await takeTurns(sides, { runs: WARM_UP, atOnce: 1 }, { ...options, rounds: 1 })
  say(`run: one at a time, ${rounds} rounds, ${idleMs} ms idle before each run`)
  const alone = await takeTurns(sides, { runs: 1, atOnce: 1 }, options)
  const blocks = { ...options, rounds: Math.ceil(rounds / 5), idleMs: 2 * idleMs }
  say(`run: back to back, ${blocks.rounds} blocks of 8 runs each`)
  const backToBack = await takeTurns(sides, { runs: 8, atOnce: 1 }, blocks)
  say(`run: 4 at once, ${blocks.rounds} blocks of 16 runs each`)
  const four = await takeTurns(sides, { runs: 16, atOnce: 4 }, blocks)
  say(`run: 16 at once, ${blocks.rounds} blocks of 32 runs each`)
  const sixteen = await takeTurns(sides, { runs: 32, atOnce: 16 }, blocks)
  return [
    ...latency('one at a time', { most: 1 }, alone, `${idleMs} ms idle before each run`),
    ...latency('back to back', undefined, backToBack, 'no idle time between runs'),
    ...throughput('back to back', undefined, backToBack),
    ...throughput('4 at once', { least: 0.97 }, four),
    ...throughput('16 at once', { least: 1 }, sixteen),
    ...both('16 at once, latency', 'ms', each(sixteen.platform), each(sixteen.script)),
  ]
}
