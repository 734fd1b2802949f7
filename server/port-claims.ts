import { z } from 'zod'
import { acknowledge, claimPending } from '../db/claims.ts'
import type { NamedRun, NodeRunView } from '../db/node-runs.ts'
import { problem } from '../runner/model/problem.ts'
import { assertMachine, type Caller } from './caller.ts'
import { pathId } from './paging.ts'
import { toPortNodeRun } from './port-wire.ts'
import type { Services } from './start.ts'

/** What workers ask for, with and without the org in the path. */

export const claimBody = z
  .strictObject({
    installationId: z.string().min(1).max(200),
    limit: z.int().min(1).max(1000).default(25),
    visibilityTimeoutMs: z.int().min(1).max(600_000).default(60_000).meta({ description: 'What is not acknowledged by then can be claimed again.' }),
    exclude: z.array(z.string().max(200)).max(1000).default([]).meta({ description: 'nodeUids that are not wanted now.' }),
  })
  .meta({ id: 'PortClaimPending' })

export const ackBody = z.strictObject({ nodeRunIdentifier: z.string().min(1).max(100) }).meta({ id: 'PortAck' })

/** @throws Problem `not_allowed` when the path names another org than the caller's */
export const assertOrg = (caller: Caller, org: string): void => {
  if (org !== caller.org) throw problem('not_allowed', `These credentials are not for the org ${org}.`)
}

/** A claimed node as its worker, and nobody else, gets it: with the secrets in its config. */
const withConfig = ({ seal }: Services, { activity, ...rest }: NodeRunView<NamedRun>): NodeRunView<NamedRun> => ({
  ...rest,
  activity: activity.sealedConfig ? { ...activity, config: seal.unseal(activity.sealedConfig) } : activity,
})

export const claimFromCall = async (services: Services, caller: Caller, body: z.output<typeof claimBody>) => {
  assertMachine(caller)
  const claimed = await claimPending(services.db, { org: caller.org, ...body, at: services.clock.now() })
  return { status: 200, body: { ok: true, nodeRuns: claimed.map((view) => toPortNodeRun(withConfig(services, view), { config: true })) } }
}

export const ackFromCall = async ({ db, clock }: Services, caller: Caller, { nodeRunIdentifier }: z.output<typeof ackBody>) => {
  assertMachine(caller)
  await acknowledge(db, { org: caller.org, activityId: pathId(nodeRunIdentifier, 'node run'), at: clock.now() })
  return { status: 200, body: { ok: true, acked: true } }
}
