/** Shows Errand at work, from nothing: a server, a practice portal, and a workflow on it, called as any program would call it. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Server } from '../server/start.ts'
import type { WorkflowJson } from '../server/wire.ts'
import { portalPassword } from '../test/portal/login.ts'
import type { Portal } from '../test/portal/portal.ts'
import { createApi, type Api } from './demo/api.ts'
import { assertChromium, freeDataDir, openPortal, openServer } from './demo/places.ts'
import type { Answering } from './demo/question.ts'
import { faultOf, printEnd, printRows, saveFiles, type EndedRun } from './demo/results.ts'
import { createScreen, type Screen } from './demo/screen.ts'
import { showRun } from './demo/show-run.ts'
import { count, duration } from './demo/words.ts'

const HELP = `Usage: npm run demo -- [--yes] [--stay]

Starts an Errand server and a practice portal on this machine, and runs examples/export-employees.json on it: signs in, asks you for the
security code, reads two pages of a table, downloads a CSV file and takes a picture. Everything goes through the public API.

  --yes    answers the question itself, as it does where there is no terminal, and where CI is set
  --stay   leaves the server and the portal running afterwards, until Ctrl-C
  --help   shows this

The server listens on PORT (3000), the portal on 4010, or on a free port where that one is taken. Data and files are in data/demo, or in
data/demo-2 and so on while an earlier demo is still at work there.
NO_COLOR turns colours off. Exit code 0: the run completed; 1: it did not; 130: stopped with Ctrl-C.`

const USER = 'demo-2fa'
const SECURITY_CODE = '246810'
/** Of two Ctrl-C that come closer together than this, npm has passed one on. */
const SECOND_CTRL_C_MS = 500

const root = fileURLToPath(new URL('..', import.meta.url))
const shownPath = (path: string): string => relative(process.cwd(), path) || '.'

type Options = { yes: boolean; stay: boolean; help: boolean }

/** @throws Error */
const readOptions = (args: string[]): Options => {
  try {
    const { yes = false, stay = false, help = false } = parseArgs({ args, options: { yes: { type: 'boolean' }, stay: { type: 'boolean' }, help: { type: 'boolean' } } }).values
    return { yes, stay, help }
  } catch (error) {
    throw new Error(`${(error as Error).message.split('. ')[0]}. "npm run demo -- --help" shows the options.`, { cause: error })
  }
}

const isCi = Boolean(process.env.CI) && process.env.CI !== 'false'

const byItself = ({ yes }: Options): Answering['byItself'] => {
  const because = yes ? 'because of --yes' : isCi ? 'because CI is set' : process.stdin.isTTY && process.stdout.isTTY ? null : 'because there is no terminal to ask at'
  return because === null ? null : { value: SECURITY_CODE, because }
}

const saveWorkflow = async (api: Api): Promise<WorkflowJson> => {
  const definition = JSON.parse(readFileSync(join(root, 'examples/export-employees.json'), 'utf8')) as { identifier: string }
  const replaced = await api.tryCall<{ workflow: WorkflowJson }>('PUT', `/api/v1/workflows/${definition.identifier}`, definition)
  if (replaced.ok) return replaced.body.workflow
  if (replaced.status !== 404) throw new Error(`The workflow was refused: ${replaced.error}`)
  return (await api.call<{ workflow: WorkflowJson }>('POST', '/api/v1/workflows', definition)).workflow
}

/** What was not finished is not to go on when the next demo starts. @returns how many runs there were */
const cancelOpenRuns = async (api: Api, workflowId: string): Promise<number> => {
  const body = { workflowId, reason: 'The demo was stopped.', force: true }
  return (await api.call<{ outcomes: unknown[] }>('POST', '/api/v1/workflow-runs/cancel', body)).outcomes.length
}

