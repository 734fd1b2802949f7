/** Who is told that something was recorded. */

/** One who follows a run. Made once for the whole following: a signal an event costs more than the event. */
export type News = {
  /** Resolves when something was recorded since it last did, or when the signal aborts. */
  next(): Promise<void>
  end(): void
}

/** Who listens for this, in the place of a run's id, is woken by every run. */
export const EVERY_RUN = '*'

export type Followers = {
  wake(runId: string): void
  listen(runId: string, signal: AbortSignal): News
}

/** Who follows which run. A wake-up carries no data: the log is read again. */
export const createFollowers = (): Followers => {
  const listening = new Map<string, Set<() => void>>()
  return {
    wake: (runId) => {
      for (const id of [runId, EVERY_RUN]) for (const told of listening.get(id) ?? []) told()
    },
    listen: (runId, signal) => {
      let isNew = false
      let wake: (() => void) | null = null
      const told = (): void => {
        isNew = true
        wake?.()
      }
      const all = listening.get(runId) ?? new Set()
      listening.set(runId, all)
      all.add(told)
      signal.addEventListener('abort', told)
      return {
        next: async () => {
          if (!isNew && !signal.aborted)
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          wake = null
          isNew = false
        },
        end: () => {
          signal.removeEventListener('abort', told)
          all.delete(told)
          if (all.size === 0 && listening.get(runId) === all) listening.delete(runId)
        },
      }
    },
  }
}
