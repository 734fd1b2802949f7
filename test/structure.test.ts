import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkImports, readTree } from '../scripts/check-imports.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The TypeScript files under a folder, as paths from the top. */
const filesIn = (folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
    : []

const defaultOf = async (path: string): Promise<Record<string, unknown>> => {
  const module = (await import(pathToFileURL(join(root, path)).href)) as { default?: Record<string, unknown> }
  return module.default ?? {}
}

describe('imports', () => {
  test('none points up', () => {
    expect(checkImports(readTree(root))).toEqual([])
  })

  const refused: [name: string, path: string, text: string, fault: string][] = [
    ['db may not know the server', 'db/open.ts', `import { app } from '../server/app.ts'`, 'db/open.ts imports server/app.ts, but db may only import runner/model'],
    ['a type counts, too', 'db/open.ts', `import type { Run } from '../runner/advance.ts'`, 'db/open.ts imports runner/advance.ts, but db may only import runner/model'],
    ['so does an import() type', 'db/open.ts', `type Run = import('../runner/advance.ts').Run`, 'db/open.ts imports runner/advance.ts, but db may only import runner/model'],
    ['and a list over many lines', 'db/open.ts', `import {\n  a, // why\n  b,\n} from '../steps/lib/step.ts'`, 'db/open.ts imports steps/lib/step.ts, but db may only import runner/model'],
    ['and what is passed on', 'db/open.ts', `export * from '../server/app.ts'`, 'db/open.ts imports server/app.ts, but db may only import runner/model'],
    ['steps and db do not know each other', 'steps/control/delay.ts', `import { open } from '../../db/open.ts'`, 'steps/control/delay.ts imports db/open.ts, but steps may only import runner/model'],
    ['a step knows no other step', 'steps/browser/click.ts', `import press from './press.ts'`, 'steps/browser/click.ts imports steps/browser/press.ts, but a step may not import another step (share it in steps/lib)'],
    ['steps/lib knows no step', 'steps/lib/target.ts', `import press from '../browser/press.ts'`, 'steps/lib/target.ts imports steps/browser/press.ts, but steps/lib may not import a step'],
    ['the model knows nothing of ours', 'runner/model/run.ts', `import { advance } from '../advance.ts'`, 'runner/model/run.ts imports runner/advance.ts, but runner/model may import nothing of ours'],
    ['the model does no I/O', 'runner/model/id.ts', `import { randomUUID } from 'node:crypto'`, 'runner/model/id.ts imports node:crypto, but runner/model runs in a browser too: no Node built-ins'],
    ['the model needs no package', 'runner/model/id.ts', `import { nanoid } from 'nanoid'`, 'runner/model/id.ts imports nanoid, but runner/model may import no package but zod'],
    ['the runner does not know the server', 'runner/advance.ts', `import { config } from '../server/config.ts'`, 'runner/advance.ts imports server/config.ts, but runner may only import steps, db, runner/model'],
    ['the runner does not know SQL', 'runner/advance.ts', `import { sql } from 'drizzle-orm'`, 'runner/advance.ts imports drizzle-orm, but only db may'],
    ['nothing leaves the rooms', 'server/app.ts', `import { portal } from '../test/portal/main.ts'`, 'server/app.ts imports test/portal/main.ts, but server may only import runner, db, runner/model'],
    ['a route touches no browser', 'server/routes/x.ts', `import { launch } from '../../runner/browser.ts'`, 'server/routes/x.ts imports runner/browser.ts, but a route may not touch a browser'],
    ['web takes types from the wire only', 'web/api.ts', `import { toRun, type Run } from '../server/wire.ts'`, 'web/api.ts imports server/wire.ts, but web may only import types from it (import type)'],
    ['web knows no store', 'web/api.ts', `import type { Db } from '../db/open.ts'`, 'web/api.ts imports db/open.ts, but web may only import runner/model'],
    ['one file reads the environment', 'runner/browser.ts', `const path = process.env.CHROMIUM_PATH`, 'runner/browser.ts reads process.env, but only server/config.ts may (take it as a parameter)'],
    ['one file ends the process', 'server/start.ts', `  process.exit(1)`, 'server/start.ts ends the process, but only server/main.ts may'],
  ]
  test.each(refused)('%s', (_name, path, text, fault) => {
    expect(checkImports([{ path, text }])).toEqual([fault])
  })

  test('what the dashboard bundles stays free of zod, by any way', () => {
    const files = [
      { path: 'runner/model/run.ts', text: `import { x } from './event.ts'\nimport type { z } from 'zod'` },
      { path: 'runner/model/event.ts', text: `import { z } from 'zod'` },
      { path: 'runner/model/problem.ts', text: `import type { Event } from './event.ts'` },
      { path: 'web/pages/a.tsx', text: `import type { x } from '../../runner/model/event.ts'` },
      { path: 'web/pages/b.tsx', text: `import { x } from '../../runner/model/event.ts'` },
    ]
    expect(checkImports(files)).toEqual([
      'runner/model/run.ts imports zod by way of runner/model/event.ts, but the dashboard bundles it, and zod would double its size',
      'web/pages/b.tsx imports zod by way of runner/model/event.ts, but the dashboard bundles it, and zod would double its size',
    ])
  })

  test('what points down passes, and so does what only looks like an import', () => {
    const files = [
      { path: 'server/app.ts', text: `import express from 'express'\nimport { advance } from '../runner/advance.ts'\nimport { run } from '../runner/model/run.ts'` },
      { path: 'runner/advance.ts', text: `import { log } from '../db/event-log.ts'\nimport { done } from '../steps/lib/step.ts'\nimport { z } from 'zod'` },
      { path: 'steps/browser/click.ts', text: `import { defineStep } from '../lib/step.ts'\nimport type { Page } from 'playwright-core'` },
      { path: 'web/api.ts', text: `import type { Run } from '../server/wire.ts'\nimport { isFinal } from '../runner/model/run.ts'` },
      { path: 'server/config.ts', text: `export const config = process.env` },
      { path: 'db/open.ts', text: `// import { app } from '../server/app.ts'\n/*\nimport '../server/app.ts'\n*/\n/** Not process.env, not process.exit(1). */\nexport {}` },
      { path: 'test/a.test.ts', text: `import '../server/app.ts'\nprocess.exit(0)` },
    ]
    expect(checkImports(files)).toEqual([])
  })
})

describe('step types', () => {
  const steps = ['browser', 'control', 'integrations', 'triggers'].flatMap((room) => filesIn(`steps/${room}`))
  const nameOf = (path: string): string => path.replace(/^.*\/|\.ts$/g, '')

  test('each says in one sentence what it does', async () => {
    const silent: string[] = []
    for (const path of steps) {
      const { summary } = await defaultOf(path)
      if (typeof summary !== 'string' || summary.trim() === '') silent.push(path)
    }
    expect(silent).toEqual([])
  })

  test('each has a test of its name', () => {
    expect(steps.filter((path) => !existsSync(join(root, 'test/steps', `${nameOf(path)}.test.ts`)))).toEqual([])
  })

  test('no two have the same name, in whatever folder', () => {
    const names = steps.map(nameOf)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})

describe('routes', () => {
  const routes = filesIn('server/routes')

  test.skipIf(routes.length === 0)('no two answer the same method and path', async () => {
    const owners = new Map<string, string[]>()
    for (const file of routes) {
      const { method, path } = await defaultOf(file)
      expect({ file, method: typeof method, path: typeof path }).toEqual({ file, method: 'string', path: 'string' })
      const key = `${String(method).toUpperCase()} ${String(path).replace(/[:{]\w+\}?/g, ':')}`
      owners.set(key, [...(owners.get(key) ?? []), file])
    }
    expect([...owners].filter(([, files]) => files.length > 1)).toEqual([])
  })
})
