import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linear, startTestServer, type Json, type TestServer } from '../harness.ts'

const RUNS = '/api/v1/workflow-runs'
const NOWHERE = '0197d0d0-0000-7000-8000-000000000000'

const step = (identifier: string, value: unknown): Json => ({ identifier, config: { type: 'TRANSFORM', value } })
/** Each value is made of the one before, so that what is done anew and what is kept can be told apart. */
const CHAIN = [
  step('a', { at: '{{ now }}', of: '{{ .inputs.word }}' }),
  step('b', { at: '{{ now }}', after: '{{ .outputs.a.at }}' }),
  step('c', { at: '{{ now }}', after: '{{ .outputs.b.at }}', of: '{{ .inputs.word }}', lang: '{{ .envs.LANG }}' }),
]

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.save(linear('chain', CHAIN, { envs: [{ name: 'LANG', value: 'en' }] }))
  // Fails at `check` unless the input says otherwise.
  await server.save(
    linear('shaky', [step('before', { at: '{{ now }}' }), step('check', '{{ if .inputs.fail then error("broken") else .outputs.before.at end }}'), step('after', '{{ .outputs.check.value }}')]),
  )
  await server.save(
    linear('fork', [step('left', { at: '{{ now }}' }), step('right', '{{ if .inputs.fail then error("broken") else now end }}'), step('join', [1])], {
      connections: [{ sourceIdentifier: 'left', targetIdentifier: 'join' }, { sourceIdentifier: 'right', targetIdentifier: 'join' }],
    }),
  )
  await server.save(linear('shaky_rounds', [{ identifier: 'each', config: { type: 'FOR_EACH', items: '{{ .inputs.rows }}', nodes: [step('divide', '{{ 8 / .item }}')] } }]))
  await server.save(linear('asks', [{ identifier: 'ask', config: { type: 'USER_INPUT', title: '?', userInputs: { properties: { pin: { type: 'string', format: 'password' } } } } }, step('use', '{{ .outputs.ask.values.pin | length }}')]))
})
afterAll(() => server[Symbol.asyncDispose]())

const finished = async (workflowId: string, inputs: Json = {}, envs: Json = {}) => {
  const { status, body } = await server.call('POST', RUNS, { workflowId, inputs, envs })
  expect(status).toBe(202)
  return server.settled(body.id as string)
}
const rerun = (id: string, body?: Json) => server.call('POST', `${RUNS}/${id}/rerun`, body)
const again = async (id: string, body?: Json) => {
  const answer = await rerun(id, body)
  expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 202, error: null })
  return { answer, ...(await server.settled(answer.body.id as string)) }
}
const done = (activityRuns: Json[]): string[] => activityRuns.map(({ stepId, status }) => `${stepId} ${status}`)

describe('from the start', () => {
  test('is a new run of the same version, inputs and envs, that names the old one and keeps nothing of it', async () => {
    const old = await finished('chain', { word: 'one' }, { LANG: 'fr' })
    const { answer, workflowRun, activityRuns } = await again(old.workflowRun.id)
    expect(answer.headers.get('location')).toBe(`${RUNS}/${workflowRun.id}`)
    expect(answer.body).toMatchObject({ state: 'PENDING', rerunOf: old.workflowRun.id, workflowVersion: 1, inputs: [{ name: 'word', value: 'one' }], outputs: {}, startedAt: null })
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', rerunOf: old.workflowRun.id, outputs: { c: { of: 'one', lang: 'fr' } } })
    expect(done(activityRuns)).toEqual(['trigger completed', 'a completed', 'b completed', 'c completed'])
    expect(workflowRun.outputs.a).not.toEqual(old.workflowRun.outputs.a)
    expect(await server.get(old.workflowRun.id)).toEqual(old)
  })

  test('takes a failed, a cancelled and a re-run run, and Port’s spelling of it', async () => {
    const failed = await finished('shaky', { fail: true })
    expect((await again(failed.workflowRun.identifier)).workflowRun).toMatchObject({ state: 'FAILED', rerunOf: failed.workflowRun.id })
    const { id } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    await server.call('POST', `${RUNS}/${id}/cancel`)
    const second = (await rerun(id)).body.id as string
    await server.until(second, (run) => run.awaiting !== null)
    await server.call('POST', `${RUNS}/${second}/cancel`)
    expect((await rerun(second)).body).toMatchObject({ rerunOf: second })
  })
})

