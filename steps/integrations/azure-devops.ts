import { z } from 'zod'
import { accepted, baseUrl, createApi, dispatchFields, idIn, lookAgain, textOf, type Pipeline } from '../lib/dispatch.ts'
import { defineStep, type Json, type StepContext } from '../lib/step.ts'

/** @see https://learn.microsoft.com/en-us/rest/api/azure/devops/pipelines/runs */
const toPipeline = ({ state, result, _links: links }: { [name: string]: Json }): Pipeline => {
  const web = (links as { web?: { href?: Json } } | null | undefined)?.web
  const status = textOf(state) ?? 'unknown'
  return { runUrl: textOf(web?.href), status, conclusion: textOf(result), ended: status === 'completed', succeeded: result === 'succeeded' }
}

const apiOf = (context: StepContext, config: { baseUrl: string; token: string; organization: string; project: string; pipelineId: number }) => {
  const path = [config.organization, config.project].map(encodeURIComponent).join('/')
  return createApi(context, `${config.baseUrl}/${path}/_apis/pipelines/${config.pipelineId}`, { authorization: `Basic ${Buffer.from(`:${config.token}`).toString('base64')}` })
}

export default defineStep({
  summary: 'Start a pipeline in Azure DevOps, and wait for its end where asked to.',
  config: z.strictObject({
    baseUrl: baseUrl('https://dev.azure.com'),
    organization: z.string().min(1).max(200),
    project: z.string().min(1).max(200),
    pipelineId: z.coerce.number<string | number>().int().min(1),
    branch: z.string().min(1).max(500).optional(),
    templateParameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    ...dispatchFields,
  }),
  async run(context, config) {
    const { branch, templateParameters } = config
    const refName = branch?.startsWith('refs/') ? branch : `refs/heads/${branch ?? ''}`
    const { data } = await apiOf(context, config)('POST', '/runs?api-version=7.1', {
      ...(branch === undefined ? {} : { resources: { repositories: { self: { refName } } } }),
      templateParameters,
      variables: Object.fromEntries(Object.entries(config.variables).map(([name, value]) => [name, { value: String(value) }])),
    })
    return accepted(context, config, { runId: data.id ?? null }, toPipeline(data))
  },
  resume: (context, config, wake) =>
    lookAgain(context, config, wake, `Pipeline ${config.pipelineId} of ${config.project}`, async (memo) => {
      const { data } = await apiOf(context, config)('GET', `/runs/${idIn(memo.runId)}?api-version=7.1`)
      return { memo: {}, pipeline: toPipeline(data) }
    }),
})
