import { z } from 'zod'
import { listRuns, type RunFilter } from '../../db/list-runs.ts'
import { findWorkflowId } from '../../db/workflows.ts'
import { RUN_STATES, RUN_STATUSES, type RunState, type RunStatus } from '../../runner/model/run.ts'
import { viewerOf } from '../caller.ts'
import { cursorQuery, cutPage, instant, pageQuery, readPage } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { paginationWire, runWire, toRun } from '../wire.ts'

/** Some systems call the state of a run its status; the two share no word. */
const statusOrState = (given: RunStatus | RunState | undefined): Pick<RunFilter, 'status' | 'states'> => {
  const state = RUN_STATES.find((one) => one === given)
  return state ? { states: [state] } : { status: RUN_STATUSES.find((one) => one === given) }
}

export default defineRoute({
  method: 'get',
  path: '/api/v1/workflow-runs',
  tag: 'Workflow runs',
  summary: 'List runs, newest first.',
  allow: 'viewer',
  query: z.object({
    workflowId: z.string().max(100).optional().meta({ description: 'UUID or identifier.' }),
    status: z.enum([...RUN_STATUSES, ...RUN_STATES]).optional().meta({ description: 'Or the name of a state, which some clients call a status.' }),
    state: z.enum(RUN_STATES).optional(),
    search: z.string().max(200).optional().meta({ description: 'Part of the workflow’s name at the time of the run, of its inputs, or of why it failed; or the id of a run, or the last eight digits of it.' }),
    jobRunId: z.uuid().optional(),
    createdAfter: instant.optional(),
    createdBefore: instant.optional(),
    ...pageQuery,
    ...cursorQuery,
  }),
  answers: { 200: { description: 'A page of runs.', schema: z.object({ workflowRuns: z.array(runWire), pagination: paginationWire }) } },
  handle: async (services, { query, caller, signal }) => {
    const { workflowId, status, state, search, jobRunId, createdAfter, createdBefore } = query
    // One that nobody has heard of has no runs.
    const workflowIds = workflowId === undefined ? undefined : [(await findWorkflowId(services.db, caller.org, workflowId)) ?? '']
    const { runs, total } = await listRuns(services.db, viewerOf(caller), { workflowIds, ...statusOrState(status), state, search, jobRunId, createdAfter, createdBefore }, { ...readPage(query), signal })
    const now = services.clock.now()
    const { entries, pagination } = cutPage(query, total, runs, ({ run }) => run.id)
    return { status: 200, body: { workflowRuns: entries.map((view) => toRun(view, now, caller)), pagination } }
  },
})
