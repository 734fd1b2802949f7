import { readFileSync } from 'node:fs'

/**
 * Starts to count for how many milliseconds the processor works for a thread; on the wall once it has ended. Node tells that only of the
 * whole process, before version 24.
 */
export type ThreadTime = () => () => number

/** Linux counts in hundredths of a second, whatever the processor. */
const TICK_MS = 10

/** Of the process: more than the thread's, where others of it work as well. */
const processTime = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The 14th and 15th field of /proc/…/stat (proc(5)); the second may hold spaces, in brackets. */
const readStat = (path: string): number => {
  const stat = readFileSync(path, 'latin1')
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number)
  return (Number(user) + Number(system)) * TICK_MS
}

/** @param thread what `/proc/thread-self` points at in the thread, as in `4711/task/4712`; null where there is no such thing */
export const createThreadTime = (thread: string | null): ThreadTime => {
  const path = `/proc/${thread}/stat`
  const read = (): number => {
    try {
      return thread === null ? processTime() : readStat(path)
    } catch {
      return NaN
    }
  }
  return () => {
    const [began, started] = [read(), performance.now()]
    return () => {
      const spent = read() - began
      return Number.isNaN(spent) ? performance.now() - started : spent
    }
  }
}
