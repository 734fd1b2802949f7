import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '../../db/api-keys.ts'
import { newApiKey } from '../../server/api-key.ts'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'
import { as, CALLERS } from './callers.ts'

/** Who may do what (contract, section 4), row by row: with their own runs, with those of others, and with those that nobody made. */

const RUNS = '/api/v1/workflow-runs'
const ASK = { identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }
const NOTHING = { identifier: 'do', config: { type: 'TRANSFORM', value: 1 } }

type Call = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Json }>
type Who = 'viewer' | 'member' | 'machine' | 'admin' | 'key'
const WHO: Who[] = ['viewer', 'member', 'machine', 'admin', 'key']

let server: TestServer
const callers = {} as Record<Who | 'other', { call: Call; userId: string }>

const keyCaller = async (): Promise<{ call: Call; userId: string }> => {
  const { db, clock } = server.server.services
  const { key, hash } = newApiKey()
  const id = clock.newId()
  await createApiKey(db, { id, org: 'acme', name: null, role: 'member', isMachine: false, hash, createdAt: clock.now(), expiresAt: null })
  return { userId: id, call: (method, path, body) => server.call(method, path, body, { authorization: `Bearer ${key}` }) }
}

beforeAll(async () => {
  server = await startTestServer(CALLERS)
  const user = async (sub: string, more: { role?: 'admin' | 'member' | 'viewer'; isMachine?: boolean }) => ({ userId: sub, call: (await as(server, { sub, ...more })).call as Call })
  callers.viewer = await user('vera', { role: 'viewer' })
  callers.member = await user('mia', { role: 'member' })
  callers.machine = await user('robot', { isMachine: true })
  callers.admin = await user('ada', { role: 'admin' })
  callers.other = await user('oskar', { role: 'member' })
  callers.key = await keyCaller()
  await callers.admin.call('POST', '/api/v1/workflows', linear('asks', [ASK]))
  await callers.admin.call('POST', '/api/v1/workflows', linear('ends', [NOTHING]))
  await callers.admin.call('POST', '/api/v1/workflows', linear('by_entity', [{ identifier: 'new', config: { type: 'EVENT_TRIGGER', event: { type: 'ENTITY_CREATED', blueprintIdentifier: 'thing' } } }, ASK], { connections: [{ sourceIdentifier: 'new', targetIdentifier: 'ask' }] }))
})
afterAll(() => server[Symbol.asyncDispose]())

const waits = async (id: string): Promise<string> => {
  await expect.poll(async () => ((await callers.admin.call('GET', `${RUNS}/${id}`)).body.workflowRun as Json | undefined)?.awaiting?.formId).toBeDefined()
  return id
}
type Owner = Who | 'other' | 'nobody'
/** A run of this owner that waits for an answer. */
const paused = async (owner: Owner): Promise<string> => {
  if (owner !== 'nobody') return waits((await callers[owner].call('POST', RUNS, { workflowId: 'asks' })).body.id as string)
  const before = await runsOf('by_entity')
  await callers.admin.call('POST', '/v1/blueprints/thing/entities', { title: 'x' })
  await expect.poll(async () => (await runsOf('by_entity')).length).toBe(before.length + 1)
  return waits((await runsOf('by_entity')).find((id) => !before.includes(id))!)
}
const runsOf = async (workflowId: string): Promise<string[]> => ((await callers.admin.call('GET', `${RUNS}?workflowId=${workflowId}&limit=100`)).body.workflowRuns as Json[]).map(({ id }) => id as string)
/** One that has ended. */
const ended = async (owner: Exclude<Owner, 'nobody'>): Promise<string> => {
  const id = (await callers[owner].call('POST', RUNS, { workflowId: 'ends' })).body.id as string
  await expect.poll(async () => ((await callers.admin.call('GET', `${RUNS}/${id}`)).body.workflowRun as Json).state).toBe('COMPLETED')
  return id
}

const MAY = 200
const table = (rows: Record<string, Record<Who, number>>): [what: string, who: Who, status: number][] => Object.entries(rows).flatMap(([what, row]) => WHO.map((who): [string, Who, number] => [what, who, row[who]]))
const all = (status: number): Record<Who, number> => ({ viewer: status, member: status, machine: status, admin: status, key: status })
const members = (status: number): Record<Who, number> => ({ ...all(status), viewer: 403 })
const admins = (status: number): Record<Who, number> => ({ ...all(403), admin: status })

