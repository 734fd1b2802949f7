import type { ActivityRunJson, WorkflowJson } from '../../server/wire.ts'
import type { Api } from './api.ts'
import type { StreamEvent } from './follow.ts'
import type { Screen } from './screen.ts'
import { duration, fileSize } from './words.ts'

/** Shows a run while it goes on: a line for every attempt at a step that has ended, the one at work, and a bar for the whole. */
export type Progress = {
  take(event: StreamEvent): Promise<void>
  /** While a person is asked, nothing is drawn in place. */
  pause(): void
  go(): void
}

type Activity = { stepId: string; stepName: string | null; activityRunId: string; status: string; attempt: number; error?: { message: string } }

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'
const BAR = 30

export const createProgress = (screen: Screen, api: Api, { nodes }: WorkflowJson): Progress => {
  const { paint, print } = screen
  const done = new Set<string>()
  const titles = nodes.map(({ title, identifier }) => title ?? identifier)
  const width = Math.max(...titles.map((title) => title.length))
  const beganAt = performance.now()
  let runId = ''
  /** Why the last attempt failed: told when the run goes on all the same; else it is told as the end of the run. */
  let overcome: string | null = null
  let current: { title: string; attempt: number; since: number; waits: boolean } | null = null

  const line = (symbol: string, title: string, attempt: number, ms: number): string =>
    `  ${symbol} ${title.padEnd(width)}  ${paint('dim', `attempt ${attempt}`)}  ${duration(ms).padStart(8)}`
  const countOf = (): string => (screen.inPlace ? '' : paint('dim', `[${String(done.size).padStart(String(nodes.length).length)}/${nodes.length}]`))

  const bar = (): string => {
    const full = Math.round((done.size / nodes.length) * BAR)
    return `  ${paint('green', '█'.repeat(full))}${paint('dim', '░'.repeat(BAR - full))}  ${done.size} of ${nodes.length} steps  ${duration(performance.now() - beganAt)}`
  }
  const draw = (): string[] => {
    const spin = SPINNER[Math.floor(performance.now() / 100) % SPINNER.length]!
    const now = current ? [line(paint('cyan', current.waits ? '?' : spin), current.title, current.attempt, performance.now() - current.since)] : []
    return [...now, '', bar()]
  }

  /** How long it took by the server's clock: what is seen here after a lost connection has come late. */
  const tookMs = async (activityRunId: string): Promise<number> => {
    const { activityRuns } = await api.call<{ activityRuns: ActivityRunJson[] }>('GET', `/api/v1/workflow-runs/${runId}`)
    const { startedAt, completedAt } = activityRuns.find(({ id }) => id === activityRunId) ?? {}
    return startedAt && completedAt ? Date.parse(completedAt) - Date.parse(startedAt) : 0
  }

  const ended = async ({ stepId, stepName, activityRunId, status, attempt, error }: Activity): Promise<void> => {
    const ms = await tookMs(activityRunId)
    if (status === 'completed') done.add(stepId)
    current = null
    const symbol = { completed: paint('green', '✓'), failed: paint('red', '✗') }[status] ?? paint('yellow', '–')
    print(`${countOf()}${line(symbol, stepName ?? stepId, attempt, ms)}`)
    overcome = error?.message ?? null
  }

  return {
    pause: () => screen.live(null),
    go: () => screen.live(draw),
    take: async ({ event, data }) => {
      if (event === 'started') runId = String(data.runId)
      if (event === 'resumed') print(paint('yellow', `    The connection was lost; it goes on after event ${String(data.lastEventId)}.`))
      if (event === 'log') {
        const { level, message } = data.content as { level: string; message: string }
        print(paint('dim', `    ${level}: ${message}`))
      }
      if (event === 'artifact') {
        const { name, sizeBytes } = data.content as { name: string; sizeBytes: number }
        print(paint('dim', `    + ${name}, ${fileSize(sizeBytes)}`))
      }
      if (event !== 'activity-run') return
      const activity = data.content as Activity
      const { stepId, stepName, status, attempt } = activity
      if (overcome !== null) print(`      ${overcome}`)
      overcome = null
      if (status === 'running' || status === 'scheduled') current = { title: stepName ?? stepId, attempt, since: performance.now(), waits: false }
      else if (status === 'waiting' && current) current.waits = true
      else await ended(activity)
    },
  }
}