describe('from a step', () => {
  test('keeps what was done before it, as skipped activity runs with their outputs, and does the rest anew', async () => {
    const old = await finished('chain', { word: 'one' })
    const { answer, workflowRun, activityRuns } = await again(old.workflowRun.id, { fromStepId: 'b' })
    const kept = { trigger: { word: 'one' }, a: old.workflowRun.outputs.a }
    expect(answer.body.outputs).toEqual(kept)
    expect(done(activityRuns)).toEqual(['trigger skipped', 'a skipped', 'b completed', 'c completed'])
    expect(activityRuns.slice(0, 2).map(({ outputs, workflowRunId, attempt }) => ({ outputs, workflowRunId, attempt }))).toEqual([kept.trigger, kept.a].map((outputs) => ({ outputs, workflowRunId: workflowRun.id, attempt: 1 })))
    expect(workflowRun.outputs).toMatchObject({ ...kept, b: { after: (old.workflowRun.outputs.a as Json).at } })
    expect(workflowRun.outputs.b).not.toEqual(old.workflowRun.outputs.b)
  })

  test('can be done again of a run that kept something itself', async () => {
    const old = await finished('chain', { word: 'one' })
    const second = await again(old.workflowRun.id, { fromStepId: 'b' })
    const third = await again(second.workflowRun.id, { fromStepId: 'c' })
    expect(done(third.activityRuns)).toEqual(['trigger skipped', 'a skipped', 'b skipped', 'c completed'])
    expect(third.workflowRun.outputs).toMatchObject({ a: old.workflowRun.outputs.a, b: second.workflowRun.outputs.b })
  })

  test('with new inputs gives them to the steps that are done anew', async () => {
    const old = await finished('chain', { word: 'one' })
    const { workflowRun } = await again(old.workflowRun.id, { fromStepId: 'c', inputs: { word: 'two' } })
    expect(workflowRun).toMatchObject({ inputs: [{ name: 'word', value: 'two' }], outputs: { trigger: { word: 'two' }, a: { of: 'one' }, c: { of: 'two', after: (old.workflowRun.outputs.b as Json).at } } })
  })

  test('keeps the branches that do not come after it', async () => {
    const old = await finished('fork')
    const { activityRuns, workflowRun } = await again(old.workflowRun.id, { fromStepId: 'right' })
    expect(done(activityRuns).sort()).toEqual(['join completed', 'left skipped', 'right completed', 'trigger skipped'])
    expect(workflowRun.outputs.left).toEqual(old.workflowRun.outputs.left)
  })

  test('keeps a password that was answered, and shows it no more than before', async () => {
    const { id } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    await server.call('POST', `${RUNS}/${id}/input`, { values: { pin: 'hunter2222' } })
    await server.settled(id)
    const detail = await again(id, { fromStepId: 'use' })
    expect(detail.workflowRun.outputs).toMatchObject({ ask: { values: { pin: '[redacted]' } } })
    expect(JSON.stringify(detail)).not.toContain('hunter2222')
    expect(detail.workflowRun.state).toBe('COMPLETED')
  })

  test('opens the browser as it was then: its cookies, its storage and its page', async () => {
    const visits: string[] = []
    const portal = createServer((call, response) => {
      visits.push(call.url ?? '')
      response.setHeader('content-type', 'text/html')
      if (call.url === '/login') response.setHeader('set-cookie', 'session=brown')
      response.end('<title>Portal</title>')
    })
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve))
    try {
      const origin = `http://127.0.0.1:${(portal.address() as AddressInfo).port}`
      const evaluate = (identifier: string, expression: string): Json => ({ identifier, config: { type: 'EVALUATE', expression } })
      await server.save(
        linear('browses', [
          { identifier: 'login', config: { type: 'NAVIGATE', url: `${origin}/login` } },
          evaluate('store', "localStorage.setItem('seen', 'yes')"),
          evaluate('look', '({ cookie: document.cookie, seen: localStorage.seen, path: location.pathname })'),
        ]),
      )
      const old = await finished('browses')
      const look = { value: { cookie: 'session=brown', seen: 'yes', path: '/login' } }
      expect(old.workflowRun).toMatchObject({ error: null, outputs: { look } })
      const { workflowRun, activityRuns } = await again(old.workflowRun.id, { fromStepId: 'look' })
      expect(workflowRun).toMatchObject({ error: null, outputs: { look } })
      expect(done(activityRuns)).toEqual(['trigger skipped', 'login skipped', 'store skipped', 'look completed'])
      expect(visits.filter((url) => url === '/login')).toHaveLength(2)
    } finally {
      portal.close()
    }
  })

  test('that the run never got to is refused: nothing would be there to go on from', async () => {
    const failed = await finished('shaky', { fail: true })
    expect(await rerun(failed.workflowRun.id, { fromStepId: 'after' })).toMatchObject({ status: 409, body: { code: 'conflict', error: expect.stringContaining('"after"') } })
    const fork = await finished('fork', { fail: true })
    expect(await rerun(fork.workflowRun.id, { fromStepId: 'join' })).toMatchObject({ status: 409 })
  })

  test('that the workflow does not have is refused by name', async () => {
    const old = await finished('chain')
    expect(await rerun(old.workflowRun.id, { fromStepId: 'z' })).toMatchObject({ status: 400, body: { code: 'invalid_request', details: [{ path: 'fromStepId' }] } })
  })
})

