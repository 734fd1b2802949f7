import { z } from 'zod'
import { loadCatalog, type Catalog } from '../../../runner/catalog.ts'
import { problem } from '../../../runner/model/problem.ts'
import { defineStep, done, wait, type Wake } from '../../../steps/lib/step.ts'

/** Steps that other systems finish, as plain as can be: what the API does with them is tested here, not the steps. */

const goOn = (wake: Wake) => {
  if (wake.type !== 'external') throw problem('external_timeout', 'Nobody reported.')
  if (wake.result === 'SUCCESS') return done(wake.output)
  throw problem('step_failed', wake.message ?? wake.result, { retryable: true })
}

const ask = defineStep({
  summary: 'Wait for whoever claims it.',
  config: z.looseObject({ installationId: z.string().optional() }),
  run: (_context, { installationId }) => wait({ type: 'external', timeoutMs: null, ...(installationId === undefined ? {} : { installationId }) }),
  resume: (_context, _config, wake) => goOn(wake),
})

const tell = defineStep({
  summary: 'Tell another system what to do, and wait for it.',
  config: z.looseObject({ url: z.string(), synchronized: z.boolean(), body: z.unknown().optional() }),
  async run({ ids, signal }, { url, body }) {
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ context: ids, payload: body }), signal })
    return wait({ type: 'external', timeoutMs: null })
  },
  resume: (_context, _config, wake) => goOn(wake),
})

export const outsideCatalog = async (): Promise<Catalog> => new Map([...(await loadCatalog()), ['INTEGRATION_ACTION', ask], ['WEBHOOK', tell]])

/** A node that waits for whoever claims it. */
export const askNode = (config: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({ identifier: 'ask', title: 'Ask', icon: 'Github', config: { type: 'INTEGRATION_ACTION', ...config }, ...rest })

/** Whether a node waits for another system. */
export const isWaiting = ({ state }: { state: string }): boolean => state === 'AWAITING_EXTERNAL'
