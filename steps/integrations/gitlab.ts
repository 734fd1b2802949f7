import { z } from 'zod'
import { accepted, baseUrl, createApi, dispatchFields, idIn, lookAgain, textOf, type Pipeline } from '../lib/dispatch.ts'
import { defineStep, type Json, type StepContext } from '../lib/step.ts'

/** @see https://docs.gitlab.com/api/pipelines/ */
const ENDED = ['success', 'failed', 'canceled', 'skipped']

const toPipeline = ({ web_url: url, status }: { [name: string]: Json }): Pipeline => {
  const state = textOf(status) ?? 'unknown'
  const ended = ENDED.includes(state)
  return { runUrl: textOf(url), status: state, conclusion: ended ? state : null, ended, succeeded: state === 'success' }
}

const apiOf = (context: StepContext, config: { baseUrl: string; token: string; project: string }) =>
  createApi(context, `${config.baseUrl}/api/v4/projects/${encodeURIComponent(config.project)}`, { 'private-token': config.token })

export default defineStep({
  summary: 'Start a GitLab pipeline, and wait for its end where asked to.',
  config: z.strictObject({
    baseUrl: baseUrl('https://gitlab.com'),
    /** Its number, or its path: `group/project`. */
    project: z.union([z.string().min(1).max(1000), z.int()]).transform(String),
    ref: z.string().min(1).max(500).default('main'),
    pipelineVariables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    ...dispatchFields,
  }),
  async run(context, config) {
    const variables = Object.entries(config.pipelineVariables).map(([key, value]) => ({ key, value: String(value) }))
    const { data } = await apiOf(context, config)('POST', '/pipeline', { ref: config.ref, variables })
    return accepted(context, config, { pipelineId: data.id ?? null }, toPipeline(data))
  },
  resume: (context, config, wake) =>
    lookAgain(context, config, wake, `The pipeline of ${config.project}`, async (memo) => {
      const { data } = await apiOf(context, config)('GET', `/pipelines/${idIn(memo.pipelineId)}`)
      return { memo: {}, pipeline: toPipeline(data) }
    }),
})
