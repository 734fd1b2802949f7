import { useEffect } from 'react'

/** Work that has not been saved, kept in this browser: it outlives a reload, and a tab that is closed. */

const PREFIX = 'errand.draft.'

export type Draft = {
  text: string
  /** Of the workflow, when it was begun; 0 for a new one. */
  version: number
  at: string
}

export const readDraft = (key: string): Draft | null => {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null') as Draft | null
    return found && typeof found.text === 'string' && typeof found.version === 'number' ? found : null
  } catch {
    return null
  }
}

export const dropDraft = (key: string): void => localStorage.removeItem(PREFIX + key)

/** For whoever sits down at this machine next. */
export const dropAllDrafts = (): void => {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
}

/** Keeps `text` while it differs from what is saved. */
export const useKeptDraft = (key: string, { text, version, isChanged }: { text: string; version: number; isChanged: boolean }): void => {
  useEffect(() => {
    if (!isChanged) return dropDraft(key)
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify({ text, version, at: new Date().toISOString() } satisfies Draft))
    } catch {
      // The browser keeps nothing, or has no room left: the work is still there until the tab is closed.
    }
  }, [key, text, version, isChanged])
}
