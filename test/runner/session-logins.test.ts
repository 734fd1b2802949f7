import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startGate, type Gate } from '../gate.ts'
import type { Json } from '../harness.ts'
import { openHouse, type House } from '../house.ts'
import { openRestarts, step } from '../restarts.ts'

/** Runs that find their session logged out: somebody logs in for all of them, once, and they go on. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const SESSIONS = '/api/v1/sessions'
const LOGGED_IN = { target: '#employees', loggedOut: '#password', timeoutMs: 20_000 }

let house: House
let gate: Gate
beforeAll(async () => {
  house = await openHouse({ PARK_MS: '0', MAX_CONCURRENT_RUNS: '4' })
  gate = await startGate()
  await house.server.call('PUT', '/api/v1/secrets/PORTAL_PASSWORD', { value: 'demo-password' })
})
afterAll(async () => {
  await house[Symbol.asyncDispose]()
  await gate[Symbol.asyncDispose]()
})
beforeEach(() => house.portal.reset())

const open = (identifier: string, path: string): Json => step(identifier, { type: 'NAVIGATE', url: `${house.portal.url}${path}` })
const signIn = (password = '{{ .secrets.PORTAL_PASSWORD }}') => [
  open('login', '/login'),
  step('user', { type: 'FILL', target: '#user', value: 'demo' }),
  step('password', { type: 'FILL', target: '#password', value: password }),
  step('sign_in', { type: 'CLICK', target: 'button' }),
  step('in', { type: 'WAIT_FOR', target: '#employees', failIf: { role: 'alert' } }),
]
/** A session of its own for each test, with the workflow that logs in to it. */
const newSession = async (nodes: Json[], settings: Json = {}): Promise<{ session: string; workflow: Json }> => {
  const session = `s-${randomUUID()}`
  const workflow = await house.server.save({ identifier: `login-${session}`, type: 'LOGIN', settings: { session, loggedIn: { open: `${house.portal.url}/employees`, ...LOGGED_IN }, ...settings }, nodes })
  return { session, workflow }
}
const read = step('read', { type: 'EXTRACT', fields: { title: { target: 'h1' } } })
const beginWith = (session: string, nodes: Json[] = [open('employees', '/employees'), read], settings: Json = {}) => house.begin(nodes, { definition: { settings: { session, ...settings } } })
const sessionNow = async (session: string): Promise<Json> => (await house.server.call('GET', `${SESSIONS}/${session}`)).body.session
const logins = (): number => house.portal.requests()['POST /login'] ?? 0
const waits = (runId: string) => house.server.until(runId, ({ state }) => state === 'AWAITING_EXTERNAL')
const url = async (runId: string) => ((await house.server.settled(runId)).workflowRun.outputs as Json).employees?.url as string | undefined

test('a run whose session nobody has logged in to yet waits for a login, says for which, and begins logged in', async () => {
  const { session, workflow } = await newSession([step('hold', { type: 'WEBHOOK', url: `${gate.url}/first`, method: 'GET' }), ...signIn()])
  expect(await sessionNow(session)).toMatchObject({ status: 'empty', workflowId: workflow.id, savedAt: null, loginRunId: null })
  const runId = await beginWith(session)
  const { workflowRun, activityRuns } = await waits(runId)
  await gate.arrived('/first')
  const { status, loginRunId } = await sessionNow(session)
  expect(status).toBe('logging_in')
  expect(workflowRun.awaiting).toBeNull()
  expect(activityRuns.at(-1)).toMatchObject({
    stepId: 'employees',
    status: 'waiting',
    outputs: { waitsFor: { session, workflowRunId: loginRunId } },
    logs: [{ level: 'INFO', message: `Nobody has logged in to the session "${session}" yet. It waits for ${loginRunId}, which logs in.` }],
  })
  gate.open('/first')
  expect(await url(runId)).toBe(`${house.portal.url}/employees`)
  expect((await house.server.get(runId)).activityRuns.map(({ stepId, attempt, status: ended }) => [stepId, attempt, ended])).toEqual([['trigger', 1, 'completed'], ['employees', 1, 'completed'], ['read', 1, 'completed']])
  expect(logins()).toBe(1)
  expect(await sessionNow(session)).toMatchObject({ status: 'logged_in', savedAt: expect.any(String), lastCheckedAt: expect.any(String), failure: null })
})

