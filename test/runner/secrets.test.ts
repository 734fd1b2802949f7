import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { tempDir, type Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { startProcess } from '../process.ts'

/** A password goes through the whole house (typed, derived from, sent, failed with) and is found nowhere in it. */

const SECRET = 'Kx7-gr\u00fcn Hai"&9'
const CODE = '903417'
/** In all the spellings that a text, a URL, JSON or Base64 gives it. */
const SPELLINGS = [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1), Buffer.from(SECRET).toString('base64').replace(/=+$/, ''), new URLSearchParams({ p: SECRET }).toString().slice(2), CODE]

// A machine may be busy with other things; states are waited for, not times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let house: House
beforeAll(async () => {
  house = await openHouse({}, { ownChromium: 'full' })
})
afterAll(() => house[Symbol.asyncDispose]())

const filesBelow = (dir: string): string[] => readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())

/** The files of the data folder in which a spelling stands, store, log, artifacts and temporary ones alike. */
const findings = (): string[] => filesBelow(house.server.dataDir).flatMap((path) => {
  const bytes = readFileSync(path)
  return SPELLINGS.filter((spelling) => bytes.includes(spelling)).map((spelling) => `${path} holds ${spelling}`)
})

const trigger = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { user: { type: 'string' }, password: { type: 'string', format: 'password' } }, required: ['user', 'password'] } } }
const inputs = { user: 'demo', password: SECRET }

/** What colours places have in a picture that the run left; the server's own browser looks. */
const coloursAt = async (artifact: { signedUrl: string }, places: Json[]): Promise<number[][]> => {
  const bytes = Buffer.from(await (await fetch(artifact.signedUrl)).arrayBuffer())
  const expression = `async ({ url, places }) => {
    const image = new Image()
    image.src = url
    await image.decode()
    const drawing = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height }).getContext('2d')
    drawing.drawImage(image, 0, 0)
    return places.map(({ x, y }) => [...drawing.getImageData(x, y, 1, 1).data].slice(0, 3))
  }`
  const arg = { url: `data:image/png;base64,${bytes.toString('base64')}`, places }
  const { workflowRun } = await house.finish([{ identifier: 'look', config: { type: 'EVALUATE', expression, arg } }])
  return (workflowRun.outputs as Json).look.value as number[][]
}

