import { useEffect, useState } from 'react'

/** Milliseconds since 1970, told anew every `everyMs` while `isRunning`. */
export const useNow = (isRunning: boolean, everyMs = 1_000): number => {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [isRunning, everyMs])
  return now
}