test('a login that is still good is not done again; one that the portal has ended is', async () => {
  const { session } = await newSession(signIn())
  await house.server.settled(await beginWith(session))
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(1)
  house.portal.signOutAll()
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(2)
})

describe('a run that waited for a person', () => {
  const ask = step('ask', { type: 'USER_INPUT', title: 'Go on?', buttons: [{ identifier: 'yes', label: 'Yes' }] })
  const where = step('where', { type: 'EVALUATE', expression: 'location.pathname + location.search' })
  const elsewhere = (path: string) => `${house.portal.url.replace('127.0.0.1', 'localhost')}${path}`
  const asked = async (session: string, before: Json[] = [], after: Json[] = []): Promise<string> => {
    const runId = await beginWith(session, [...before, open('employees', '/employees?page=2'), ask, where, ...after])
    await house.server.until(runId, ({ awaiting }) => awaiting !== null)
    await house.quiet()
    return runId
  }
  const answer = (runId: string) => house.server.call('POST', `/api/v1/workflow-runs/${runId}/input`, { button: 'yes' })

  test('goes on without another login while its own holds', async () => {
    const { session } = await newSession(signIn())
    const runId = await asked(session)
    await answer(runId)
    const { workflowRun } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ error: null, outputs: { where: { value: '/employees?page=2' } } })
    expect(logins()).toBe(1)
  })

  test('and was logged out meanwhile has somebody log in, and goes on where it was, with what it had elsewhere', async () => {
    const { session } = await newSession(signIn())
    const note = [step('storage', { type: 'NAVIGATE', url: elsewhere('/storage') }), step('note', { type: 'FILL', target: '#note', value: 'mine' }), step('remember', { type: 'CLICK', target: '#remember' })]
    const look = [step('again', { type: 'NAVIGATE', url: elsewhere('/storage') }), step('shown', { type: 'WAIT_FOR', target: '#stores[data-shown]' }), step('stores', { type: 'EXTRACT', fields: { cookie: { target: '#cookie' }, local: { target: '#local' } } })]
    const runId = await asked(session, note, look)
    house.portal.signOutAll()
    await answer(runId)
    const { workflowRun, activityRuns } = await house.server.settled(runId)
    expect(workflowRun).toMatchObject({ error: null, outputs: { where: { value: '/employees?page=2' }, stores: { cookie: 'mine', local: 'mine' } } })
    expect(logins()).toBe(2)
    const { loginRunId } = await sessionNow(session)
    expect(activityRuns.find(({ stepId }) => stepId === 'where')!.logs.map(({ message }) => message)).toEqual([
      'The run is not logged in any more: it goes on with a copy of its session.',
      expect.stringMatching(/^Began with a copy of the session/),
      `The session "${session}" is not logged in any more. It waits for ${loginRunId}, which logs in.`,
      'The run is not logged in any more: it goes on with a copy of its session.',
      expect.stringMatching(/^Began with a copy of the session/),
      expect.stringMatching(/^Went on in a new browser: .*page=2 opened again\.$/),
    ])
  })

  test('and was logged out takes the login that another run has renewed by then', async () => {
    const { session } = await newSession(signIn())
    const runId = await asked(session)
    house.portal.signOutAll()
    expect(await url(await beginWith(session))).toMatch(/employees$/)
    expect(logins()).toBe(2)
    await answer(runId)
    expect((await house.server.settled(runId)).workflowRun).toMatchObject({ error: null, outputs: { where: { value: '/employees?page=2' } } })
    expect(logins()).toBe(2)
  })
})

test('of many runs that find it logged out at once, one logs in and all go on', async () => {
  const { session } = await newSession([step('hold', { type: 'WEBHOOK', url: `${gate.url}/many`, method: 'GET' }), ...signIn()])
  const runs = await Promise.all([1, 2, 3, 4, 5].map(() => beginWith(session)))
  await Promise.all(runs.map(waits))
  await gate.arrived('/many')
  gate.open('/many')
  expect(await Promise.all(runs.map(url))).toEqual(Array(5).fill(`${house.portal.url}/employees`))
  expect(logins()).toBe(1)
})

test('branches of one run wait for the same login', async () => {
  const { session } = await newSession(signIn())
  const runId = await house.begin([step('start', { type: 'SELF_SERVE_TRIGGER' }), open('employees', '/employees'), open('other', '/employees?page=2')], {
    definition: { settings: { session }, connections: [{ sourceIdentifier: 'start', targetIdentifier: 'employees' }, { sourceIdentifier: 'start', targetIdentifier: 'other' }] },
  })
  const { workflowRun } = await house.server.settled(runId)
  expect(workflowRun).toMatchObject({ error: null, outputs: { employees: { url: `${house.portal.url}/employees` }, other: { url: `${house.portal.url}/employees?page=2` } } })
  expect(logins()).toBe(1)
})

