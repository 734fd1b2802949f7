import { useEffect, useState } from 'react'

/** A tab that is left for a moment keeps its streams. */
const LEAVE_MS = 15_000

/** Whether somebody may be looking at this tab. Browsers allow few connections to one server: those of a hidden tab are let go. */
export const useVisible = (): boolean => {
  const [isVisible, setVisible] = useState(true)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = (): void => {
      clearTimeout(timer)
      if (document.visibilityState === 'visible') setVisible(true)
      else timer = setTimeout(() => setVisible(false), LEAVE_MS)
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  return isVisible
}