test('a password that is typed, derived from, sent and failed with stands nowhere in the data folder, the API or the log', async () => {
  const { portal, server } = house
  const runId = await house.begin(
    [
      trigger,
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${portal.url}/login?hint={{ .inputs.password | @uri }}` } },
      { identifier: 'type', config: { type: 'TYPE', target: { label: 'Password' }, value: '{{ .inputs.password }}' } },
      { identifier: 'read', config: { type: 'EVALUATE', expression: 'document.querySelector("#password").value' } },
      { identifier: 'derive', config: { type: 'TRANSFORM', value: { header: 'Basic {{ .inputs.user }}:{{ .inputs.password }}', list: ['{{ .outputs.start.password }}'], '{{ "k" }}': 1 } } },
      { identifier: 'send', config: { type: 'WEBHOOK', url: `${portal.url}/echo?key={{ .inputs.password | @uri }}`, headers: { 'x-key': '{{ .inputs.password | @base64 }}' }, body: { secret: '{{ .outputs.derive.header }}' } } },
      // A fault that quotes what was typed, tried twice, so that a trace would be made.
      { identifier: 'fail', config: { type: 'EVALUATE', expression: '(text) => { throw new Error("cannot use " + text) }', arg: '{{ .outputs.derive.header }}' }, retry: { maxAttempts: 2, backoffMs: 1 }, onFailure: 'continue' },
      { identifier: 'ask', config: { type: 'USER_INPUT', title: 'The code, {{ .inputs.password }}', userInputs: { properties: { code: { type: 'string', format: 'password' } }, required: ['code'] } } },
      { identifier: 'code', config: { type: 'FILL', target: '#user', value: '{{ .outputs.ask.values.code }}' } },
      { identifier: 'end', config: { type: 'FAIL', message: 'Gave up with {{ .inputs.password }} and {{ .outputs.ask.values.code }}' } },
    ],
    { inputs },
  )
  const waiting = await server.until(runId, ({ status }) => status === 'waiting')
  expect(findings()).toEqual([])
  expect(waiting.workflowRun.awaiting).toMatchObject({ title: 'The code, [redacted]' })
  expect((await server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { code: CODE } })).status).toBe(200)
  const { workflowRun, activityRuns } = await server.settled(runId)
  await house.quiet()

  expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: 'Gave up with [redacted] and [redacted]' })
  expect(activityRuns.find(({ stepId }) => stepId === 'derive')!.outputs).toMatchObject({ header: 'Basic demo:[redacted]', list: ['[redacted]'] })
  expect(activityRuns.filter(({ stepId, status }) => stepId === 'fail' && status === 'failed').map(({ error }) => error?.message)).toEqual(Array(2).fill(expect.stringContaining('cannot use Basic demo:[redacted]')))
  // It was really typed, sent and answered with, in clear.
  expect(portal.received[0]).toMatchObject({ body: JSON.stringify({ secret: `Basic demo:${SECRET}` }), query: { key: SECRET } })
  expect(activityRuns.find(({ stepId }) => stepId === 'read')).toMatchObject({ status: 'completed', outputs: { value: '[redacted]' } })

  expect(findings()).toEqual([])
  const shown = [
    (await server.call('GET', `/api/v1/workflow-runs/${runId}`)).body,
    (await server.call('GET', '/api/v1/user-forms')).body,
    await house.events(runId),
    await (await fetch(`${server.url}/api/v1/workflow-runs/${runId}/stream`)).text(),
  ].map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
  for (const spelling of SPELLINGS) for (const part of shown) expect(part.includes(spelling), `${spelling} in ${part.slice(0, 60)}`).toBe(false)
  // What it holds is searched in trace-secrets.test.ts.
  expect(activityRuns.flatMap(({ artifacts }) => artifacts.map(({ type }) => type))).toContain('trace')
})

test('pictures of failures and questions are painted over where a secret was typed, and say which target failed where', async () => {
  const { portal } = house
  const { workflowRun, activityRuns } = await house.finish(
    [
      trigger,
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${portal.url}/storage` } },
      { identifier: 'where', config: { type: 'EVALUATE', expression: '() => { const box = document.querySelector("#note").getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 } }' } },
      { identifier: 'note', config: { type: 'FILL', target: { label: 'Note' }, value: '{{ .inputs.password }}' } },
      { identifier: 'click', config: { type: 'CLICK', target: { role: 'button', name: 'Nowhere' } }, timeoutMs: 500 },
    ],
    { inputs },
  )
  expect(workflowRun.error).toMatchObject({ code: 'step_timeout', stepId: 'click', details: { url: `${portal.url}/storage`, target: expect.stringContaining('Nowhere'), screenshotArtifactId: expect.any(String) } })
  const failed = activityRuns.find(({ status }) => status === 'failed')!
  const [picture] = failed.artifacts
  expect(picture).toMatchObject({ id: (failed.error as Json).details.screenshotArtifactId, type: 'screenshot', displayName: 'failure-click-1.png' })
  const box = (workflowRun.outputs as Json).where.value ?? (workflowRun.outputs as Json).where
  expect(await coloursAt(picture!, [box])).toEqual([[0x88, 0x88, 0x88]])
})

