import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holdFile } from '../../db/exclusive-file.ts'
import { runBackupCommand } from '../../scripts/backup.ts'
import { linear, startTestServer, tempDir, type Json, type TestServer } from '../harness.ts'
import { program } from '../program.ts'

/** `npm run backup`, made while the server is at work, and what is started on it. */

const RUNS = '/api/v1/workflow-runs'

let server: TestServer
let to: string
beforeAll(async () => {
  to = tempDir()
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(to, { recursive: true, force: true })
})

type Ended = { code: number; out: string[]; err: string }
const run = async (args: string[], settings: Record<string, string> = {}): Promise<Ended> => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runBackupCommand(args, { DATA_DIR: server.dataDir, ...settings }, { log: (line: string) => out.push(line), error: (line: string) => err.push(line) })
  return { code, out, err: err.join('\n') }
}

/** The command as it is called, in a process of its own. */
const start = async (args: string[]): Promise<Ended> => {
  const script = await program('scripts/backup.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: { ...process.env, DATA_DIR: server.dataDir } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out.trim().split('\n'), err }),
    )
  })
}

const withFile = async (workflowId: string): Promise<string> => {
  const form = new FormData()
  form.append('workflowId', workflowId)
  form.append('inputs[doc]', new Blob(['in the backup']), 'doc.txt')
  form.append('inputs[password]', 'correct-horse')
  return ((await (await fetch(server.url + RUNS, { method: 'POST', body: form })).json()) as { id: string }).id
}

const START = { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { doc: { type: 'string', format: 'file' }, password: { type: 'string', format: 'password' } } } } }

test('a backup that is made while runs go on starts as a server of its own: finished runs, files, and a waiting run that goes on', async () => {
  await server.save(linear('finished', [START, { identifier: 'one', config: { type: 'TRANSFORM', value: '{{ .inputs.doc }}' } }]))
  await server.save(linear('waiting', [START, { identifier: 'ask', config: { type: 'USER_INPUT', title: '?' } }, { identifier: 'right', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', expression: '.inputs.password == "correct-horse"' }] } }]))
  const finished = await withFile('finished')
  await server.settled(finished)
  const waiting = await withFile('waiting')
  await server.until(waiting, ({ awaiting }) => awaiting !== null)
  // Others come and go while it copies.
  let copying = true
  const busy = (async () => {
    while (copying) await server.settled(await withFile('finished'))
  })()
  const { code, out, err } = await start(['--to', to, '--with-key'])
  copying = false
  await busy
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const made = out.at(-1)!
  expect(readdirSync(to)).toEqual([made.split('/').at(-1)])
  expect([statSync(made).mode & 0o77, statSync(join(made, 'encryption.key')).mode & 0o77]).toEqual([0, 0])

  const dataDir = tempDir()
  cpSync(made, dataDir, { recursive: true })
  await using restored = await startTestServer({}, { dataDir })
  try {
    expect((await restored.get(finished)).workflowRun).toEqual((await server.get(finished)).workflowRun)
    const { artifacts } = (await restored.call('GET', '/api/v1/artifacts?limit=100')).body
    expect(artifacts.length).toBeGreaterThanOrEqual(2)
    for (const { signedUrl } of artifacts as Json[]) expect(await (await fetch(signedUrl as string)).text()).toBe('in the backup')
    // It has what it was given in confidence, so the key is the right one.
    await restored.call('POST', `${RUNS}/${waiting}/input`, { values: {} })
    const { workflowRun } = await restored.settled(waiting)
    expect(workflowRun).toMatchObject({ state: 'COMPLETED', error: null })
    expect(JSON.stringify(workflowRun.outputs.right)).toContain('yes')
    // What the first one does is its own business.
    expect((await server.get(waiting)).workflowRun.state).toBe('AWAITING_USER_INPUT')
  } finally {
    rmSync(made, { recursive: true })
  }
})

describe('a backup', () => {
  test('is without the key unless that is asked for, and does not start without it', async () => {
    const { code, out } = await run(['--to', to])
    expect(code).toBe(0)
    expect(out.join('\n')).toContain('Without the encryption key')
    const made = out.at(-1)!
    expect(readdirSync(made).filter((name) => name !== 'artifacts')).toEqual(['encryption.check', 'errand.sqlite'])
    await expect(startTestServer({}, { dataDir: made })).rejects.toThrow(/encryption\.key/)
    rmSync(made, { recursive: true })
  })

  test('tells of a file that is not there, and has the rest', async () => {
    const id = await withFile('finished')
    await server.settled(id)
    const { artifacts } = (await server.call('GET', `/api/v1/artifacts?workflowRunId=${id}`)).body
    await server.server.services.files.remove(artifacts[0].id as string)
    const { code, err, out } = await run(['--to', to])
    expect({ code, err }).toEqual({ code: 0, err: `The file of artifact ${artifacts[0].id} is not there, or not whole.` })
    rmSync(out.at(-1)!, { recursive: true })
  })

  const refused: [name: string, args: () => string[], settings: Record<string, string>, code: number, message: RegExp][] = [
    ['no folder', () => [], {}, 2, /--to is missing[\s\S]*Usage/],
    ['an option that there is not', () => ['--to', to, '--fast'], {}, 2, /--fast/],
    ['the data folder itself', () => ['--to', server.dataDir], {}, 2, /DATA_DIR itself/],
    ['no data', () => ['--to', to], { DATA_DIR: '/nowhere/at/all' }, 1, /There is no database/],
    ['a key that is not in the folder', () => ['--to', to, '--with-key'], { DATA_DIR: '/nowhere/at/all' }, 2, /ENCRYPTION_KEY/],
  ]
  test.each(refused)('is refused with a clear word, and leaves nothing: %s', async (_name, args, settings, code, message) => {
    const ended = await run(args(), settings)
    expect(ended).toEqual({ code, out: [], err: expect.stringMatching(message) })
    expect(readdirSync(to)).toEqual([])
  })

  test('waits for what is being taken away', async () => {
    const held = holdFile(join(server.dataDir, 'backup.lock'))!
    let done = false
    const made = run(['--to', to]).then((ended) => {
      done = true
      return ended
    })
    await expect.poll(() => readdirSync(to).length).toBe(1)
    expect([done, existsSync(join(to, readdirSync(to)[0]!, 'errand.sqlite'))]).toEqual([false, false])
    held.release()
    const { code, out } = await made
    expect(code).toBe(0)
    rmSync(out.at(-1)!, { recursive: true })
  })
})
