import type { ActivityStatus } from '../runner/model/activity.ts'
import type { RunState } from '../runner/model/run.ts'

/** Figures and states, as people read them. */

export const STATE_WORDS: Record<RunState, string> = {
  PENDING: 'Scheduled',
  IN_PROGRESS: 'Running',
  AWAITING_USER_INPUT: 'Waits for a person',
  AWAITING_EXTERNAL: 'Waits',
  CANCELLING: 'Cancelling',
  COMPLETED: 'Completed',
  COMPLETED_WITH_NO_ACTION_TAKEN: 'Nothing to do',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
}

export const ACTIVITY_WORDS: Record<ActivityStatus, string> = {
  scheduled: 'Scheduled',
  running: 'Running',
  waiting: 'Waiting',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  skipped: 'Kept',
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** `340 ms`, `4.2 s`, `3 min 05 s`, `2 h 14 min`. */
export const duration = (ms: number): string => {
  const safe = Math.max(0, ms)
  if (safe < 1_000) return `${Math.round(safe)} ms`
  if (safe < 10_000) return `${(safe / 1_000).toFixed(1)} s`
  const seconds = Math.floor(safe / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} min` : plural(Math.floor(hours / 24), 'day')
}

/** `just now`, `4 min ago`, `yesterday`. */
export const ago = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  return days === 1 ? 'yesterday' : `${days} days ago`
}

/** `812 B`, `4.1 KB`, `2.3 MB`. */
export const bytes = (count: number): string => {
  if (count < 1_000) return `${count} B`
  const [value, unit] = count < 1_000_000 ? [count / 1_000, 'KB'] : count < 1_000_000_000 ? [count / 1_000_000, 'MB'] : [count / 1_000_000_000, 'GB']
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
}

/** In the reader's own zone and way: `20 Nov 2026, 10:43:12`. */
export const moment = (iso: string): string => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** The beginning of an id is a time, and alike for all of a day: its end tells runs apart. */
export const shortId = (id: string): string => id.replaceAll('-', '').slice(-8)

/** A place in loops, counted from 1: `each[3].inner[0]` is round `4.1`. */
export const roundOf = (iteration: string): string => [...iteration.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index) + 1).join('.') || iteration

/** `20 Nov 2026`. */
export const day = (iso: string): string => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' })

/** `96 %`; nothing of nothing is no share. */
export const share = (part: number, whole: number): string => (whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`)