test('when the login fails, the runs that wait for it fail and say so; it is not tried again at once, unless something has changed', async () => {
  await house.server.call('PUT', '/api/v1/secrets/WRONG', { value: 'not-the-password' })
  const { session } = await newSession(signIn('{{ .secrets.WRONG }}'))
  const runs = await Promise.all([beginWith(session), beginWith(session)])
  for (const runId of runs)
    expect((await house.server.settled(runId)).workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'login_failed', stepId: 'employees', message: expect.stringContaining('The user name or the password is wrong.') } })
  expect(logins()).toBe(1)
  expect(await sessionNow(session)).toMatchObject({ status: 'empty', failure: { message: expect.stringContaining('is wrong') } })
  const third = (await house.server.settled(await beginWith(session))).workflowRun
  expect(third.error).toMatchObject({ code: 'login_failed', message: expect.stringContaining('It is not tried again by itself for 5 minutes') })
  expect(logins()).toBe(1)
  await house.server.call('PUT', '/api/v1/secrets/WRONG', { value: 'demo-password' })
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(2)
})

test('when the login is cancelled, so is the waiting of those who wait for it', async () => {
  const { session } = await newSession([step('hold', { type: 'WEBHOOK', url: `${gate.url}/cancelled`, method: 'GET' }), ...signIn()])
  const runId = await beginWith(session)
  await waits(runId)
  const { loginRunId } = await sessionNow(session)
  await house.server.call('POST', `/api/v1/workflow-runs/${loginRunId}/cancel`, {})
  expect((await house.server.settled(runId)).workflowRun.error).toMatchObject({ code: 'login_failed', message: expect.stringContaining('was cancelled') })
  gate.open('/cancelled')
})

test('a run that waits for a login can be cancelled, and the login goes on for others', async () => {
  const { session } = await newSession([step('hold', { type: 'WEBHOOK', url: `${gate.url}/goes-on`, method: 'GET' }), ...signIn()])
  const [first, second] = await Promise.all([beginWith(session), beginWith(session)])
  await Promise.all([waits(first), waits(second)])
  expect((await house.server.call('POST', `/api/v1/workflow-runs/${first}/cancel`, {})).body.state).toBe('CANCELLED')
  gate.open('/goes-on')
  expect(await url(second)).toMatch(/employees$/)
})

test('a login that ends well and logs in to nothing is told as a failure, not tried for ever', async () => {
  const { session } = await newSession([open('elsewhere', '/storage')])
  expect((await house.server.settled(await beginWith(session))).workflowRun.error).toMatchObject({ code: 'login_failed', message: expect.stringContaining('does not log in to what the check looks at') })
})

test('one that wants inputs cannot be started by itself, and nothing is', async () => {
  const { session } = await newSession([step('start', { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { password: { type: 'string', format: 'password' } }, required: ['password'] } }), ...signIn('{{ .inputs.password }}')])
  expect((await house.server.settled(await beginWith(session))).workflowRun.error).toMatchObject({ code: 'login_failed', message: expect.stringMatching(/cannot be started by itself: .*password/) })
  expect(await sessionNow(session)).toMatchObject({ status: 'empty', loginRunId: null })
})

test('two runs of the workflow that logs in do so one after the other', async () => {
  const { session, workflow } = await newSession([open('employees', '/login'), step('hold', { type: 'WEBHOOK', url: `${gate.url}/in-turn`, method: 'GET' }), ...signIn()])
  const first = await house.server.run(workflow.id)
  await gate.arrived('/in-turn')
  const second = await house.server.run(workflow.id)
  const { activityRuns } = await waits(second.id)
  expect(activityRuns.at(-1)!.outputs).toEqual({ waitsFor: { session, workflowRunId: first.identifier } })
  gate.open('/in-turn')
  for (const { id } of [first, second]) expect((await house.server.settled(id)).workflowRun.error).toBeNull()
  expect(logins()).toBe(2)
  expect((await sessionNow(session)).loginRunId).toBe(second.identifier)
})

