import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createApi } from '../scripts/demo/api.ts'
import { executeAndFollow } from '../scripts/demo/follow.ts'
import { chromiumPath } from './chromium.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 120_000

/** Runs the demo as a shell would, with no terminal; `onOutput` sees all that it has written so far. */
const runDemo = async (args: string[], env: Record<string, string> = {}, onOutput: (text: string, pid: number) => void = () => undefined) => {
  const mark = randomUUID()
  // PORT 0: a server that somebody runs on 3000 is none of its business.
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', ...args], {
    cwd: root,
    env: { ...process.env, PORT: '0', ...env, ERRAND_DEMO_MARK: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => onOutput((output += chunk.toString()), child.pid!))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output, left: startedWith(mark) }
}

/** The processes that inherited `mark` from the demo; only Linux can be asked. */
const startedWith = (mark: string): string[] =>
  process.platform !== 'linux'
    ? []
    : readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
        } catch {
          return false
        }
      })

describe('npm run demo', () => {
  test(
    'runs the whole workflow, says truly what came of it, and leaves nothing running',
    async () => {
      const { code, output, left } = await runDemo(['--yes'])
      expect(output).toContain('✓ Open the portal')
      expect(output).toContain('Answered with 246810, because of --yes.')
      expect(output).toContain('[15/15]  ✓ Take a picture of the table')
      expect(output).toMatch(/^COMPLETED: 15 steps in /m)
      expect(output.match(/: 50 rows$/gm)).toHaveLength(2)
      expect(output).toContain('E-1001  Ada Adler')
      expect(output).not.toContain('\u001B')
      const csv = /on disk {2}(.*\.csv)$/m.exec(output)?.[1] ?? ''
      expect(readFileSync(`${root}/${csv}`, 'utf8').trimEnd().split('\r\n')).toHaveLength(151)
      expect({ code, left }).toEqual({ code: 0, left: [] })
    },
    TIMEOUT_MS,
  )

  test(
    'stopped in the middle of a step, it leaves nothing running',
    async () => {
      let told = false
      const { code, output, left } = await runDemo(['--yes'], { CHROMIUM_PATH: chromiumPath('shell') }, (text, pid) => {
        if (told || !text.includes('✓ Type the password')) return
        told = true
        process.kill(pid, 'SIGINT')
      })
      expect(output).toContain('Stopped. Nothing is left running.')
      expect({ code, left }).toEqual({ code: 130, left: [] })
    },
    TIMEOUT_MS,
  )

  test('says in a sentence why it cannot start', async () => {
    const { code, output } = await runDemo(['--yes'], { CHROMIUM_PATH: '/nowhere/chromium' })
    expect(output).toContain('The demo failed. CHROMIUM_PATH is /nowhere/chromium, but there is no such file.')
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
  }, TIMEOUT_MS)
})

test('the demo goes on with Last-Event-ID when the connection drops', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-workflow-run-id': 'r1' })
    if (request.method === 'POST') response.write('id: 1\nevent: log\ndata: {"n":1}\n\nid: 2\nevent: log\ndata: {"n":2}\n\nid: 3\nevent: lo', () => response.destroy())
    else response.end('id: 3\nevent: log\ndata: {"n":3}\n\nid: 4\nevent: result\ndata: {"n":4}\n\n')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { signal } = new AbortController()
  const seen = []
  for await (const { event, data } of executeAndFollow(createApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, signal), {}, signal)) seen.push(data.n ?? event)
  expect(seen).toEqual(['started', 1, 2, 'resumed', 3, 4])
  expect(asked).toEqual([undefined, '2'])
  server.close()
})
