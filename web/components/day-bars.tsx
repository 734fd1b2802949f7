import { day as dayWords } from '../words.ts'

type Part = { value: number; status: string }
type Props = {
  /** Oldest first; each is a bar of parts, from the bottom up. */
  days: readonly { startsAt: string; parts: readonly Part[]; words: string }[]
  /** What stands for the whole height; the highest bar unless given. */
  max?: number
  /** What is seen, for who cannot see it. */
  label: string
}

const STEP = 10
const BAR = 7
const HEIGHT = 64

/** One bar for each day. Who points at one is told its figures. */
export const DayBars = ({ days, max, label }: Props) => {
  const top = max ?? Math.max(1, ...days.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)))
  return (
    <svg className="day-bars" viewBox={`0 0 ${days.length * STEP - (STEP - BAR)} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {days.map(({ startsAt, parts, words }, index) => {
        let base = HEIGHT
        const x = index * STEP
        return (
          <g key={startsAt}>
            <title>{`${dayWords(startsAt)}: ${words}`}</title>
            <rect className="day-none" x={x} y={HEIGHT - 2} width={BAR} height={2} />
            {parts.map(({ value, status }) => {
              const height = value === 0 ? 0 : Math.max(2, (value / top) * HEIGHT)
              base -= height
              return <rect key={status} data-status={status} className="day-part" x={x} y={Math.max(0, base)} width={BAR} height={height} />
            })}
            <rect className="day-hit" x={x - (STEP - BAR) / 2} y={0} width={STEP} height={HEIGHT} />
          </g>
        )
      })}
    </svg>
  )
}
