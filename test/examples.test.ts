import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCursor } from '../db/cursors.ts'
import { entityChangesAfter } from '../db/entities.ts'
import { startTestServer, type Json, type TestServer } from './harness.ts'
import { portalPassword } from './portal/login.ts'
import { startPortal, type Portal } from './portal/portal.ts'

let portal: Portal
let server: TestServer
beforeAll(async () => {
  ;[portal, server] = await Promise.all([startPortal(), startTestServer()])
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await portal.close()
})

/** An example as a user would save it, with this portal's address in it. */
const save = async (name: string) => {
  const text = readFileSync(new URL(`../examples/${name}.json`, import.meta.url), 'utf8')
  return server.save(JSON.parse(text.replaceAll('http://127.0.0.1:4010', portal.url)) as Json)
}

/** Resolves when every change of an entity has been looked at; with the runs of the workflow since then, ended. */
const welcomed = async (workflowId: string): Promise<Json[]> => {
  const { db } = server.server.services
  const { seq = 0 } = (await entityChangesAfter(db, 0, 10_000)).at(-1) ?? {}
  while ((await readCursor(db, 'event-triggers')) < seq) await new Promise(setImmediate)
  const runs: Json[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await server.call('GET', `/api/v1/workflow-runs?workflowId=${workflowId}&limit=100&cursor=${cursor}`)
    runs.push(...body.workflowRuns)
    cursor = body.pagination.nextCursor as string | null
  }
  return Promise.all(runs.map(async ({ id }) => (await server.settled(id)).workflowRun))
}

test('new-employees keeps each row once, and welcome-employee runs once for each that is new', { timeout: 240_000 }, async () => {
  const keep = await save('new-employees')
  const welcome = await save('welcome-employee')
  const readTable = async () => {
    const { workflowRun } = await server.settled((await server.run(keep.id, { user: 'demo-2fa', password: portalPassword, code: '246810', pages: [1] })).id)
    expect(workflowRun.error).toBeNull()
    return workflowRun.outputs.news
  }

  expect(await readTable()).toEqual({ read: 50, new: 50, changed: 0 })
  const first = await welcomed(welcome.id)
  expect(first).toHaveLength(50)
  expect(new Set(first.map(({ state }) => state))).toEqual(new Set(['COMPLETED']))
  expect(portal.received).toHaveLength(50)
  const letters = portal.received.map(({ body }) => JSON.parse(body) as Json)
  expect(letters).toContainEqual({ to: 'ada.adler@acme.example', subject: 'Welcome to Finance, Ada Adler!' })
  expect(new Set(letters.map(({ to }) => to)).size).toBe(50)

  expect(await readTable()).toEqual({ read: 50, new: 0, changed: 0 })
  expect(await welcomed(welcome.id)).toHaveLength(50)

  await server.call('DELETE', '/v1/blueprints/employee/entities/E-1001')
  await server.call('PATCH', '/v1/blueprints/employee/entities/E-1002', { properties: { department: 'Elsewhere' } })
  expect(await readTable()).toEqual({ read: 50, new: 1, changed: 1 })
  expect(await welcomed(welcome.id)).toHaveLength(51)
  expect(portal.received).toHaveLength(51)
})