describe('from the failure', () => {
  test('keeps what was done before it, and can end well with other inputs', async () => {
    const failed = await finished('shaky', { fail: true })
    expect(failed.workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'template_error', stepId: 'check' } })
    const { workflowRun, activityRuns } = await again(failed.workflowRun.id, { fromFailure: true, inputs: { fail: false } })
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { before: failed.workflowRun.outputs.before, after: { value: (failed.workflowRun.outputs.before as Json).at } } })
    expect(done(activityRuns)).toEqual(['trigger skipped', 'before skipped', 'check completed', 'after completed'])
  })

  describe('in a round of a loop', () => {
    let portal: Server
    let visits: string[]
    beforeAll(async () => {
      visits = []
      // Its third row cannot be shown the first time.
      portal = createServer((call, response) => {
        visits.push(call.url ?? '')
        response.statusCode = call.url === '/row/3' && visits.filter((url) => url === '/row/3').length === 1 ? 500 : 200
        response.end('<title>Row</title>')
      })
      await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(portal.address() as AddressInfo).port}/row/{{ .item }}`
      const inner = { identifier: 'in_ner', config: { type: 'FOR_EACH', items: '{{ .inputs.rows }}', nodes: [step('note', { at: '{{ now }}' }), { identifier: 'open', config: { type: 'NAVIGATE', url } }] } }
      await server.save(linear('rounds', [{ identifier: 'outer', config: { type: 'FOR_EACH', items: '{{ ["only"] }}', nodes: [step('begin', { at: '{{ now }}' }), inner] } }, step('end', '{{ .outputs.outer.items[0].in_ner.count }}')]))
    })
    afterAll(() => portal.close())

    test('goes on in that round: what its rounds have done is kept, in loops of loops too', async () => {
      const failed = await finished('rounds', { rows: [1, 2, 3, 4] })
      expect(failed.workflowRun).toMatchObject({ state: 'FAILED', error: { stepId: 'open' } })
      const before = visits.length
      const { workflowRun, activityRuns } = await again(failed.workflowRun.id, { fromFailure: true })
      expect(workflowRun).toMatchObject({ state: 'COMPLETED', outputs: { end: { value: 4 } } })
      const places = activityRuns.map(({ stepId, iteration, status }) => `${iteration ?? ''} ${stepId} ${status}`).sort()
      const at = (index: number): string => `outer[0].in_ner[${index}]`
      expect(places).toEqual([
        ' end completed', ' outer completed', ' trigger skipped', 'outer[0] begin skipped', 'outer[0] in_ner completed',
        `${at(0)} note skipped`, `${at(0)} open skipped`, `${at(1)} note skipped`, `${at(1)} open skipped`, `${at(2)} note skipped`, `${at(2)} open completed`, `${at(3)} note completed`, `${at(3)} open completed`,
      ].sort()) // prettier-ignore
      // The page of the round before is opened as it was; no row that was done is done again.
      expect(visits.slice(before).filter((url) => url.startsWith('/row'))).toEqual(['/row/2', '/row/3', '/row/4'])
      const noted = (runs: Json[], round: number) => (runs.find(({ stepId, iteration }) => stepId === 'note' && iteration === at(round)) as Json).outputs
      for (const round of [0, 1, 2]) expect(noted(activityRuns, round)).toEqual(noted(failed.activityRuns, round))
    })

    test('with other inputs begins the loop anew: its rounds would be other ones', async () => {
      const failed = await finished('shaky_rounds', { rows: [1, 0] })
      expect(failed.workflowRun).toMatchObject({ state: 'FAILED', error: { stepId: 'divide' } })
      const { workflowRun, activityRuns } = await again(failed.workflowRun.id, { fromFailure: true, inputs: { rows: [4, 2] } })
      expect(workflowRun.outputs.each).toEqual({ count: 2, items: [{ divide: { value: 2 } }, { divide: { value: 4 } }] })
      expect(done(activityRuns)).toEqual(['trigger skipped', 'each completed', 'divide completed', 'divide completed'])
    })
  })

  test('takes a file among its other inputs, as a form', async () => {
    await server.save(linear('reads', [{ identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { doc: { type: 'string', format: 'file' }, count: { type: 'integer' } } } } }, step('tell', { name: '{{ .inputs.doc.name }}', count: '{{ .inputs.count }}' })]))
    const old = await finished('reads')
    const form = new FormData()
    form.append('inputs[count]', '3')
    form.append('inputs[doc]', new Blob(['new']), 'new.txt')
    const answer = await fetch(`${server.url}${RUNS}/${old.workflowRun.id}/rerun`, { method: 'POST', body: form })
    expect(answer.status).toBe(202)
    const { id } = (await answer.json()) as { id: string }
    expect((await server.settled(id)).workflowRun).toMatchObject({ rerunOf: old.workflowRun.id, outputs: { tell: { name: 'new.txt', count: 3 } } })
    const { artifacts } = (await server.call('GET', `/api/v1/artifacts?workflowRunId=${id}`)).body as { artifacts: Json[] }
    expect(artifacts).toMatchObject([{ type: 'input_file', displayName: 'new.txt' }])
  })

  test('of a run that did not fail is refused', async () => {
    expect(await rerun((await finished('chain')).workflowRun.id, { fromFailure: true })).toMatchObject({ status: 409 })
  })
})

describe('of another version', () => {
  test('is asked for by name: the original is the default', async () => {
    const { id } = await server.save(linear('grows', [step('a', 1), step('b', 1)]))
    const old = await finished('grows')
    await server.call('PATCH', `/api/v1/workflows/${id}`, { title: 'Grown', nodes: [step('a', 1), step('b', 2), step('c', 3)] })
    expect((await again(old.workflowRun.id, { fromStepId: 'b' })).workflowRun).toMatchObject({ workflowVersion: 1, outputs: { b: { value: 1 } } })
    expect((await again(old.workflowRun.id, { fromStepId: 'b', version: 'latest' })).workflowRun).toMatchObject({ workflowVersion: 2, workflowName: 'Grown', outputs: { a: { value: 1 }, b: { value: 2 }, c: { value: 3 } } })
  })

  test('checks the old inputs against what it wants now', async () => {
    const { id } = await server.save(linear('stricter', [step('a', 1)]))
    const old = await finished('stricter', { word: 'x' })
    const trigger = { identifier: 'trigger', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { word: { type: 'integer' }, more: { type: 'string' } }, required: ['more'] } } }
    await server.call('PATCH', `/api/v1/workflows/${id}`, { nodes: [trigger, step('a', 1)] })
    const refused = await rerun(old.workflowRun.id, { version: 'latest' })
    expect((refused.body.details as Json[]).map(({ path, code }) => `${path} ${code}`).sort()).toEqual(['inputs.more required', 'inputs.word wrong_type'])
    expect((await again(old.workflowRun.id, { version: 'latest', inputs: { word: 1, more: 'x' } })).workflowRun.state).toBe('COMPLETED')
  })
})

describe('a call', () => {
  test('for a run that goes on is refused', async () => {
    const { id } = await server.run('asks')
    await server.until(id, (run) => run.awaiting !== null)
    expect(await rerun(id)).toMatchObject({ status: 409, body: { code: 'conflict', error: expect.stringContaining('AWAITING_USER_INPUT') } })
    await server.call('POST', `${RUNS}/${id}/cancel`)
  })

  test('for a run that there is not answers 404', async () => {
    for (const id of [NOWHERE, 'x']) expect((await rerun(id)).status).toBe(404)
  })

  const rows: [name: string, body: Json, paths: string[]][] = [
    ['two places', { fromStepId: 'a', fromFailure: true }, ['']],
    ['no failure', { fromFailure: false }, ['fromFailure']],
    ['another version than there may be', { version: 2 }, ['version']],
    ['an unknown field', { from: 'a' }, ['from']],
    ['inputs that are no object', { inputs: [1] }, ['inputs']],
    ['inputs with a reserved word', JSON.parse('{"inputs":{"__proto__":1}}') as Json, ['inputs.__proto__']],
    ['a file that there is not', { inputs: { doc: { artifactId: NOWHERE, name: 'a', mimeType: 'a/b', sizeBytes: 1, sha256: 'a'.repeat(64) } } }, ['inputs.doc']],
  ]
  test('with what it does not take is refused with all faults', async () => {
    const { id } = (await finished('chain')).workflowRun
    for (const [name, body, paths] of rows) {
      const answer = await server.call('POST', `${RUNS}/${id}/rerun`, JSON.stringify(body))
      expect({ name, status: answer.status, paths: (answer.body.details as Json[]).map(({ path }) => path as string) }).toEqual({ name, status: 400, paths })
    }
  })
})
