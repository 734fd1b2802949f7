import { z } from 'zod'
import { activitiesWithSecrets, findNodeRun, listNodeRuns, type NodeRunRow, type NodeRunView } from '../db/node-runs.ts'
import { addNodeRunLogs, reportNodeRun, type LogLine } from '../db/report.ts'
import { inputRequestsOf } from '../db/input-requests.ts'
import { getWorkflowOfRun } from '../db/workflows.ts'
import type { Redactor } from '../runner/model/redact.ts'
import { createRunMemory } from '../runner/run-memory.ts'
import { assertMachine, type Caller } from './caller.ts'
import { pathId } from './paging.ts'
import { PORT_RESULTS, PORT_STATUSES } from './port-wire.ts'
import type { Services } from './start.ts'

/** What other systems say of the nodes that they do, in both of Port's generations. */

const tags = z
  .record(z.string().max(200), z.unknown())
  .transform((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])))
  .default({})
const level = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR'])
const text = z.string().max(100_000)

const logLine = z.union([
  z.strictObject({ logLevel: level.default('INFO'), log: text, tags }).transform(({ logLevel, log, tags: named }): LogLine => ({ level: logLevel, message: log, tags: named })),
  z.strictObject({ level: level.default('INFO'), message: text, tags }).transform((line): LogLine => line),
])
const logLines = z.array(logLine).max(1000)

export const logsBody = z.strictObject({ logs: logLines }).meta({ id: 'PortAddLogs', description: 'Lines are `{logLevel, log, tags?}` or `{level, message, tags?}`.' })

export const nodeRunBody = z
  .strictObject({
    status: z.enum(PORT_STATUSES).optional().meta({ description: 'Without it: COMPLETED when there is a result, else IN_PROGRESS.' }),
    result: z.enum(PORT_RESULTS).optional().meta({ description: 'Required when it is COMPLETED.' }),
    output: z.record(z.string(), z.unknown()).nullable().optional().meta({ description: 'Overwrites what was put out before.' }),
    logs: logLines.optional(),
    externalRunId: z.string().min(1).max(500).optional(),
    links: z.array(z.string().max(2000)).max(100).optional(),
    message: z.string().max(10_000).optional().meta({ description: 'Why it failed; without it, the last ERROR line.' }),
  })
  .meta({ id: 'PortNodeRunUpdate' })

type NodeRunBody = z.output<typeof nodeRunBody>

/** What takes the run's secrets out of what another system sends: it was given them, and may send them back. */
const redactorOf = async ({ db, seal }: Services, { run }: NodeRunRow): Promise<Redactor> => {
  const { definition } = await getWorkflowOfRun(db, run.workflowId, run.workflowVersion)
  const [activities, inputRequests] = await Promise.all([activitiesWithSecrets(db, run.id), inputRequestsOf(db, run.id)])
  const known = { run, definition, activities, inputRequests, reports: new Map(), checkpoint: null }
  return createRunMemory(known, seal, { browserLost: false }).secrets.redactor
}

const redactLines = (redactor: Redactor, lines: readonly LogLine[]): LogLine[] =>
  lines.map((line) => ({ level: line.level, message: redactor.redactText(line.message), tags: redactor.redact(line.tags) as Record<string, string> }))

const viewOf = async ({ db }: Services, { activity, run }: NodeRunRow): Promise<NodeRunView> => {
  const { nodeRuns } = await listNodeRuns(db, { org: run.org, userId: null, seesAllRuns: true }, { id: activity.id }, { limit: 1 })
  return nodeRuns[0] ?? { activity, run, node: null, logs: [] }
}

type Named = { nodeRunId: string; runId?: string }

/**
 * Takes what a machine says of a node run; the run goes on by itself when that was its end.
 * @throws Problem `not_allowed`, `not_found`, `unprocessable`, `conflict`
 */
export const reportFromCall = async (services: Services, caller: Caller, named: Named, body: NodeRunBody): Promise<NodeRunView> => {
  assertMachine(caller)
  const { db, followers, engine, clock } = services
  const id = pathId(named.nodeRunId, 'node run')
  const runId = named.runId === undefined ? undefined : pathId(named.runId, 'workflow run')
  const redactor = await redactorOf(services, await findNodeRun(db, caller.org, id, runId))
  const { result, output, links, externalRunId, logs = [] } = body
  const status = body.status ?? (result === undefined ? 'IN_PROGRESS' : 'COMPLETED')
  const message = body.message ?? logs.findLast((line) => line.level === 'ERROR')?.message ?? null
  const shown = redactor.redact(output) as typeof output
  const reported = await reportNodeRun(db, followers, id, {
    org: caller.org,
    runId,
    status,
    result,
    output: shown ?? undefined,
    // Later nodes get what was sent; whoever looks gets what may be shown.
    sealedOutput: shown === output ? undefined : services.seal.seal(output),
    logs: redactLines(redactor, logs),
    externalRunId: externalRunId === undefined ? undefined : redactor.redactText(externalRunId),
    links: redactor.redact(links) as string[] | undefined,
    message: result === 'SUCCESS' || message === null ? null : redactor.redactText(message),
    at: clock.now(),
  })
  if (status === 'COMPLETED') await engine.poke(reported.run.id)
  return viewOf(services, reported)
}

/** @throws Problem `not_allowed`, `not_found`, `conflict` when the run has ended */
export const addLogsFromCall = async (services: Services, caller: Caller, nodeRunId: string, logs: readonly LogLine[]): Promise<NodeRunView> => {
  assertMachine(caller)
  const { db, followers, clock } = services
  const id = pathId(nodeRunId, 'node run')
  const redactor = await redactorOf(services, await findNodeRun(db, caller.org, id))
  return viewOf(services, await addNodeRunLogs(db, followers, id, { org: caller.org, logs: redactLines(redactor, logs), at: clock.now() }))
}