const printStay = (screen: Screen, server: Server, portal: Portal, run: EndedRun): void => {
  const url = `${server.url}/api/v1/workflow-runs`
  screen.print(`
${screen.paint('bold', `The server stays at ${server.url}`)}  Stop it with Ctrl-C. Until then:

  the dashboard                 ${server.url}/
  this run, in the dashboard    ${server.url}/runs/${run.id}
  the same by the API           curl ${url}/${run.id}
  every call of the API         ${server.url}/docs
  once more, already signed in  curl -X POST ${url}/${run.id}/rerun -H 'content-type: application/json' -d '{"fromStepId":"table"}'
  the portal                    ${portal.url}  (user ${USER}, password ${portalPassword}, code ${SECURITY_CODE})`)
}

const demo = async (screen: Screen, options: Options, signal: AbortSignal): Promise<void> => {
  const { print, paint } = screen
  const beganAt = performance.now()
  print(`${paint('bold', 'Errand demo')}: a workflow signs in to a web portal and brings back a table and a file.\n`)
  const spinner = [`  Starting the server, Chromium and the practice portal …`]
  screen.live(() => spinner)
  const dataDir = await freeDataDir(join(root, 'data'))
  await using portal = await openPortal(SECURITY_CODE)
  signal.throwIfAborted()
  await using server = await openServer(dataDir, process.env)
  signal.throwIfAborted()
  const api = createApi(server.url, signal)
  await assertChromium(server)
  signal.throwIfAborted()
  screen.live(null)
  const workflow = await saveWorkflow(api)
  try {
    const left = await cancelOpenRuns(api, workflow.identifier)
    print(`  server    ${server.url}, its data in ${shownPath(dataDir)}`)
    print(`  portal    ${portal.url}`)
    print(`  workflow  ${workflow.identifier}, version ${workflow.version}, ${count(workflow.nodes.length, 'step')}`)
    if (left > 0) print(`  ${count(left, 'run')} that an earlier demo left unfinished: cancelled`)
    print()
    const start = { workflowId: workflow.identifier, inputs: { user: USER, password: portalPassword }, envs: { PORTAL_URL: portal.url } }
    const answering = { byItself: byItself(options), hint: `The practice portal takes ${SECURITY_CODE}, always.` }
    const run = await showRun(api, screen, { workflow, start, answering, signal })
    print()
    printEnd(screen, run)
    printRows(screen, run, workflow)
    const fault = faultOf(run, workflow)
    await saveFiles(api, screen, run, { folder: join(dataDir, 'files'), stays: options.stay && !fault })
    if (fault) throw new Error(fault)
    print(`\nFrom the start of the demo until now: ${duration(performance.now() - beganAt)}.`)
    if (!options.stay) return
    printStay(screen, server, portal, run)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    screen.live(null)
    if (signal.aborted) print('\nStopping …')
    await cancelOpenRuns(createApi(server.url, AbortSignal.timeout(5_000)), workflow.identifier).catch(() => 0)
  }
}

const main = async (): Promise<number> => {
  const stop = new AbortController()
  const screen = createScreen(process.stdout, { quiet: isCi })
  let stoppedAt = 0
  const onSignal = (): void => {
    if (stoppedAt > 0 && performance.now() - stoppedAt > SECOND_CTRL_C_MS) process.exit(130)
    if (stoppedAt === 0) stoppedAt = performance.now()
    stop.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // Whoever read the output has gone: `npm run demo | head`.
  process.stdout.on('error', onSignal)
  process.on('exit', () => screen.close())
  let stays = false
  try {
    const options = readOptions(process.argv.slice(2))
    if (options.help) {
      screen.print(HELP)
      return 0
    }
    stays = options.stay
    await demo(screen, options, stop.signal)
    screen.print(stays ? 'Stopped. Nothing is left running.' : 'Server and portal are stopped. "npm run demo -- --stay" leaves them running.')
    return 0
  } catch (error) {
    screen.live(null)
    if (stop.signal.aborted) {
      screen.print('Stopped. Nothing is left running.')
      return 130
    }
    process.stderr.write(`\n${screen.paint('red', 'The demo failed.')} ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

process.exitCode = await main()
