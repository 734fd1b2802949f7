import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadCatalog } from '../runner/catalog.ts'
import { checkWorkflow } from '../runner/check-workflow.ts'
import { createJq } from '../runner/jq.ts'
import { stepDocs } from '../scripts/write-step-docs.ts'
import { startTestServer } from './harness.ts'
import { startPortal } from './portal/portal.ts'

/** What the README and docs/ say is so. */

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]

/** The calls in the README, in order, as one script. */
const calls = (): string =>
  [...read('README.md').matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block]) => block ?? '')
    .filter((block) => block.includes('localhost:3000'))
    .join('\n')

const hasTools = ['bash', 'curl'].every((tool) => spawnSync(tool, ['--version']).error === undefined)

test.skipIf(!hasTools)('every call in the README works as it stands there', async () => {
  await using portal = await startPortal()
  await using server = await startTestServer()
  const script = calls().replaceAll('localhost:3000', new URL(server.url).host).replaceAll('http://127.0.0.1:4010', portal.url)
  const example = read('examples/export-employees.json').replaceAll('http://127.0.0.1:4010', portal.url)
  // `-d @examples/…` is read from standard input: the same file, with this portal's address.
  const child = spawn('bash', ['-e', '-c', script.replaceAll('@examples/export-employees.json', '@-').replaceAll('curl ', 'curl --fail-with-body --no-progress-meter ')], { cwd: root })
  child.stdin.end(example)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  expect({ code, end: code === 0 ? '' : output.slice(-1500) }).toEqual({ code: 0, end: '' })
  expect(output.match(/"version":1/g)).toHaveLength(2)
  expect(output).toContain('"success":true')
  expect(output.match(/^event: result$/gm)).toHaveLength(2)
  expect(output).toContain('E-1150')
  expect(output).toContain('"status":"cancelled"')
}, 120_000)

test('every file and folder that the README and docs/ name is there', () => {
  const gone = pages.flatMap((page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => join(page, '..', path ?? ''))
    const paths = [...read(page).matchAll(/`((?:test|docs|scripts|server|runner|steps|db|examples)\/[\w./-]*)`/g)].map(([, path]) => path ?? '')
    return [...links, ...paths].filter((path) => !/NAME/.test(path) && !existsSync(join(root, path))).map((path) => `${page}: ${path}`)
  })
  expect(gone).toEqual([])
})

test('every place within a page that a link leads to is there', () => {
  const anchors = (page: string): string[] => [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title]) => (title ?? '').toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))
  const gone = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\(([^):#]*)#([^)]+)\)/g)]
      .filter(([, path, anchor]) => !anchors(path === '' ? page : join(page, '..', path ?? '')).includes(anchor ?? ''))
      .map(([link]) => `${page}: ${link}`),
  )
  expect(gone).toEqual([])
})

test('docs/step-types.md is what the catalogue says', async () => {
  expect(read('docs/step-types.md') === stepDocs(await loadCatalog()), '"npm run docs" writes it').toBe(true)
})

test('every workflow that is shown is valid', async () => {
  await using jq = createJq()
  const catalog = await loadCatalog()
  const shown = pages.flatMap((page) => [...read(page).matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')).filter((text) => text.includes('"nodes"'))
  const examples = readdirSync(join(root, 'examples')).map((name) => read(`examples/${name}`))
  for (const text of [...shown, ...examples]) expect(await checkWorkflow(JSON.parse(text), { catalog, jq })).not.toHaveProperty('faults')
  expect(shown.length).toBeGreaterThan(0)
})
