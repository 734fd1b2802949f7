import { useEffect, useState } from 'react'

const LONG_MS = 1_500

/** Says of a search that takes its time that it goes on. Rare words are looked for in every run that there is. */
export const SlowNote = ({ isBusy }: { isBusy: boolean }) => {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    if (!isBusy) return
    const timer = setTimeout(() => setLong(true), LONG_MS)
    return () => {
      clearTimeout(timer)
      setLong(false)
    }
  }, [isBusy])
  return <div role="status">{isBusy && isLong && <p className="slow-note">Still looking through the inputs and errors of all runs …</p>}</div>
}
