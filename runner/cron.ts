/** Cron lives with the step that is checked by it; this is the server's way to it. */
export { latestTime, nextTime } from '../steps/lib/cron.ts'