test('a login that starts a run which begins with the session itself does not wait for itself', async () => {
  const session = `s-${randomUUID()}`
  const child = await house.server.save({ identifier: `child-${session}`, settings: { session }, nodes: [open('employees', '/employees')] })
  await house.server.save({ identifier: `login-${session}`, type: 'LOGIN', settings: { session }, nodes: [open('begun', '/login'), step('child', { type: 'RUN_WORKFLOW', workflow: child.id })] })
  const error = (await house.server.settled(await beginWith(session))).workflowRun.error
  expect(error).toMatchObject({ code: 'login_failed', message: expect.stringContaining('waits for this one') })
})

test('a session that is older than it may be is renewed without a look', async () => {
  const { session } = await newSession(signIn(), { sessionMaxAgeMs: 1, loggedIn: undefined })
  await house.server.settled(await beginWith(session))
  expect((await sessionNow(session)).status).toBe('expired')
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(2)
})

test('an address may say who is logged in, and the run that begins may say it itself', async () => {
  const { session } = await newSession(signIn(), { loggedIn: undefined })
  const settings = { loggedIn: { open: '{{ .envs.PORTAL }}/employees', url: '**/employees', timeoutMs: 300 } }
  const begin = () => house.begin([open('employees', '/employees')], { definition: { envs: [{ name: 'PORTAL', value: house.portal.url }], settings: { session, ...settings } } })
  await house.server.settled(await begin())
  house.portal.signOutAll()
  expect(await url(await begin())).toMatch(/employees$/)
  expect(logins()).toBe(2)
})

test('a portal that does not answer says nothing of the login: the node is tried again as its retry says', async () => {
  const { session } = await newSession(signIn(), { loggedIn: { open: `${house.portal.url}/status/503`, target: 'h1' } })
  const runId = await beginWith(session, [{ ...open('employees', '/employees'), retry: { maxAttempts: 2, backoffMs: 1 } }])
  const { workflowRun, activityRuns } = await house.server.settled(runId)
  expect(workflowRun.error).toMatchObject({ code: 'step_failed', message: expect.stringContaining('answered 503') })
  expect(activityRuns.filter(({ status }) => status === 'failed')).toHaveLength(2)
  expect(logins()).toBe(1)
})

test('the look is not the step’s time', async () => {
  const { session } = await newSession(signIn(), { loggedIn: { open: `${house.portal.url}/slow?ms=1500`, target: 'body' } })
  const runId = await beginWith(session, [{ ...open('employees', '/employees'), timeoutMs: 1200 }])
  expect((await house.server.settled(runId)).workflowRun.error).toBeNull()
})

test('IndexedDB and session storage come with a session, and no run sees what another does with its copy', async () => {
  const session = `s-${randomUUID()}`
  const note = (text: string) => [open('storage', '/storage'), step('note', { type: 'FILL', target: '#note', value: text }), step('remember', { type: 'CLICK', target: '#remember' }), step('kept', { type: 'WAIT_FOR', expression: `document.querySelector("#indexed").textContent === "${text}"` })]
  const stores = step('stores', { type: 'EXTRACT', fields: { cookie: { target: '#cookie' }, local: { target: '#local' }, session: { target: '#session' }, indexed: { target: '#indexed' } } })
  const look = [open('storage', '/storage'), step('shown', { type: 'WAIT_FOR', target: '#stores[data-shown]' }), stores]
  const all = (text: string) => ({ cookie: text, local: text, session: text, indexed: text })
  await house.finish(note('mine'), { definition: { type: 'LOGIN', settings: { session } } })
  const [one, other] = await Promise.all([
    house.finish([...note('changed'), step('hold', { type: 'WEBHOOK', url: `${gate.url}/apart`, method: 'GET' }), open('again', '/storage'), step('again_shown', { type: 'WAIT_FOR', target: '#stores[data-shown]' }), stores], { definition: { settings: { session } } }),
    (async () => {
      await gate.arrived('/apart')
      const found = await house.finish(look, { definition: { settings: { session } } })
      gate.open('/apart')
      return found
    })(),
  ])
  expect(other.workflowRun.outputs).toMatchObject({ stores: all('mine') })
  expect(one.workflowRun.outputs).toMatchObject({ stores: all('changed') })
})

