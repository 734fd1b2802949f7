import { z } from 'zod'
import { accepted, baseUrl, createApi, dispatchFields, idIn, lookAgain, textOf, type Api, type Pipeline } from '../lib/dispatch.ts'
import { defineStep, type Json, type Memo, type StepContext } from '../lib/step.ts'

/** @see https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
type Run = { [name: string]: Json }

const toPipeline = ({ html_url: url, status, conclusion }: Run): Pipeline => {
  const state = textOf(status) ?? 'queued'
  return { runUrl: textOf(url), status: state, conclusion: textOf(conclusion), ended: state === 'completed', succeeded: conclusion === 'success' }
}

const apiOf = (context: StepContext, { baseUrl: base, org, repo, token }: { baseUrl: string; org: string; repo: string; token: string }) =>
  createApi(
    context,
    `${base}/repos/${encodeURIComponent(org)}/${encodeURIComponent(repo)}/actions`,
    { accept: 'application/vnd.github+json', authorization: `Bearer ${token}`, 'x-github-api-version': '2022-11-28', 'user-agent': 'errand' },
  )

/** Servers that do not say which run they have started list it a little later: the first one since then, on this branch. */
const findRun = async (api: Api, { workflow, ref }: { workflow: string; ref: string }, { dispatchedAt }: Memo): Promise<Run | null> => {
  const query = new URLSearchParams({ event: 'workflow_dispatch', branch: ref, created: `>=${textOf(dispatchedAt) ?? ''}` })
  const { data } = await api('GET', `/workflows/${encodeURIComponent(workflow)}/runs?${query.toString()}`)
  return (Array.isArray(data.workflow_runs) ? (data.workflow_runs as Run[]) : []).at(-1) ?? null
}

export default defineStep({
  summary: 'Start a GitHub Actions workflow, and wait for its end where asked to.',
  config: z.strictObject({
    /** Of GitHub Enterprise Server: `https://HOST/api/v3`. */
    baseUrl: baseUrl('https://api.github.com'),
    org: z.string().min(1).max(200),
    repo: z.string().min(1).max(200),
    /** Its number, or its file: `deploy.yml`. */
    workflow: z.union([z.string().min(1).max(500), z.int()]).transform(String),
    ref: z.string().min(1).max(500).default('main'),
    workflowInputs: z.record(z.string(), z.unknown()).default({}),
    ...dispatchFields,
  }),
  async run(context, config) {
    const api = apiOf(context, config)
    const inputs = Object.fromEntries(Object.entries(config.workflowInputs).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
    const path = `/workflows/${encodeURIComponent(config.workflow)}/dispatches`
    const dispatchedAt = `${context.now().toISOString().slice(0, 19)}Z`
    let { status, data } = await api('POST', path, { ref: config.ref, inputs, return_run_details: true }, [422])
    // Older servers do not know that they could say which run it is, and refuse to be asked.
    if (status === 422) ({ status, data } = await api('POST', path, { ref: config.ref, inputs }))
    return accepted(context, config, { dispatchedAt, runId: data.workflow_run_id ?? null }, toPipeline(data))
  },
  resume: (context, config, wake) =>
    lookAgain(context, config, wake, `${config.workflow} of ${config.org}/${config.repo}`, async (memo) => {
      const api = apiOf(context, config)
      const run = memo.runId === null ? await findRun(api, config, memo) : (await api('GET', `/runs/${idIn(memo.runId)}`)).data
      return { memo: { runId: run?.id ?? null }, pipeline: toPipeline(run ?? {}) }
    }),
})
