import { join } from 'node:path'
import { openDb } from '../../db/open.ts'
import { workflows } from '../../db/schema.ts'
import { call, saveWorkflow } from './api.ts'
import { startServer } from './child.ts'
import type { Figure } from './figure.ts'
import { seedRuns, type SeededWorkflow } from './seed-runs.ts'
import { spreadOf } from './stats.ts'

/** Reading among 100,000 runs, one call after the other on one connection, the HTTP call included. */
const RUNS = 100_000
const WORKFLOWS = 12

const workflow = (index: number) => ({
  identifier: `bench_list_${index}`,
  title: `Export employees ${index}`,
  nodes: [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER' } }, { identifier: 'open', config: { type: 'TRANSFORM', value: {} } }],
  connections: [],
})

const seed = async ({ url, dataDir }: { url: string; dataDir: string }, say: (line: string) => void): Promise<SeededWorkflow[]> => {
  for (let index = 0; index < WORKFLOWS; index++) await saveWorkflow(url, workflow(index))
  const db = openDb(join(dataDir, 'errand.sqlite'))
  const saved = await db.read(async (query) => query.select().from(workflows))
  await db.close()
  const seeded = saved.map(({ id, org, identifier, title }) => ({ id, org, identifier, name: title ?? identifier }))
  say(`list: writing ${RUNS} runs of ${WORKFLOWS} workflows`)
  await seedRuns(dataDir, seeded, RUNS)
  return seeded
}

const figureOf = (name: string, values: number[]): Figure => {
  const spread = spreadOf(values)
  return { name: `${name}, p95`, value: spread.p95, unit: 'ms', spread, goal: { most: 15 } }
}

const SEARCHES = ['employees', 'person-77', 'was not found within', 'there is none']

/** A search looks into the inputs and errors of all runs. What it takes itself, and what others take meanwhile. */
const searchBesides = async (url: string, base: string, get: (round: number) => string): Promise<Figure[]> => {
  const [searched, meanwhile]: [number[], number[]] = [[], []]
  for (let round = 0; round < SEARCHES.length * 5; round++) {
    const before = performance.now()
    let isOver = false
    const search = call(url, 'GET', `${base}?limit=50&search=${SEARCHES[round % SEARCHES.length]!}`).finally(() => {
      isOver = true
    })
    for (let other = 0; !isOver; other++) {
      const asked = performance.now()
      await call(url, 'GET', get(other))
      meanwhile.push(performance.now() - asked)
    }
    const { status } = await search
    if (status !== 200) throw new Error(`A search answered ${status}.`)
    searched.push(performance.now() - before)
  }
  const spread = spreadOf(searched)
  return [{ name: 'search, p95', value: spread.p95, unit: 'ms', spread }, figureOf('get while another searches', meanwhile)]
}

export const benchList = async ({ rounds, say }: { rounds: number; say: (line: string) => void }): Promise<Figure[]> => {
  await using server = await startServer()
  const [busiest, other] = await seed(server, say)
  const base = '/api/v1/workflow-runs'
  const page = (await call(server.url, 'GET', `${base}?limit=50&workflowId=${other!.id}`)).body
  const runIds = (page.workflowRuns as { id: string }[]).map(({ id }) => id)
  if (runIds.length !== 50) throw new Error(`A page of 50 runs has ${runIds.length}.`)
  const calls: Record<string, (round: number) => string> = {
    'list, first page of 50': () => `${base}?limit=50`,
    'list by workflow': () => `${base}?limit=50&workflowId=${busiest!.id}`,
    'list by status': () => `${base}?limit=50&status=failed`,
    'list by a rare status': () => `${base}?limit=50&status=waiting`,
    'list by workflow and status': () => `${base}?limit=50&workflowId=${busiest!.id}&status=failed`,
    dashboard: () => `${base}/dashboard/${busiest!.id}`,
    get: (round) => `${base}/${runIds[round % runIds.length]}`,
  }
  const taken = new Map<string, number[]>(Object.keys(calls).map((name) => [name, []]))
  say(`list: ${rounds} rounds of ${taken.size} calls`)
  for (let round = -20; round < rounds; round++) {
    for (const [name, path] of Object.entries(calls)) {
      const before = performance.now()
      const { status } = await call(server.url, 'GET', path(Math.max(0, round)))
      if (status !== 200) throw new Error(`${path(0)} answered ${status}.`)
      if (round >= 0) taken.get(name)!.push(performance.now() - before)
    }
  }
  const read = [...taken].map(([name, values]): Figure => figureOf(name, values))
  return [...read, ...(await searchBesides(server.url, base, calls.get!))]
}