test('what a page takes out of its session storage stays out', async () => {
  const session = `s-${randomUUID()}`
  await house.finish([open('storage', '/storage'), step('put', { type: 'EVALUATE', expression: 'sessionStorage.setItem("token", "t")' })], { definition: { type: 'LOGIN', settings: { session } } })
  const token = (identifier: string) => step(identifier, { type: 'EVALUATE', expression: 'sessionStorage.getItem("token")' })
  const { workflowRun } = await house.finish([open('a', '/storage'), token('before'), step('out', { type: 'EVALUATE', expression: 'sessionStorage.clear()' }), open('b', '/storage'), token('after')], { definition: { settings: { session } } })
  expect(workflowRun.outputs).toMatchObject({ before: { value: 't' }, after: { value: null } })
})

test('what a session holds is never told; an admin makes it forgotten, and the next run logs in', async () => {
  const { session } = await newSession(signIn())
  await house.server.settled(await beginWith(session))
  const { body } = await house.server.call('GET', `${SESSIONS}?limit=100`)
  const listed = (body.sessions as Json[]).find(({ name }) => name === session)
  expect(listed).toEqual(await sessionNow(session))
  expect(JSON.stringify(body)).not.toMatch(/portal_session|cookie/)
  expect((await house.server.call('DELETE', `${SESSIONS}/${session}`)).status).toBe(204)
  expect(await sessionNow(session)).toMatchObject({ status: 'empty', savedAt: null })
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(2)
})

test('the session of a workflow that is deleted, or logs in to another one, keeps what it holds; an empty one goes', async () => {
  const { session, workflow } = await newSession(signIn())
  const { session: empty, workflow: unused } = await newSession(signIn())
  await house.server.settled(await beginWith(session))
  await house.server.call('DELETE', `/api/v1/workflows/${workflow.id}`)
  await house.server.call('PATCH', `/api/v1/workflows/${unused.id}`, { settings: { session: `${empty}-2` } })
  expect(await sessionNow(session)).toMatchObject({ status: 'logged_in', workflowId: null })
  expect((await house.server.call('GET', `${SESSIONS}/${empty}`)).status).toBe(404)
  expect(await sessionNow(`${empty}-2`)).toMatchObject({ status: 'empty', workflowId: unused.id })
  expect((await house.server.call('DELETE', `${SESSIONS}/${session}`)).status).toBe(204)
  expect((await house.server.call('GET', `${SESSIONS}/${session}`)).status).toBe(404)
})

test('faults of a check are told when the workflow is saved', async () => {
  const faults = async (loggedIn: Json) => ((await house.server.call('POST', '/api/v1/workflows/validate', { identifier: 'x', settings: { loggedIn }, nodes: [read] })).body.faults as Json[]).map(({ path }) => path as string)
  expect(await faults({ open: 'http://a', target: { rolle: 'button' } })).toEqual([expect.stringContaining('settings.loggedIn.target')])
  expect(await faults({ open: 'http://a', url: '/(/' })).toEqual(['settings.loggedIn.url'])
  expect(await faults({ open: '{{ .a', target: 'h1' })).toEqual(['settings.loggedIn.open'])
  expect(await faults({ open: 'file:///etc/passwd', target: 'pre' })).toEqual(['settings.loggedIn.open'])
  expect(await faults({ open: '', target: 'h1' })).toEqual(['settings.loggedIn.open'])
  expect(await faults({ open: 'http://a' })).toEqual(['settings.loggedIn'])
  expect(await faults({ open: 'http://a', target: 'h1', url: '/b' })).toEqual(['settings.loggedIn'])
  expect(await faults({ open: '{{ .envs.X }}', target: { role: 'table' } })).toEqual([])
})

test('nobody saves over a login that is under way', async () => {
  const { session, workflow } = await newSession([open('begun', '/login'), step('hold', { type: 'WEBHOOK', url: `${gate.url}/sole`, method: 'GET' }), ...signIn()])
  const login = await house.server.run(workflow.id)
  await gate.arrived('/sole')
  const { workflowRun } = await house.finish([open('storage', '/storage'), step('save', { type: 'SAVE_SESSION', session })])
  expect(workflowRun.error).toMatchObject({ code: 'step_failed', stepId: 'save', message: expect.stringContaining('Another run logs in') })
  gate.open('/sole')
  await house.server.settled(login.id)
  expect(await url(await beginWith(session))).toMatch(/employees$/)
  expect(logins()).toBe(1)
})

