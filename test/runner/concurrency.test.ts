import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { step } from '../restarts.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
let gate: Gate
beforeAll(async () => {
  gate = await startGate()
  house = await openHouse({ MAX_CONCURRENT_RUNS: '2' }, { ownChromium: 'shell' })
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})

const hold = (name: string) => [step('hold', { type: 'WEBHOOK', url: `${gate.url}/${name}`, method: 'GET' })]
const load = () => house.server.server.services.load()
const states = async (ids: string[]) => Promise.all(ids.map(async (id) => (await house.server.get(id)).workflowRun.state))

test('no more than MAX_CONCURRENT_RUNS execute; the rest waits, and comes in the order in which it was made', async () => {
  const names = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5']
  const ids: string[] = []
  for (const name of names) ids.push(await house.begin(hold(name)))
  await Promise.all([gate.arrived('/r0'), gate.arrived('/r1')])
  expect(load()).toEqual({ running: 2, queued: 4 })
  expect(await states(ids)).toEqual(['IN_PROGRESS', 'IN_PROGRESS', 'PENDING', 'PENDING', 'PENDING', 'PENDING'])
  for (const [index, name] of names.entries()) {
    gate.open(`/${name}`)
    await house.server.settled(ids[index]!)
    // Whose turn it is by now, and nobody else's.
    if (names[index + 2]) await gate.arrived(`/${names[index + 2]}`)
    expect(load().running).toBeLessThanOrEqual(2)
    expect(await states(ids)).toEqual(names.map((_name, at) => (at <= index ? 'COMPLETED' : at <= index + 2 ? 'IN_PROGRESS' : 'PENDING')))
  }
})

test('a run that was made earlier goes before later ones when it has its answer', async () => {
  const asked = await house.begin([step('ask', { type: 'USER_INPUT', title: 'Well?' }), ...hold('asked')])
  await house.server.until(asked, ({ state }) => state === 'AWAITING_USER_INPUT')
  const busy = [await house.begin(hold('busy0')), await house.begin(hold('busy1'))]
  await Promise.all([gate.arrived('/busy0'), gate.arrived('/busy1')])
  const later = await house.begin(hold('later'))
  await house.server.call('POST', `/api/v1/workflow-runs/${asked}/input`, { values: {} })
  gate.open('/busy0')
  await gate.arrived('/asked')
  expect((await house.server.get(later)).workflowRun.state).toBe('PENDING')
  for (const name of ['busy1', 'asked', 'later']) gate.open(`/${name}`)
  for (const id of [...busy, asked, later]) await house.server.settled(id)
})

test('a burst of short runs is served whole, and nothing is left of it', async () => {
  const { id } = await house.server.save({ identifier: 'burst', nodes: [step('one', { type: 'TRANSFORM', value: '{{ .inputs.n }}' })] })
  const runs = await Promise.all(Array.from({ length: 60 }, (_, n) => house.server.run(id, { n })))
  const ended = await Promise.all(runs.map(({ id: runId }) => house.server.settled(runId)))
  expect(ended.map(({ workflowRun }) => (workflowRun.outputs as Json).one.value)).toEqual(Array.from({ length: 60 }, (_, n) => n))
  while (load().running > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(load()).toEqual({ running: 0, queued: 0 })
})

test('no run ever sees what another left in its browser', async () => {
  const keep = (name: string) => [
    step('open', { type: 'NAVIGATE', url: `${house.portal.url}/storage` }),
    step('before', { type: 'EVALUATE', expression: `async () => {
      while (document.querySelector('#stores').dataset.shown !== 'yes') await new Promise((resolve) => setTimeout(resolve, 20))
      const caches_ = await caches.keys().catch(() => [])
      return [...['cookie', 'local', 'session', 'indexed'].map((id) => document.getElementById(id).textContent), ...caches_].join('')
    }` }),
    step('note', { type: 'FILL', target: '#note', value: name }),
    step('remember', { type: 'CLICK', target: '#remember' }),
    step('after', { type: 'ASSERT', target: '#indexed', text: name }),
    step('cache', { type: 'EVALUATE', expression: `caches.open('${name}').then(() => true)` }),
    ...hold(`isolated-${name}`),
    step('still', { type: 'EVALUATE', expression: `[document.cookie.includes('${name}'), localStorage.getItem('portal.note'), sessionStorage.getItem('portal.note')]` }),
  ]
  const [one, two] = [await house.begin(keep('one')), await house.begin(keep('two'))]
  await Promise.all([gate.arrived('/isolated-one'), gate.arrived('/isolated-two')])
  gate.open('/isolated-one')
  gate.open('/isolated-two')
  const third = house.begin(keep('one'))
  for (const [name, id] of [['one', one], ['two', two], ['one', await third]] as const) {
    const { outputs } = (await house.server.settled(id)).workflowRun
    expect(outputs).toMatchObject({ before: { value: '' }, still: { value: [true, name, name] } })
  }
  await house.quiet()
})

test('of contexts made ready for several shapes at the same time only one is kept', async () => {
  await house.quiet()
  const { browsers } = house.server.server.services
  const shapes = [800, 801, 802, 803].map((width) => ({ viewport: { width, height: 600 } }))
  await Promise.all([...shapes, ...shapes].map((shape) => browsers.prepare(shape)))
  const opened = await browsers.open({ viewport: { width: 900, height: 900 } })
  const all = opened.context.browser()!.contexts().length
  await opened.close()
  expect(all).toBe(2)
})
