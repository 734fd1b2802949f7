import { join } from 'node:path'
import { pino } from 'pino'
import { createEventLog } from '../db/event-log.ts'
import { createFollowers } from '../db/followers.ts'
import { JOB_RUNS } from '../db/job-run-events.ts'
import { openDb } from '../db/open.ts'
import type { Engine } from '../runner/engine/engine.ts'
import { createJq } from '../runner/jq.ts'
import { createSeal } from '../runner/seal.ts'
import { createClock } from '../server/clock.ts'
import { databasePath, readConfig } from '../server/config.ts'
import { loadEncryptionKey } from '../server/encryption-key.ts'
import { startJobRuns } from '../server/move-job-runs.ts'
import { SCHEDULES, startScheduler } from '../server/scheduler.ts'

/**
 * A second process at work on a server's store, as there will be several on a store that takes more than one: started by a test with the data
 * folder, it looks as often as it can, and prints the runs that it starts, a line each.
 */
const config = readConfig({ DATA_DIR: process.argv[2] })
const db = openDb(databasePath(config))
const followers = createFollowers()
const submit: Engine['submit'] = async (runId) => void process.stdout.write(`${runId}\n`)
const cancel: Engine['cancel'] = async () => undefined
const tools = {
  db,
  followers,
  log: createEventLog(db, followers),
  jq: createJq(),
  seal: createSeal(loadEncryptionKey(config)),
  engine: { submit, cancel, poke: submit, work: () => Promise.reject(new Error('Nothing is executed here.')) } satisfies Engine,
  clock: createClock(),
  logger: pino({ level: 'error' }, pino.destination({ dest: join(config.DATA_DIR, 'second.log'), sync: true })),
}
startJobRuns(tools)
startScheduler(tools)
setInterval(() => [JOB_RUNS, SCHEDULES].forEach(followers.wake), 5)
process.stdout.write('ready\n')