test('pictures of a page that shows a secret as text are painted over there, however it is spelt, and nowhere else', async () => {
  const { portal } = house
  const where = `() => [...document.querySelectorAll('#answers td:nth-child(2), #answer, h1')].flatMap((element) => {
    const { x, y, width, height } = element.getBoundingClientRect()
    return /Kx7|Received/.test(element.textContent) ? [{ x: x + width / 2, y: y + height - 2 }] : []
  })`
  const { workflowRun, activityRuns } = await house.finish(
    [
      trigger,
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${portal.url}/forms` } },
      { identifier: 'notes', config: { type: 'FILL', target: '#notes', value: 'It is {{ .inputs.password }}.' } },
      { identifier: 'send', config: { type: 'CLICK', target: '#submit' } },
      { identifier: 'where', config: { type: 'EVALUATE', expression: where } },
      { identifier: 'picture', config: { type: 'SCREENSHOT', fullPage: true } },
    ],
    { inputs },
  )
  expect(workflowRun.error).toBeNull()
  const { artifacts } = activityRuns.find(({ stepId }) => stepId === 'picture')!
  const places = (workflowRun.outputs as Json).where.value as Json[]
  expect(places).toHaveLength(3)
  const [heading, ...shown] = await coloursAt(artifacts[0]!, places)
  expect(heading).not.toEqual([0x88, 0x88, 0x88])
  expect(shown).toEqual([[0x88, 0x88, 0x88], [0x88, 0x88, 0x88]])
})

test('a workflow that wants no pictures gets none', async () => {
  const { activityRuns } = await house.finish(
    [
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${house.portal.url}/status/404` } },
    ],
    { definition: { settings: { screenshots: 'off' } } },
  )
  expect(activityRuns.flatMap(({ artifacts }) => artifacts)).toEqual([])
  expect((activityRuns.at(-1)!.error as Json).details).not.toHaveProperty('screenshotArtifactId')
})

test('a workflow that wants one of every step gets it', async () => {
  const { activityRuns } = await house.finish(
    [
      { identifier: 'open', config: { type: 'NAVIGATE', url: `${house.portal.url}/storage` } },
      { identifier: 'note', config: { type: 'FILL', target: { label: 'Note' }, value: 'x' } },
    ],
    { definition: { settings: { screenshots: 'every-step' } } },
  )
  expect(activityRuns.map(({ stepId, artifacts }) => [stepId, artifacts.map(({ displayName }) => displayName)])).toEqual([['trigger', []], ['open', ['open.png']], ['note', ['note.png']]])
})

