import { setMaxListeners } from 'node:events'

/**
 * A signal that aborts as soon as one of `signals` does, with its reason, for as long as it is used. In place of `AbortSignal.any` where a
 * part outlives the use: that leaves something with it each time, and is kept for ever, with all that listens, until nothing listens any more.
 */
export const joinSignals = (signals: readonly AbortSignal[]): Disposable & { signal: AbortSignal } => {
  const joined = new AbortController()
  const stops = signals.map((signal) => {
    // A run has as many branches, and a server as many streams, as there are: Node takes more than ten for a leak.
    setMaxListeners(0, signal)
    const stop = (): void => joined.abort(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    return () => signal.removeEventListener('abort', stop)
  })
  return {
    signal: joined.signal,
    [Symbol.dispose]: () => {
      for (const forget of stops) forget()
    },
  }
}
