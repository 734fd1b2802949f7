import { lazy, type ComponentType, type LazyExoticComponent } from 'react'

/** Parts of the dashboard that are fetched when they are needed. */

/** A connection that is lost for a moment is no reason to give up. */
const WAITS_MS = [300, 1_000, 2_000, 4_000, 8_000]

const tryAgain = async <T,>(load: () => Promise<T>): Promise<T> => {
  for (const waitMs of WAITS_MS) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
  return load()
}

/** `lazy`, which keeps trying for a while; then the boundary around it says so. */
export const fetched = <Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): LazyExoticComponent<ComponentType<Props>> => lazy(() => tryAgain(load))
