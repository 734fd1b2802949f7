import { useNow } from '../use-now.ts'
import { ago, duration, moment } from '../words.ts'

/** How long ago something was; the exact moment for who points at it. */
export const Ago = ({ at }: { at: string }) => {
  const now = useNow(true, 30_000)
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(now - Date.parse(at))}
    </time>
  )
}

/** From one moment to another, or to now while there is no other. */
export const Lasting = ({ from, to }: { from: string | null; to: string | null }) => {
  const isRunning = from !== null && to === null
  const now = useNow(isRunning)
  if (from === null) return <>–</>
  return <span className="figures">{duration((to === null ? now : Date.parse(to)) - Date.parse(from))}</span>
}

/** Counts down to a moment. */
export const Left = ({ until }: { until: string }) => {
  const left = Date.parse(until) - useNow(true)
  return <span className="figures">{left <= 0 ? 'time is over' : `${duration(left)} left`}</span>
}