describe('runs of others', () => {
  const doing: Record<string, (who: Who, own: Owner) => Promise<number>> = {
    read: async (who, owner) => (await callers[who].call('GET', `${RUNS}/${await paused(owner)}`)).status,
    answer: async (who, owner) => (await callers[who].call('POST', `${RUNS}/${await paused(owner)}/input`, {})).status,
    cancel: async (who, owner) => (await callers[who].call('POST', `${RUNS}/${await paused(owner)}/cancel`)).status,
    'cancel as Port does': async (who, owner) => (await callers[who].call('POST', `/v1/workflows/runs/${await paused(owner)}/cancel`)).status,
  }
  test.each(table({ read: all(MAY), answer: members(MAY), cancel: admins(MAY), 'cancel as Port does': admins(MAY) }))('%s: %s %i', async (what, who, status) => {
    expect(await doing[what]!(who, 'other')).toBe(status)
  })
  test.each(table({ read: all(MAY), answer: members(MAY), cancel: members(MAY), 'cancel as Port does': members(MAY) }))('that an entity started, %s: %s %i', async (what, who, status) => {
    expect(await doing[what]!(who, 'nobody')).toBe(status)
  })

  test.each(table({ rerun: { ...admins(202) }, 'rerun as Port does': { ...admins(202) } }))('%s: %s %i', async (what, who, status) => {
    const id = await ended('other')
    const path = what === 'rerun' ? `${RUNS}/${id}/rerun` : `/v1/workflows/runs/${id}/rerun`
    expect((await callers[who].call('POST', path)).status).toBe(status)
  })

  test('a batch tells which of them it did not cancel, and why', async () => {
    const [own, theirs] = [await paused('member'), await paused('other')]
    const refused = { runId: theirs, status: 'not_eligible', message: expect.stringContaining('somebody else') }
    expect((await callers.member.call('POST', `${RUNS}/cancel`, { runIds: [own, theirs] })).body.outcomes).toEqual([{ runId: own, status: 'cancelled' }, refused])
    expect((await callers.member.call('POST', `${RUNS}/cancel`, { workflowId: 'asks' })).body.outcomes).toContainEqual(refused)
    expect((await callers.admin.call('POST', `${RUNS}/cancel`, { workflowId: 'asks' })).body.outcomes).toContainEqual({ runId: theirs, status: 'cancelled' })
  })
})

test.each(table({ cancel: admins(409), rerun: admins(202) }))('a job run of somebody else, %s: %s %i', async (what, who, status) => {
  const job = (await callers.admin.call('POST', '/api/v1/jobs', { name: `${what} ${who}`, jobConfigJson: { workflowExecutionOrder: ['ends'] } })).body
  const { id } = (await callers.other.call('POST', '/api/v1/job-runs', { jobId: job.id as string })).body
  await expect.poll(async () => (await callers.admin.call('GET', `/api/v1/job-runs/${id as string}`)).body.status).toBe('COMPLETED')
  expect((await callers[who].call('POST', `/api/v1/job-runs/${id as string}/${what}`)).status).toBe(status)
})

describe('one’s own runs', () => {
  test.each(['member', 'machine', 'admin', 'key'] as const)('are started, cancelled and run again by a %s', async (who) => {
    expect((await callers[who].call('POST', `${RUNS}/${await paused(who)}/cancel`)).status).toBe(200)
    expect((await callers[who].call('POST', `${RUNS}/${await ended(who)}/rerun`)).status).toBe(202)
  })
})

describe('workflows', () => {
  const doing: Record<string, (who: Who, name: string) => Promise<number>> = {
    read: async (who) => (await callers[who].call('GET', '/api/v1/workflows/asks')).status,
    save: async (who, name) => (await callers[who].call('POST', '/api/v1/workflows', linear(name, [NOTHING]))).status,
    change: async (who) => (await callers[who].call('PATCH', '/api/v1/workflows/ends', { title: who })).status,
    start: async (who) => (await callers[who].call('POST', RUNS, { workflowId: 'ends' })).status,
    delete: async (who, name) => {
      await callers.admin.call('POST', '/api/v1/workflows', linear(name, [NOTHING]))
      return (await callers[who].call('DELETE', `/api/v1/workflows/${name}`)).status
    },
  }
  test.each(table({ read: all(200), save: members(201), change: members(200), start: members(202), delete: admins(204) }))('%s: %s %i', async (what, who, status) => {
    expect(await doing[what]!(who, `${what}_${who}`)).toBe(status)
  })
})

describe('what else there is', () => {
  test.each(table({
    'GET /api/v1/audit': admins(200),
    'GET /api/v1/signing-secret': admins(200),
    'POST /v1/workflows/runs/claim-pending': { ...all(403), machine: 200, admin: 200 },
    'PATCH /v1/workflows/nodes/runs/wfnr_0197d0d0000070008000000000000000': { ...all(403), machine: 404, admin: 404 },
  }))('%s: %s %i', async (what, who, status) => {
    const [method, path] = what.split(' ') as [string, string]
    expect((await callers[who].call(method, path, method === 'GET' ? undefined : method === 'POST' ? { installationId: 'x' } : {})).status).toBe(status)
  })
})
