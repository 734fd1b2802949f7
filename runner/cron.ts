/** Cron lives with the step that is checked by it; this is the server's way to it. */
export { cronFault, latestTimes, momentOf, nextTimes } from '../steps/lib/cron.ts'
