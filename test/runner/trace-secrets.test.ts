import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import { linear, tempDir, type Json } from '../harness.ts'
import { startPortal, type Portal } from '../portal/portal.ts'
import { startProcess, type ServerProcess } from '../process.ts'
import { step } from '../restarts.ts'
import { unzip } from '../unzip.ts'

/** Everything that a traced run leaves is searched for what it typed: each file of the trace, too, and whatever in it is Base64. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const SECRET = 'Kx7-gr\u00fcn Hai"&9'
const CODE = '903417'
const spellings = (secret: string): string[] => [secret, encodeURIComponent(secret), new URLSearchParams({ p: secret }).toString().slice(2), JSON.stringify(secret).slice(1, -1), secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;')]
const SPELLINGS = [...new Set([SECRET, CODE].flatMap(spellings))]

const dataDir = tempDir()
let portal: Portal
let gate: Gate
let server: ServerProcess
const start = async (): Promise<void> => {
  server = await startProcess(dataDir, { LOG_LEVEL: 'trace' })
}
beforeAll(async () => {
  portal = await startPortal()
  gate = await startGate()
  await start()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
  await portal.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** What stands in these bytes, as they are and as what is Base64 in them. */
const findingsIn = (where: string, bytes: Buffer): string[] => {
  const coded = (bytes.toString('latin1').match(/[A-Za-z0-9+/_-]{8,}/g) ?? []).flatMap((text) => [0, 1, 2, 3].map((from) => Buffer.from(text.slice(from), 'base64')))
  return SPELLINGS.flatMap((spelling) => [
    ...(bytes.includes(spelling) || bytes.includes(Buffer.from(spelling, 'latin1')) ? [`${where}: ${spelling}`] : []),
    ...(coded.some((decoded) => decoded.includes(spelling)) ? [`${where}, in Base64: ${spelling}`] : []),
  ])
}
const findings = (below = ''): string[] => {
  const dir = join(dataDir, below)
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name))
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile()).flatMap((path) => findingsIn(path, readFileSync(path)))
}
/** A run has ended a moment before its browser has closed. */
const swept = () => vi.waitUntil(() => readdirSync(join(dataDir, 'tmp/browser/traces')).length === 0)

const trigger = step('start', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } }, required: ['password'] } })
const fill = (identifier: string, target: string, value: string, rest: Json = {}) => step(identifier, { type: 'FILL', target, value, ...rest })
const click = (identifier: string, target: string | Json) => step(identifier, { type: 'CLICK', target })
const open = (identifier: string, url: string, rest: Json = {}) => step(identifier, { type: 'NAVIGATE', url }, rest)
const PASSWORD = '{{ .inputs.password }}'

let count = 0
const begin = async (nodes: Json[], settings: Json = { trace: 'on' }): Promise<string> => {
  const { body } = await server.call('POST', '/api/v1/workflows', linear(`w-${++count}`, [trigger, ...nodes], { settings }))
  return (await server.call('POST', '/api/v1/workflow-runs', { workflowId: body.workflow.id, inputs: { password: SECRET } })).body.id as string
}
const tracesOf = (activityRuns: Json[]): Json[] => activityRuns.flatMap(({ artifacts }) => artifacts as Json[]).filter(({ type }) => type === 'trace')
const linesOf = (file: Buffer): Json[] => file.toString().trim().split('\n').map((line) => JSON.parse(line) as Json)

