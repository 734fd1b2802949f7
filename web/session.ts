import { useSyncExternalStore } from 'react'

/** What the caller is known by: an API key or a token, kept for as long as the tab is open. */

const KEY = 'errand.token'
const listeners = new Set<() => void>()

export const readToken = (): string | null => sessionStorage.getItem(KEY)

export const writeToken = (token: string | null): void => {
  if (token === null) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, token)
  for (const told of listeners) told()
}

const subscribe = (told: () => void): (() => void) => {
  listeners.add(told)
  return () => listeners.delete(told)
}

export const useToken = (): string | null => useSyncExternalStore(subscribe, readToken)