test('nor does a login that is run again from its middle meanwhile: it fails, and says why', async () => {
  const { session, workflow } = await newSession([open('begun', '/login'), step('hold', { type: 'WEBHOOK', url: `${gate.url}/middle`, method: 'GET' }), step('after', { type: 'TRANSFORM', value: 1 })])
  const first = await house.server.run(workflow.id)
  gate.open('/middle')
  await house.server.settled(first.id)
  gate.shut('/middle')
  const second = await house.server.run(workflow.id)
  await gate.arrived('/middle', 2)
  const { id } = (await house.server.call('POST', `/api/v1/workflow-runs/${first.id}/rerun`, { fromStepId: 'after' })).body
  expect((await house.server.settled(id)).workflowRun).toMatchObject({ state: 'FAILED', error: { code: 'step_failed', message: expect.stringContaining('Another run logs in') } })
  gate.open('/middle')
  expect((await house.server.settled(second.id)).workflowRun.error).toBeNull()
  expect((await sessionNow(session)).loginRunId).toBe(second.identifier)
})

test('a session that is forgotten, and its workflow deleted, while somebody logs in: who waits is told of the end all the same', async () => {
  const { session, workflow } = await newSession([step('hold', { type: 'WEBHOOK', url: `${gate.url}/forgotten`, method: 'GET' }), ...signIn()])
  const runId = await beginWith(session)
  await waits(runId)
  await gate.arrived('/forgotten')
  await house.server.call('DELETE', `/api/v1/workflows/${workflow.id}`)
  expect((await house.server.call('GET', `${SESSIONS}/${session}`)).status).toBe(404)
  gate.open('/forgotten')
  expect(await url(runId)).toMatch(/employees$/)
  // Nobody renews what is left of it.
  house.portal.signOutAll()
  expect((await house.server.settled(await beginWith(session))).workflowRun.error).toMatchObject({ code: 'login_failed', message: `The session "${session}" is not logged in any more.` })
  expect(logins()).toBe(1)
})

test('a check opens no file of the machine, whatever its template gives', async () => {
  const { session } = await newSession(signIn(), { loggedIn: undefined })
  const settings = { loggedIn: { open: '{{ .envs.WHERE }}', target: 'pre' } }
  const { workflowRun } = await house.finish([step('read', { type: 'EXTRACT', fields: { text: { target: 'pre' } } })], { definition: { envs: [{ name: 'WHERE', value: 'file:///etc/passwd' }], settings: { session, ...settings } } })
  expect(workflowRun).toMatchObject({ outputs: { trigger: {} }, error: { code: 'validation_failed', message: expect.stringContaining('file: is not opened') } })
})

test('a server that is killed while a run waits for a login that waits for a person: both go on', async () => {
  await using restarts = await openRestarts()
  const { portal } = restarts
  const server = await restarts.start()
  const at = (path: string) => step('employees', { type: 'NAVIGATE', url: `${portal.url}${path}` })
  const login = [
    step('login', { type: 'NAVIGATE', url: `${portal.url}/login` }),
    step('user', { type: 'FILL', target: '#user', value: 'demo-2fa' }),
    step('password', { type: 'FILL', target: '#password', value: 'demo-password' }),
    step('sign_in', { type: 'CLICK', target: 'button' }),
    step('ask', { type: 'USER_INPUT', title: 'Code', userInputs: { properties: { code: { type: 'string', format: 'otp' } }, required: ['code'] } }),
    step('code', { type: 'FILL', target: '#code', value: '{{ .outputs.ask.values.code }}' }),
    step('verify', { type: 'CLICK', target: 'button' }),
    step('in', { type: 'WAIT_FOR', target: '#employees', failIf: { role: 'alert' } }),
  ]
  await server.call('POST', '/api/v1/workflows', { identifier: 'login', type: 'LOGIN', settings: { session: 'portal' }, nodes: login })
  const { workflow } = (await server.call('POST', '/api/v1/workflows', { identifier: 'uses', settings: { session: 'portal' }, nodes: [at('/employees')] })).body
  const { id } = (await server.call('POST', '/api/v1/workflow-runs', { workflowId: workflow.id })).body
  await server.until(id, ({ state }) => state === 'AWAITING_EXTERNAL')
  const { loginRunId } = (await server.call('GET', `${SESSIONS}/portal`)).body.session
  await server.until(loginRunId, ({ awaiting }) => awaiting !== null)
  await server.end('SIGKILL')
  const next = await restarts.start()
  expect((await next.call('POST', `/api/v1/workflow-runs/${loginRunId}/input`, { values: { code: '246810' } })).status).toBe(200)
  expect((await next.settled(id)).workflowRun).toMatchObject({ error: null, outputs: { employees: { url: `${portal.url}/employees` } } })
})
