import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { linear, tempDir, type Json } from './harness.ts'
import { startPortal, type Portal } from './portal/portal.ts'
import { startProcess, type ServerProcess } from './process.ts'

/** One data folder on which servers start and end, and a portal that outlives them all. */
export type Restarts = AsyncDisposable & {
  portal: Portal
  start(settings?: Record<string, string>): Promise<ServerProcess>
  begin(server: ServerProcess, nodes: Json[]): Promise<string>
  /** The store as a stopped server left it. */
  inStore<T>(work: (store: Sqlite.Database) => T): T
  /** A node that calls the portal, which counts. */
  count(name: string): Json
  /** What the counting nodes have called with, in order. */
  counted(): string[]
}

export const step = (identifier: string, config: Json, rest: Json = {}): Json => ({ identifier, config, ...rest })

export const openRestarts = async (): Promise<Restarts> => {
  const portal = await startPortal()
  const dataDir = tempDir()
  const processes: ServerProcess[] = []
  let workflows = 0
  return {
    portal,
    start: async (settings) => {
      const server = await startProcess(dataDir, settings)
      processes.push(server)
      return server
    },
    begin: async (server, nodes) => {
      const saved = await server.call('POST', '/api/v1/workflows', linear(`w-${++workflows}`, nodes))
      if (saved.status !== 201) throw new Error(JSON.stringify(saved.body))
      return (await server.call('POST', '/api/v1/workflow-runs', { workflowId: saved.body.workflow.id })).body.id as string
    },
    inStore: (work) => {
      const store = new Sqlite(join(dataDir, 'errand.sqlite'))
      try {
        return work(store)
      } finally {
        store.close()
      }
    },
    count: (name) => step(`count_${name}`, { type: 'WEBHOOK', url: `${portal.url}/echo`, body: { name } }),
    counted: () => portal.received.map(({ body }) => (JSON.parse(body) as { name: string }).name),
    [Symbol.asyncDispose]: async () => {
      for (const server of processes) await server[Symbol.asyncDispose]()
      await portal.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The nodes of which no activity run was completed exactly once, and the attempts that are neither completed nor cut off. */
export const irregular = (activityRuns: Json[]): unknown[] => {
  const done = activityRuns.filter(({ status }) => status === 'completed').map(({ stepId }) => stepId)
  return [
    ...done.filter((stepId, index) => done.indexOf(stepId) !== index),
    ...activityRuns.filter(({ status, error }) => status !== 'completed' && !(status === 'cancelled' && error?.code === 'interrupted')).map(({ stepId, status }) => `${stepId} ${status}`),
  ]
}
