import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What processes cost, by their ids: /proc where there is one, else `ps`. */
export type Proc = { pid: number; parent: number; name: string; rssBytes: number; cpuMs: number }

const TICK_MS = 10
const PAGE_BYTES = 4096

const fromProc = (pid: number): Proc[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in brackets and may hold anything.
    const end = text.lastIndexOf(')')
    const fields = text.slice(end + 2).split(' ').map(Number)
    const [parent = 0, utime = 0, stime = 0, rss = 0] = [1, 11, 12, 21].map((index) => fields[index])
    return [{ pid, parent, name: text.slice(text.indexOf('(') + 1, end), rssBytes: rss * PAGE_BYTES, cpuMs: (utime + stime) * TICK_MS }]
  } catch {
    return [] // It has ended meanwhile.
  }
}

const toMs = (time: string): number => time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0) * 1000

const fromPs = (): Proc[] =>
  spawnSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=,comm='], { encoding: 'utf8' })
    .stdout.split('\n')
    .flatMap((line) => {
      const [pid, parent, rss, time, ...name] = line.trim().split(/\s+/)
      return name.length === 0 ? [] : [{ pid: Number(pid), parent: Number(parent), name: name.join(' '), rssBytes: Number(rss) * 1024, cpuMs: toMs(time ?? '0') }]
    })

const all = (): Proc[] =>
  existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => fromProc(Number(name)))
    : fromPs()

/** The process and all below it. */
export const processTree = (root: number): Proc[] => {
  const processes = all()
  const found = processes.filter(({ pid }) => pid === root)
  for (const known of found) found.push(...processes.filter(({ parent, pid }) => parent === known.pid && pid !== root))
  return found
}

/** CPU time of one process so far, not of those below it. */
export const ownCpuMs = (pid: number): number => processTree(pid).find((found) => found.pid === pid)?.cpuMs ?? 0

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
