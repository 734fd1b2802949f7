/** The server, as its callers see it. */
export type Answer = { status: number; body: Record<string, unknown> }

export const call = async (url: string, method: string, path: string, body?: unknown): Promise<Answer> => {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

export const saveWorkflow = async (url: string, definition: unknown): Promise<string> => {
  const { status, body } = await call(url, 'POST', '/api/v1/workflows', definition)
  if (status !== 201) throw new Error(`The workflow was not saved: ${JSON.stringify(body)}`)
  return (body.workflow as { id: string }).id
}

export type Executed = { outputs: Record<string, Record<string, unknown>>; activityRuns: { stepId: string; startedAt: string; completedAt: string }[] }

/** @throws Error when the run did not end well */
export const execute = async (url: string, workflowId: string, inputs: Record<string, unknown> = {}): Promise<Executed> => {
  const { status, body } = await call(url, 'POST', '/api/v1/workflow-runs/execute', { workflowId, inputs })
  if (status !== 200 || body.success !== true) throw new Error(`A run failed: ${JSON.stringify(body).slice(0, 2000)}`)
  return body.workflowRun as Executed
}