test('of a run that types, sends and is shown its secrets nothing of them is left, and its trace still tells what happened', async () => {
  const call = `async ([url, secret]) => {
    const authorization = 'Basic ' + btoa(String.fromCharCode(...new TextEncoder().encode('demo:' + secret)))
    const answer = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ secret }) })
    console.log('sent ' + secret, (await answer.json()).body)
  }`
  const runId = await begin([
    open('login', `${portal.url}/login?hint={{ .inputs.password | @uri }}`),
    fill('user', '#user', PASSWORD),
    fill('password', '#password', PASSWORD),
    // A form as ever; the user's name is shown again.
    click('sign_in', { role: 'button', name: 'Sign in' }),
    open('forms', `${portal.url}/forms`),
    fill('notes', '#notes', `It is ${PASSWORD}.`),
    step('type', { type: 'TYPE', target: '#secret_word', value: PASSWORD }),
    // In parts, with files; all of it is shown on the next page.
    click('send', '#submit'),
    step('picture', { type: 'SCREENSHOT' }),
    step('print', { type: 'PDF' }),
    step('call', { type: 'EVALUATE', expression: call, arg: [`${portal.url}/echo`, PASSWORD] }),
    step('ask', { type: 'USER_INPUT', title: 'Code', userInputs: { properties: { code: { type: 'string', format: 'otp' } }, required: ['code'] } }),
    open('again', `${portal.url}/login`),
    fill('boxes_user', '#user', 'demo-boxes'),
    fill('boxes_password', '#password', 'demo-password'),
    click('boxes', { role: 'button', name: 'Sign in' }),
    fill('digits', 'input.digit', '{{ .outputs.ask.values.code }}', { perCharacter: true }),
    click('verify', { role: 'button', name: 'Verify' }),
    step('end', { type: 'FAIL', message: `No use for ${PASSWORD}` }),
  ])
  await server.until(runId, ({ awaiting }) => awaiting !== null)
  await server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { values: { code: CODE } })
  const { workflowRun, activityRuns } = await server.settled(runId)
  expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: 'No use for [redacted]' })
  // It was really sent.
  expect(portal.received.at(-1)).toMatchObject({ body: JSON.stringify({ secret: SECRET }), headers: { authorization: `Basic ${Buffer.from(`demo:${SECRET}`).toString('base64')}` } })

  const traces = tracesOf(activityRuns)
  expect(traces.map(({ displayName }) => displayName as string)).toEqual(['trace-1.zip', 'trace-2.zip'])
  const [first, second] = await Promise.all(traces.map(async ({ signedUrl }) => unzip(Buffer.from(await (await fetch(signedUrl as string)).arrayBuffer()))))
  for (const files of [first!, second!]) expect([...files].flatMap(([name, bytes]) => [...findingsIn(name, Buffer.from(name)), ...findingsIn(name, bytes)])).toEqual([])
  const typed = (files: Map<string, Buffer>) => linesOf(files.get('trace.trace')!).filter(({ type, method }) => type === 'before' && /^(fill|type)$/.test(method as string)).map(({ params }) => (params.value ?? params.text) as string)
  expect(typed(first!)).toEqual(['[redacted]', '[redacted]', 'It is [redacted].', '[redacted]'])
  expect(typed(second!)).toEqual(['demo-boxes', 'demo-password', ...Array.from({ length: 6 }, () => '[redacted]')])
  // One box at a time, nobody finds the code in a form or in a page: what a part of it stands in is gone.
  const boxes = (second!.get('trace.trace')!.toString().match(/"__playwright_value_":"[^"]*"/g) ?? []).filter((value) => CODE.includes(value.split('"')[3]!) && !value.endsWith('""'))
  expect(boxes).toEqual([])
  expect([...second!.values()].filter((bytes) => /code=\d/.test(bytes.toString()))).toEqual([])

  const lines = linesOf(first!.get('trace.trace')!)
  const urls = linesOf(first!.get('trace.network')!).map(({ snapshot }) => snapshot.request as Json)
  expect(lines.filter(({ type, method }) => type === 'before' && method === 'goto')).toHaveLength(2)
  expect(lines.filter(({ type }) => type === 'frame-snapshot').length).toBeGreaterThan(10)
  expect(JSON.stringify(lines.filter(({ type }) => type === 'frame-snapshot'))).toContain('It is [redacted].')
  expect(lines.filter(({ type }) => type === 'screencast-frame')).toEqual([])
  // Nor is the page asked for what its picture must not show.
  expect(first!.get('trace.trace')!.toString()).not.toContain('Kx7')
  expect(urls.map(({ method, url }) => `${method} ${new URL(url as string).pathname}`)).toEqual(expect.arrayContaining(['GET /login', 'POST /login', 'POST /forms', 'POST /echo']))
  const sent = urls.filter(({ postData }) => postData).map(({ postData }) => first!.get(postData._file as string)?.toString())
  expect(sent).toEqual(expect.arrayContaining(['next=&user=[redacted]&password=[redacted]', '{"secret":"[redacted]"}']))

  const events: Json[] = []
  for await (const event of server.stream(runId)) events.push(event)
  expect(findingsIn('shown', Buffer.from(JSON.stringify([workflowRun, activityRuns, events, server.log])))).toEqual([])
  await swept()
  expect(findings()).toEqual([])
})

test('a trace that cannot be rewritten is not kept, and the run says so', async () => {
  const runId = await begin([open('forms', `${portal.url}/forms`), fill('notes', '#notes', PASSWORD), open('hold', `${gate.url}/hold`)])
  await gate.arrived('/hold')
  // Where the new one is to be written, there is something already.
  mkdirSync(join(dataDir, `tmp/browser/${runId}-1.zip.redacted`))
  gate.open('/hold')
  const { workflowRun, activityRuns } = await server.settled(runId)
  expect(workflowRun).toMatchObject({ state: 'COMPLETED', error: null })
  expect(tracesOf(activityRuns)).toEqual([])
  expect(JSON.stringify(activityRuns)).toContain('The trace is not kept: the secrets of the run could not be taken out of it.')
  await swept()
  expect(findings()).toEqual([])
})

test('what a killed server had recorded is gone after the next start', async () => {
  gate.shut('/hold')
  await begin([open('forms', `${portal.url}/forms`), fill('notes', '#notes', PASSWORD), open('hold', `${gate.url}/hold`)])
  await gate.arrived('/hold', 2)
  await server.end('SIGKILL')
  expect(findings('tmp')).not.toEqual([])
  await start()
  await vi.waitUntil(() => {
    try {
      return findings('tmp').length === 0
    } catch {
      // Swept away while it was looked at.
      return false
    }
  }, { timeout: 60_000, interval: 100 })
})
