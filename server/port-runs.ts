import { z } from 'zod'
import { listNodeRuns } from '../db/node-runs.ts'
import { getRun, type RunView } from '../db/runs.ts'
import { findWorkflowId } from '../db/workflows.ts'
import { viewerOf, type Caller } from './caller.ts'
import { toPortRun } from './port-wire.ts'
import type { Services } from './start.ts'

/** How many node runs stand in their run; those of long loops are read in pages. */
const SHOWN = 1000

/** A run with its node runs. @throws Problem `not_found` */
export const getPortRun = async ({ db }: Services, caller: Caller, id: string) => {
  const viewer = viewerOf(caller)
  const view = await getRun(db, viewer, id)
  const { nodeRuns, total } = await listNodeRuns(db, viewer, { runIds: [id] }, { limit: SHOWN })
  return toPortRun(view, nodeRuns, total)
}

/** Runs of a list, each with its node runs outside of loops: no more than the workflow has nodes. */
export const toPortRuns = async ({ db }: Services, caller: Caller, views: readonly RunView[]) => {
  if (views.length === 0) return []
  const { nodeRuns } = await listNodeRuns(db, viewerOf(caller), { runIds: views.map(({ run }) => run.id), outsideLoops: true }, { limit: 100_000 })
  return views.map((view) => toPortRun(view, nodeRuns.filter(({ run }) => run.id === view.run.id)))
}

/** Lists in a query: a parameter given several times, or with commas. */
export const listQuery = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== ''))
  .pipe(z.array(z.string().max(100)).max(100))
  .meta({ type: 'string', description: 'Given several times, or with commas.' })

/** The ids of workflows named by identifier or id; one that nobody has heard of has no runs. */
export const workflowIdsOf = ({ db }: Services, caller: Caller, names: readonly string[]): Promise<string[]> =>
  Promise.all(names.map(async (name) => (await findWorkflowId(db, caller.org, name)) ?? ''))
