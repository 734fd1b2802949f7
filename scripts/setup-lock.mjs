/** One setup at a time. Uses only what Node brings: it runs before anything is installed. */
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Waits until nobody else sets up `root`. The lock is outside node_modules, which `npm ci` empties. Its holder touches it every few seconds: one that was killed is told by its
 * process, one whose process number is in use again by its age.
 */
export async function takeLock(root, say) {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  mkdirSync(tmpdir(), { recursive: true })
  const path = join(tmpdir(), `errand-setup-${process.getuid?.() ?? 0}-${name}.lock`)
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    for (let told = false; ; await new Promise((wake) => setTimeout(wake, 200))) {
      try {
        linkSync(mine, path) // with its content from the first moment on
        break
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const holder = lockHolder(path)
      if (holder === undefined) removeStale(path)
      else if (!told) {
        told = true
        say(`Another setup (process ${holder}) is at work here; waiting for it ...`)
      }
    }
  } finally {
    rmSync(mine, { force: true })
  }
  const isMine = () => existsSync(path) && readFileSync(path, 'utf8') === String(process.pid)
  const touch = setInterval(() => isMine() && utimesSync(path, new Date(), new Date()), 5_000)
  return () => {
    clearInterval(touch)
    if (isMine()) rmSync(path, { force: true })
  }
}

/** The process that holds the lock; undefined when it is gone. */
function lockHolder(path) {
  try {
    const holder = Number(readFileSync(path, 'utf8'))
    if (Date.now() - statSync(path).mtimeMs > 5 * 60_000) return undefined
    process.kill(holder, 0)
    return holder
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined
  }
}

/** Renamed first: of two that find the same stale lock, one gets it, and a lock that was taken in between is put back. */
function removeStale(path) {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
    if (lockHolder(aside) !== undefined) linkSync(aside, path)
  } catch {
    // Another was faster.
  } finally {
    rmSync(aside, { force: true })
  }
}
