import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { findChromium } from '../../runner/find-chromium.ts'

/** Where the figures come from. Taken before anything is started, so that the load is that of others. */
export const describeMachine = (): string => {
  const version = spawnSync(findChromium(process.env), ['--version'], { encoding: 'utf8' }).stdout.trim()
  const gib = Math.round(totalmem() / 1024 ** 3)
  const [one = 0, five = 0] = loadavg()
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() || process.arch}), ${gib} GiB, ${platform()} ${release()}, Node ${process.versions.node}, ${version}`,
    `load by others before: ${one.toFixed(2)} (1 min), ${five.toFixed(2)} (5 min)`,
  ].join('; ')
}

const busyAndAll = () =>
  cpus().reduce(
    (sum, { times }) => {
      const all = times.user + times.nice + times.sys + times.irq + times.idle
      return { busy: sum.busy + all - times.idle, all: sum.all + all }
    },
    { busy: 0, all: 0 },
  )

/** The share of the processors that others take, in per cent, seen over a while in which we do nothing. */
export const noise = async (ms = 1_000): Promise<number> => {
  const before = busyAndAll()
  await sleep(ms)
  const after = busyAndAll()
  return (100 * (after.busy - before.busy)) / Math.max(1, after.all - before.all)
}
