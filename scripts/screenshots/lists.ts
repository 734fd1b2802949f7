import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { linear } from '../../test/harness.ts'
import type { House } from '../../test/house.ts'
import { tourWorkflow } from '../../web/tour-workflow.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const RUNS = 44

/** Runs of a month: real ones, whose times are then moved. */
const fillMonth = async ({ server }: House): Promise<void> => {
  await server.save(
    linear(
      'post_orders',
      [
        { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { open: { type: 'boolean' } } } } },
        { identifier: 'ready', title: 'Is the portal open?', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', expression: '.inputs.open' }] } },
        { identifier: 'post', title: 'Post the orders', config: { type: 'TRANSFORM', value: { posted: 12 } } },
        { identifier: 'closed', title: 'Give up', config: { type: 'FAIL', message: 'The portal is closed.' } },
      ],
      {
        title: 'Post orders',
        description: 'Posts the orders of the day in the portal of the carrier.',
        connections: [
          { sourceIdentifier: 'start', targetIdentifier: 'ready' },
          { sourceIdentifier: 'ready', targetIdentifier: 'post', sourceOutletIdentifier: 'yes' },
          { sourceIdentifier: 'ready', targetIdentifier: 'closed', fallback: true },
        ],
      },
    ),
  )
  const { db } = server.server.services
  for (let count = 0; count < RUNS; count++) {
    const { id } = await server.run('post_orders', { open: count % 9 !== 4 })
    await server.settled(id)
    const endedAt = Date.now() - ((count * 7) % DAYS) * DAY_MS
    const tookMs = 21_000 + 6_000 * Math.sin(count / 3) + 400 * (count % 5)
    await db.write(async (tx) => void tx.run(sql`UPDATE runs SET started_at = ${Math.round(endedAt - tookMs)}, completed_at = ${endedAt} WHERE id = ${id}`))
  }
}

/** What the lists show. @returns the webhook and the job that have pictures of their own */
export const fillLists = async (house: House): Promise<{ webhook: string; job: string; jobRun: string }> => {
  const { server, portal } = house
  const call = async (method: string, path: string, body?: unknown) => (await server.call(method, path, body)).body
  await fillMonth(house)
  await server.save(tourWorkflow())
  await call('PATCH', '/api/v1/workflows/errand_tour', { description: 'Reads the open invoices, adds them up, asks before a large sum is paid, and takes a picture of the receipt.' })
  await call('PUT', '/api/v1/workflows/post_orders/schedule', { cron: '30 6 * * 1-5', timezone: 'Europe/Berlin' })
  await call('PUT', '/api/v1/workflows/errand_tour/schedule', { cron: '0 18 * * 5', timezone: 'Europe/Berlin', paused: true })
  const job = await call('POST', '/api/v1/jobs', { name: 'Close the month', jobConfigJson: { workflowExecutionOrder: ['post_orders', 'post_orders'] }, inputs: { open: true }, schedule: { cron: '0 7 1 * *', timezone: 'Europe/Berlin' } })
  await call('POST', '/api/v1/job-runs', { jobId: job.id })
  await call('POST', '/api/v1/job-runs', { jobId: job.id, inputs: { open: false } })
  const week = await call('POST', '/api/v1/jobs', { name: 'Friday afternoon', jobConfigJson: { workflowExecutionOrder: ['post_orders', 'errand_tour', 'post_orders'] }, inputs: { open: true } })
  const { webhook } = await call('POST', '/api/v1/webhooks', { url: `${portal.url}/echo`, events: ['workflow_run.completed', 'workflow_run.failed', 'job_run.failed'], description: 'The bookkeeping' })
  await call('POST', '/api/v1/webhooks', { url: 'https://chat.example/hooks/errand', events: ['workflow_run.awaiting_user_input'], description: 'Asks in the chat', enabled: false })
  await call('POST', `/api/v1/webhooks/${webhook.id}/ping`)
  for (const name of ['portal_password', 'carrier_api_key']) await call('PUT', `/api/v1/secrets/${name}`, { value: 'nobody sees this' })
  await call('POST', '/api/v1/api-keys', { name: 'Nightly export', role: 'member', isMachine: true })
  await call('POST', '/api/v1/api-keys', { name: 'Dashboard on the wall', role: 'viewer', expiresAt: new Date(Date.now() + 90 * DAY_MS).toISOString() })
  await server.save(linear('keep_login', [{ identifier: 'open', config: { type: 'NAVIGATE', url: `${portal.url}/login` } }, { identifier: 'keep', config: { type: 'SAVE_SESSION', session: 'carrier_portal' } }], { title: 'Keep the login' }))
  await server.settled((await server.run('keep_login')).id)
  // One that has got as far as a question.
  const { id: jobRun } = await call('POST', '/api/v1/job-runs', { jobId: week.id, inputs: { limit: 500 } })
  while ((await call('GET', `/api/v1/job-runs/${jobRun}`)).awaiting === null) await sleep(50)
  return { webhook: webhook.id as string, job: job.id as string, jobRun: jobRun as string }
}
