import { isActivityFinal, type ActivityKind, type ActivityStatus } from '../runner/model/activity.ts'
import { toActivityIdentifier } from '../runner/model/id.ts'
import { isFinal, type RunState, type RunStatus } from '../runner/model/run.ts'
import type { ActivityRunJson, RunJson } from '../server/wire.ts'
import type { RunDetail } from './api/runs.ts'
import type { StreamEvent } from './api/stream.ts'

/**
 * A run as its stream tells it: each event turns what is known into what is so after it. What was known already, and comes again, changes nothing.
 */

type RunContent = { status: RunStatus; state: RunState; currentStateName: string | null; at: string }
type ActivityContent = {
  activityRunId: string
  stepId: string
  stepName: string | null
  kind: ActivityKind
  status: ActivityStatus
  attempt: number
  iteration: string | null
  outputs: Record<string, unknown> | null
  error?: ActivityRunJson['error']
  links?: string[]
  startedAt: string | null
  completedAt: string | null
  at: string
}
type LogContent = { activityRunId: string | null; level: string; message: string; tags: Record<string, string>; at: string }
type Thinking = { content: string; activityRunId: string | null; at: string }

/** Whether a person may be asked at present: also while another branch goes on. */
const mayAwait = ({ state }: Pick<RunContent, 'state'>): boolean => state === 'AWAITING_USER_INPUT' || state === 'IN_PROGRESS'

const foldRun = (run: RunJson, { status, state, currentStateName, at }: RunContent): RunJson => {
  if (isFinal(run.state)) return run
  return {
    ...run,
    status,
    state,
    currentStateName,
    updatedAt: at,
    startedAt: run.startedAt ?? (state === 'IN_PROGRESS' ? at : null),
    completedAt: isFinal(state) ? at : null,
    awaiting: mayAwait({ state }) ? run.awaiting : null,
  }
}

const newActivity = (workflowRunId: string, content: ActivityContent, type: string): ActivityRunJson => ({
  id: content.activityRunId,
  identifier: toActivityIdentifier(content.activityRunId),
  workflowRunId,
  stepId: content.stepId,
  stepName: content.stepName,
  kind: content.kind,
  type,
  status: content.status,
  outputs: null,
  error: null,
  attempt: content.attempt,
  iteration: content.iteration,
  matchedTarget: null,
  links: [],
  logs: [],
  thinking: [],
  artifacts: [],
  createdAt: content.at,
  startedAt: null,
  updatedAt: content.at,
  completedAt: null,
})

const foldActivity = (known: ActivityRunJson, { status, outputs, error, links, startedAt, completedAt, at }: ActivityContent): ActivityRunJson => {
  if (isActivityFinal(known.status) && known.completedAt !== null) return known
  return {
    ...known,
    status,
    outputs: outputs ?? known.outputs,
    error: error ?? known.error,
    links: links ?? known.links,
    updatedAt: at,
    startedAt: startedAt ?? known.startedAt,
    completedAt,
  }
}

/** Changes one activity run of many without copying the others; they stay the same objects, so that only its row is drawn again. */
const changed = (detail: RunDetail, activityRunId: string | null, change: (known: ActivityRunJson) => ActivityRunJson): RunDetail => {
  const at = detail.activityRuns.findLastIndex(({ id }) => id === activityRunId)
  const known = detail.activityRuns[at]
  if (!known) return detail
  const next = change(known)
  return next === known ? detail : { ...detail, activityRuns: detail.activityRuns.with(at, next) }
}

const isNew = (lines: readonly { createdAt: string }[], at: string): boolean => lines.length === 0 || lines.at(-1)!.createdAt <= at

/** @param typeOf the step type of a node, which events do not tell */
export const foldEvent = (detail: RunDetail, { event, data }: StreamEvent, typeOf: (stepId: string) => string): RunDetail => {
  switch (event) {
    case 'workflow-run':
      return { ...detail, workflowRun: foldRun(detail.workflowRun, (data as { content: RunContent }).content) }
    case 'activity-run': {
      const { content } = data as { content: ActivityContent }
      if (detail.activityRuns.some(({ id }) => id === content.activityRunId)) return changed(detail, content.activityRunId, (known) => foldActivity(known, content))
      const activity = foldActivity(newActivity(detail.workflowRun.id, content, typeOf(content.stepId)), content)
      return { ...detail, activityRuns: [...detail.activityRuns, activity], activityRunsTotal: detail.activityRunsTotal + 1 }
    }
    case 'log': {
      const { activityRunId, level, message, tags, at } = (data as { content: LogContent }).content
      if (activityRunId === null) return isNew(detail.logs, at) ? { ...detail, logs: [...detail.logs, { level, message, tags, createdAt: at }] } : detail
      return changed(detail, activityRunId, (known) => (isNew(known.logs, at) ? { ...known, logs: [...known.logs, { level, message, tags, createdAt: at }] } : known))
    }
    case 'thinking': {
      const { activityRunId, content, at } = data as Thinking
      return changed(detail, activityRunId, (known) => (isNew(known.thinking, at) ? { ...known, thinking: [...known.thinking, { text: content, createdAt: at }] } : known))
    }
    case 'result':
    case 'error': {
      // The last one holds the whole.
      const { activityRuns, activityRunsTotal, logs, ...workflowRun } = (data as { workflowRun: RunJson & Omit<RunDetail, 'workflowRun'> }).workflowRun
      return { workflowRun, activityRuns, activityRunsTotal, logs }
    }
    default:
      return detail
  }
}

/** What an event only hints at, and has to be asked for: the addresses of a file, a question with all that belongs to it, and which one is open now. */
export const asksForMore = ({ event, data }: StreamEvent): boolean =>
  event === 'artifact' || event.startsWith('user-input') || (event === 'workflow-run' && mayAwait((data as { content: RunContent }).content))
