/** Makes, lists and revokes API keys. It may do so while the server runs: the next call sees it. */
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createApiKey, listApiKeys, revokeApiKey, type ApiKeyRow } from '../db/api-keys.ts'
import { openDb, type Db } from '../db/open.ts'
import { parseId } from '../runner/model/id.ts'
import { Problem } from '../runner/model/problem.ts'
import { newApiKey } from '../server/api-key.ts'
import { ROLES, type Role } from '../server/caller.ts'
import { createClock } from '../server/clock.ts'
import { databasePath, readConfig } from '../server/config.ts'
import { DEFAULT_ORG } from '../server/trusted-network.ts'

const USAGE = `Usage:
  npm run key -- --role viewer|member|admin [--machine | --person WHO] [--org NAME] [--name TEXT]
                 [--expires 90d]
      makes a key and prints it, alone, on the last line. It is not shown again.
  npm run key -- --list [--org NAME]
  npm run key -- --revoke ID [--org NAME]

  --machine   the key may also complete and claim node runs; its role is member or admin
  --person    whom it is for, as their JWTs call them: answers given with it are theirs, and count where several
              people must answer
  --org       the organisation whose runs it sees; "${DEFAULT_ORG}" unless given
  --expires   after so many minutes (30m), hours (12h), days (90d) or weeks (4w); never unless given
The database is the one in DATA_DIR, as for the server.`

class UsageError extends Error {}

type Command =
  | { do: 'make'; org: string; role: Role; isMachine: boolean; person: string | null; name: string | null; validMs: number | null }
  | { do: 'list'; org: string }
  | { do: 'revoke'; org: string; id: string }

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

const parseDuration = (text: string): number => {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? []
  const unitMs = UNITS[unit]
  if (unitMs === undefined) throw new UsageError(`--expires ${text}: write it as 30m, 12h, 90d or 4w.`)
  return Number(count) * unitMs
}

/** As tokens and the store hold it. */
const parseName = (option: string, text: string): string => {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (text.trim() === '' || text.length > 255 || /[\u0000-\u001f\u007f]/.test(text)) throw new UsageError(`${option} takes 1 to 255 printable characters.`)
  return text.trim()
}

const OPTIONS = {
  role: { type: 'string' },
  machine: { type: 'boolean' },
  org: { type: 'string' },
  person: { type: 'string' },
  name: { type: 'string' },
  expires: { type: 'string' },
  list: { type: 'boolean' },
  revoke: { type: 'string' },
} as const

const readOptions = (args: string[]) => {
  try {
    return parseArgs({ args, options: OPTIONS }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** @throws UsageError */
const readCommand = (args: string[]): Command => {
  const { list, revoke, org: orgText, role: roleText, ...making } = readOptions(args)
  const org = orgText === undefined ? DEFAULT_ORG : parseName('--org', orgText)
  if (list || revoke !== undefined) {
    const others = Object.keys(making).concat(roleText === undefined ? [] : ['role'], list && revoke !== undefined ? ['list'] : [])
    if (others.length > 0) throw new UsageError(`--${others[0]} does not go with --${revoke === undefined ? 'list' : 'revoke'}.`)
    return revoke === undefined ? { do: 'list', org } : { do: 'revoke', org, id: parseId(revoke) ?? revoke }
  }
  const role = ROLES.find((known) => known === roleText)
  if (!role) throw new UsageError(roleText === undefined ? '--role is missing.' : `There is no role "${roleText}".`)
  const { machine: isMachine = false, person, name, expires } = making
  if (isMachine && role === 'viewer') throw new UsageError('A machine is a member or an admin.')
  if (isMachine && person !== undefined) throw new UsageError('--person does not go with --machine: a machine is nobody.')
  const named = (option: string, text: string | undefined): string | null => (text === undefined ? null : parseName(option, text))
  return { do: 'make', org, role, isMachine, person: named('--person', person), name: named('--name', name), validMs: expires === undefined ? null : parseDuration(expires) }
}

const day = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

const stateOf = ({ revokedAt, expiresAt }: ApiKeyRow, now: number): string => {
  if (revokedAt !== null) return `revoked ${day(revokedAt)}`
  if (expiresAt === null) return 'does not expire'
  return `${expiresAt > now ? 'expires' : 'expired'} ${day(expiresAt)}`
}

const describe = (key: ApiKeyRow, now: number): string =>
  [key.id, `${key.role}${key.isMachine ? ' machine' : ''}`.padEnd(14), `made ${day(key.createdAt)}`, stateOf(key, now), key.person === null ? '' : `for ${key.person}`, key.name ?? ''].filter((part) => part !== '').join('  ')

const run = async (db: Db, command: Command): Promise<string[]> => {
  const { now, newId } = createClock()
  const at = now()
  if (command.do === 'list') {
    const keys = await listApiKeys(db, command.org)
    return keys.length === 0 ? [`No API keys in org ${command.org}.`] : keys.map((key) => describe(key, at))
  }
  if (command.do === 'revoke') {
    await revokeApiKey(db, command.org, command.id, at)
    return [`Revoked ${command.id}.`]
  }
  const { org, role, isMachine, person, name, validMs } = command
  const { key, hash } = newApiKey()
  const row = { id: newId(), org, name, role, isMachine, person, hash, createdAt: at, expiresAt: validMs === null ? null : at + validMs }
  await createApiKey(db, row)
  return [`API key ${row.id} of org ${org}: ${role}${isMachine ? ', machine' : ''}, ${stateOf({ ...row, revokedAt: null }, at)}. It is shown only now:`, key]
}

/**
 * Does what the arguments ask for and tells it, a line at a time.
 * @returns the exit code: 1 when it could not be done, 2 when the arguments make no sense
 */
export const runKeyCommand = async (args: string[], env: NodeJS.ProcessEnv, say: Pick<Console, 'log' | 'error'>): Promise<number> => {
  let db: Db | undefined
  try {
    const command = readCommand(args)
    db = openDb(databasePath(readConfig(env)))
    for (const line of await run(db, command)) say.log(line)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Problem)) throw error
    say.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error.message)
    return error instanceof UsageError ? 2 : 1
  } finally {
    await db?.close()
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = await runKeyCommand(process.argv.slice(2), process.env, console)
}
