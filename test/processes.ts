import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What runs below a process, read from /proc: only Linux has it. */

export const hasProc = existsSync('/proc/self/stat')

export type Process = { pid: number; command: string }

const read = (pid: string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** The processes that `root` started, and those that they started. */
const descendants = (root: number): Process[] => {
  const children = new Map<number, number[]>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = read(pid, 'stat')
    // The name in brackets may hold anything; the state and the parent come after it. Z has ended and waits to be noticed.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state !== undefined && state !== 'Z') children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(pid)])
  }
  const found: number[] = []
  const queue = [root]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const below = children.get(pid) ?? []
    found.push(...below)
    queue.push(...below)
  }
  return found.map((pid) => ({ pid, command: read(String(pid), 'cmdline').replaceAll('\0', ' ').trim() }))
}

const isChromium = ({ command }: Process): boolean => command.includes('--remote-debugging-pipe') || command.includes('--type=')

export const chromiumProcesses = (root: number): Process[] => descendants(root).filter(isChromium)

/** Chromium itself: its root process, on which all others hang. */
export const chromiumRoots = (root: number): Process[] => descendants(root).filter(({ command }) => command.includes('--remote-debugging-pipe') && !command.includes('--type='))

/** The processes that pages run in. */
export const renderers = (root: number): Process[] => descendants(root).filter(({ command }) => command.includes('--type=renderer'))

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
