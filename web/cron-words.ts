/** Patterns of times as people say them. */

const DAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays']
const NAMES: Record<string, string> = { '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *' }

const numberOf = (field: string, max: number): number | null => (/^\d{1,2}$/.test(field) && Number(field) <= max ? Number(field) : null)

const timesOf = (minute: string, hours: string): string | null => {
  const at = numberOf(minute, 59)
  const all = hours.split(',').map((hour) => numberOf(hour, 23))
  if (at === null || all.some((hour) => hour === null)) return null
  return all.map((hour) => `${hour}:${String(at).padStart(2, '0')}`).join(' and ')
}

const daysOf = (field: string): string | null => {
  if (field === '1-5') return 'Monday to Friday'
  const all = field.split(',').map((day) => numberOf(day, 7))
  return all.some((day) => day === null) ? null : all.map((day) => DAYS[day!]).join(' and ')
}

/** `Monday to Friday at 6:30`; null of a pattern that says more than these words can. */
export const cronWords = (cron: string): string | null => {
  const fields = (NAMES[cron] ?? cron).trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (fields.length !== 5 || month !== '*') return null
  const step = /^\*\/(\d+)$/.exec(minute)?.[1]
  const isEveryDay = day === '*' && weekday === '*'
  if (hour === '*' && isEveryDay) {
    if (minute === '*') return 'Every minute'
    if (step) return 60 % Number(step) === 0 ? `Every ${step} minutes` : null
    const at = numberOf(minute, 59)
    return at === null ? null : at === 0 ? 'Every hour' : `Every hour at :${String(at).padStart(2, '0')}`
  }
  const times = timesOf(minute, hour)
  if (times === null) return null
  if (isEveryDay) return `Every day at ${times}`
  if (day === '*') {
    const days = daysOf(weekday)
    return days && `${days} at ${times}`
  }
  const date = numberOf(day, 31)
  return date !== null && weekday === '*' ? `On day ${date} of each month at ${times}` : null
}
