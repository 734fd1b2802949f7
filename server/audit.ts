import type { Request } from 'express'
import { addAuditEntry } from '../db/audit.ts'
import { parseId } from '../runner/model/id.ts'
import type { Caller } from './caller.ts'
import type { Answer, Route } from './route.ts'
import type { Services } from './start.ts'

/** Who did what to which thing, from where: every call that changed something, written before it is answered. */

/** `/api/v1/workflow-runs/:runId/cancel` is about a workflow run. */
const targetType = (path: string): string | null => /\/(?:api\/)?v\d\/([a-z-]+)/.exec(path)?.[1]?.replace(/s$/, '').replaceAll('-', '_') ?? null

/** The thing that the path names, or that the answer says was made. */
const targetId = (route: Route, request: Request, answer: Answer): string | null => {
  // A path that says who calls holds a credential; who that was is written anyway.
  if (route.caller) return null
  const named = Object.values(request.params).at(-1)
  if (typeof named === 'string') return parseId(named) ?? named.slice(0, 200)
  const made = 'headers' in answer ? answer.headers?.location?.split('/').at(-1) : undefined
  return made === undefined ? null : parseId(made)
}

/** Nothing is written of a call that only reads, or of one without a caller. */
export const audit = async ({ db, clock }: Services, route: Route, request: Request, caller: Caller, answer: Answer): Promise<void> => {
  if (route.method === 'get' || route.allow === 'public' || route.readsOnly === true) return
  await addAuditEntry(db, {
    id: clock.newId(),
    org: caller.org,
    at: clock.now(),
    actorKind: caller.kind,
    actorId: caller.userId,
    action: `${route.method.toUpperCase()} ${route.path}`,
    targetType: caller.cameFor?.type ?? targetType(route.path),
    targetId: caller.cameFor?.id ?? targetId(route, request, answer),
    address: request.ip ?? null,
    status: 'status' in answer ? answer.status : 200,
  })
}