test('stored secrets, secret variables and one-time codes: typed, echoed, failed with and sent on, they stand nowhere in the folder or the server’s log', async () => {
  const dataDir = tempDir()
  const { portal } = house
  const [stored, variable, seed, code] = ['St0red "s\u00e9cret" & more', 'v4riable-in-the-open?', 'KRSXG5CTMVRXEZLU', '719352']
  const values = [stored, variable, seed, code]
  const spellings = values.flatMap((value) => [value, encodeURIComponent(value), new URLSearchParams({ p: value }).toString().slice(2), JSON.stringify(value).slice(1, -1), value.replaceAll('"', '""'), Buffer.from(value).toString('base64').replace(/=+$/, '')])
  const server = await startProcess(dataDir, { LOG_LEVEL: 'trace' })
  try {
    await server.call('PUT', '/api/v1/secrets/STORED', { value: stored })
    await server.call('PUT', '/api/v1/secrets/SEED', { value: seed })
    const { workflow } = (
      await server.call('POST', '/api/v1/workflows', {
        identifier: 'echoes',
        envs: [{ name: 'VARIABLE', secret: true }],
        nodes: [
          { identifier: 'open', config: { type: 'NAVIGATE', url: `${portal.url}/forms?hint={{ .secrets.STORED | @uri }}&v={{ .envs.VARIABLE | @uri }}` } },
          { identifier: 'name', config: { type: 'FILL', target: '#secret_word', value: '{{ .secrets.STORED }}' } },
          { identifier: 'notes', config: { type: 'FILL', target: '#notes', value: 'It is {{ .secrets.STORED }} and {{ .envs.VARIABLE }}' } },
          { identifier: 'totp', config: { type: 'TOTP', secret: '{{ .secrets.SEED }}' } },
          { identifier: 'send', config: { type: 'CLICK', target: '#submit' } },
          { identifier: 'echo', config: { type: 'EXTRACT', table: { target: '#answers' }, saveAs: 'csv' } },
          { identifier: 'echo_json', config: { type: 'EXTRACT', fields: { all: { target: '#answer' } }, saveAs: 'json', name: 'echo {{ .envs.VARIABLE }}' } },
          { identifier: 'picture', config: { type: 'SCREENSHOT', name: 'after {{ .secrets.STORED }}' } },
          { identifier: 'throw', config: { type: 'EVALUATE', expression: '(text) => { console.log(text); throw new Error("no use for " + text) }', arg: '{{ .secrets.STORED }} {{ .secrets.SEED }}' }, retry: { maxAttempts: 2, backoffMs: 1 }, onFailure: 'continue' },
          { identifier: 'lost', config: { type: 'NAVIGATE', url: 'http://127.0.0.1:1/?k={{ .envs.VARIABLE | @uri }}' }, onFailure: 'continue' },
          { identifier: 'hook', config: { type: 'WEBHOOK', url: `${portal.url}/echo`, body: { seed: '{{ .secrets.SEED }}', stored: '{{ .secrets.STORED }}' } } },
          { identifier: 'ask', config: { type: 'USER_INPUT', title: 'Code for {{ .envs.VARIABLE }}', account: '{{ .secrets.STORED }}', userInputs: { properties: { code: { type: 'string', format: 'otp' } }, required: ['code'] } }, variables: { renamed: '{{ .response.values.code }}' } },
          { identifier: 'use', config: { type: 'TRANSFORM', value: { text: 'code {{ .outputs.ask.renamed }}' } } },
          { identifier: 'end', config: { type: 'FAIL', message: 'Gave up on {{ .secrets.STORED }}, {{ .envs.VARIABLE }}, {{ .outputs.ask.renamed }}' } },
        ],
      })
    ).body
    const { id } = (await server.call('POST', '/api/v1/workflow-runs', { workflowId: workflow.id, envs: { VARIABLE: variable } })).body
    await server.until(id, ({ awaiting }) => awaiting !== null)
    expect((await server.call('POST', '/api/v1/otp-codes', { account: stored, code })).body.otpCode.taken).toBe(true)
    const { workflowRun, activityRuns } = await server.settled(id)
    expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: 'Gave up on [redacted], [redacted], [redacted]' })
    // They were really typed, and the page really showed them.
    expect(workflowRun.outputs.echo.rows).toEqual(expect.arrayContaining([{ Field: 'secret_word', Value: '[redacted]', Size: '', 'SHA-256': '' }, { Field: 'notes', Value: 'It is [redacted] and [redacted]', Size: '', 'SHA-256': '' }]))
    expect(JSON.parse(portal.received.at(-1)!.body)).toEqual({ seed, stored })
    expect(workflowRun.outputs).toMatchObject({ totp: { code: '[redacted]' }, ask: { renamed: '[redacted]' }, use: { text: 'code [redacted]' } })
    expect(activityRuns.filter(({ status }) => status === 'failed').map(({ stepId }) => stepId)).toEqual(['throw', 'throw', 'lost', 'end'])
    const files = activityRuns.flatMap(({ artifacts }) => artifacts as Json[])
    expect(files.map(({ type }) => type as string)).toEqual(expect.arrayContaining(['extracted_data', 'screenshot']))
    expect(await (await fetch(files.find(({ mimeType }) => mimeType === 'text/csv')!.signedUrl)).text()).toContain('It is [redacted] and [redacted]')
    const events: Json[] = []
    for await (const event of server.stream(id)) events.push(event)
    const shown = JSON.stringify([workflowRun, activityRuns, events, server.log, (await server.call('GET', '/api/v1/user-forms')).body, (await server.call('GET', '/api/v1/audit')).body])
    const stands = () => filesBelow(dataDir).flatMap((path) => {
      const bytes = readFileSync(path)
      return spellings.filter((spelling) => bytes.includes(spelling)).map((spelling) => `${path} holds ${spelling}`)
    })
    expect(spellings.filter((spelling) => shown.includes(spelling))).toEqual([])
    expect(stands()).toEqual([])
    await server.end('SIGTERM')
    expect(stands()).toEqual([])
  } finally {
    await server[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
