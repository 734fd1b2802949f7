import { JOB_RUN_EVENTS } from '../db/job-run-events.ts'
import type { Json, TestServer } from './harness.ts'

/** Jobs as their users see them. */

/** Saves a job of these workflows. @returns its id */
export const saveJob = async (server: TestServer, workflows: readonly string[], rest: Json = {}): Promise<string> => {
  const { status, body } = await server.call('POST', '/api/v1/jobs', { name: 'Month end', jobConfigJson: { workflowExecutionOrder: workflows }, ...rest })
  if (status !== 201) throw new Error(`Not saved: ${JSON.stringify(body)}`)
  return body.id as string
}

/** Starts a job. @returns the id of the job run */
export const startJob = async (server: TestServer, jobId: string, inputs?: Json): Promise<string> => {
  const { status, body } = await server.call('POST', '/api/v1/job-runs', { jobId, ...(inputs && { inputs }) })
  if (status !== 202) throw new Error(`Not started: ${JSON.stringify(body)}`)
  return body.id as string
}

export const jobRun = async (server: TestServer, id: string): Promise<Json> => (await server.call('GET', `/api/v1/job-runs/${id}`)).body

/** The job run when it has ended. */
export const jobRunOver = async (server: TestServer, id: string): Promise<Json> => {
  const stop = new AbortController()
  const news = server.server.services.followers.listen(JOB_RUN_EVENTS, stop.signal)
  try {
    for (;;) {
      const now = await jobRun(server, id)
      if (now.completedAt !== null) return now
      await news.next()
    }
  } finally {
    news.end()
  }
}

/** The run at a place of a job run, once it is there and as wanted. */
export const childOf = async (server: TestServer, id: string, index: number, wanted: (run: Json) => boolean = () => true): Promise<Json> => {
  for (;;) {
    const run = (await jobRun(server, id)).workflowRuns[index] as Json | undefined
    if (run) return (await server.until(run.id as string, wanted)).workflowRun
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
