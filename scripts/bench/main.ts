import { parseArgs } from 'node:util'
import { stopChildren } from './child.ts'
import { benchClaims } from './claims.ts'
import { benchDashboard } from './dashboard.ts'
import { benchEvents } from './events.ts'
import { toTable, type Figure } from './figure.ts'
import { benchGraph } from './graph.ts'
import { benchList } from './list.ts'
import { benchLoop } from './loop.ts'
import { describeMachine, noise } from './machine.ts'
import { benchMemory } from './memory.ts'
import { benchOverhead } from './overhead.ts'
import { benchRun } from './run.ts'
import { benchSchedules } from './schedules.ts'
import { benchWebhooks } from './webhooks.ts'

/** `npm run bench [-- --only NAME] [--rounds N] [--platform-switches]`: what docs/performance.md says, measured on this machine. */

type Options = { rounds: number | undefined; idleMs: number; platformSwitches: boolean; say: (line: string) => void }

const PARTS: Record<string, (options: Options) => Promise<Figure[]>> = {
  run: ({ rounds = 30, ...rest }) => benchRun({ rounds, ...rest }),
  overhead: ({ rounds = 40, say }) => benchOverhead({ rounds, say }),
  graph: ({ rounds = 20, say }) => benchGraph({ rounds, say }),
  loop: ({ rounds = 3, say }) => benchLoop({ rounds, say }),
  claims: ({ rounds = 2, say }) => benchClaims({ rounds, say }),
  events: ({ rounds = 2, say }) => benchEvents({ rounds, say }),
  list: ({ rounds = 300, say }) => benchList({ rounds, say }),
  dashboard: ({ rounds = 10, say }) => benchDashboard({ rounds, say }),
  schedules: ({ rounds = 3, say }) => benchSchedules({ rounds, say }),
  memory: ({ say }) => benchMemory({ say }),
  webhooks: ({ rounds = 3, idleMs, say }) => benchWebhooks({ rounds, idleMs, say }),
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, rounds: { type: 'string' }, 'platform-switches': { type: 'boolean', default: false }, idle: { type: 'string', default: '500' } } })
const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  console.error(`--${name} must be a whole number, not "${text}".`)
  process.exit(2)
}
const unknown = (values.only ?? []).filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}.`)
  process.exit(2)
}

const options: Options = {
  rounds: values.rounds === undefined ? undefined : Math.max(1, wholeNumber('rounds', values.rounds)),
  idleMs: wholeNumber('idle', values.idle),
  platformSwitches: values['platform-switches'],
  say: (line) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`),
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stopChildren().finally(() => process.exit(1)))
console.log(`${describeMachine()}\n`)
for (const [name, part] of Object.entries(PARTS)) {
  if (values.only && !values.only.includes(name)) continue
  const before = await noise()
  const figures = await part(options)
  const after = await noise()
  console.log(`## ${name}\n\n${toTable(figures)}\n\nProcessors taken by others: ${before.toFixed(0)} % before, ${after.toFixed(0)} % after.\n`)
}
