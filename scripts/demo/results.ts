import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ActivityRunJson, ArtifactJson, RunJson, WorkflowJson } from '../../server/wire.ts'
import type { Api } from './api.ts'
import type { Screen } from './screen.ts'
import { count, duration, fileSize, table, type Row } from './words.ts'

/** Says what a run left: how it ended, the rows that it read, and its files, which are fetched through the API. */

export type EndedRun = RunJson & { activityRuns: ActivityRunJson[] }

const FIRST_ROWS = 5

/** How long people were waited for. */
const waitedMs = ({ activityRuns }: EndedRun): number =>
  activityRuns
    .filter(({ type, startedAt, completedAt }) => type === 'USER_INPUT' && startedAt && completedAt)
    .reduce((sum, { startedAt, completedAt }) => sum + Date.parse(completedAt!) - Date.parse(startedAt!), 0)

/** What a run ended of, in a sentence; null when it completed. */
export const faultOf = ({ error, state, status }: EndedRun, { nodes }: WorkflowJson): string | null => {
  if (status === 'completed') return null
  const node = nodes.find(({ identifier }) => identifier === error?.stepId)
  return `The run ended as ${state}${node ? ` at "${node.title ?? node.identifier}"` : ''}: ${error?.message ?? 'for no reason given'}`
}

export const printEnd = (screen: Screen, run: EndedRun): void => {
  const steps = new Set(run.activityRuns.filter(({ status }) => status === 'completed').map(({ stepId }) => stepId)).size
  const waited = waitedMs(run)
  const pause = waited > 0 ? `, ${duration(waited)} of that waiting for an answer` : ''
  screen.print(`${screen.paint(run.status === 'completed' ? 'green' : 'red', run.state)}: ${count(steps, 'step')} in ${duration(run.durationMs ?? 0)}${pause}.`)
}

/** The rows of every step that read a table or a list: how many, and the first of the first. */
export const printRows = ({ print, paint, columns }: Screen, run: EndedRun, { nodes }: WorkflowJson): void => {
  const read = nodes.flatMap(({ identifier, title }) => {
    const { rows } = (run.outputs[identifier] ?? {}) as { rows?: Row[] }
    return Array.isArray(rows) ? [{ title: title ?? identifier, rows }] : []
  })
  const [first] = read
  if (!first) return
  print(`\n${paint('bold', 'What was read')}`)
  for (const { title, rows } of read) print(`  ${title}: ${count(rows.length, 'row')}`)
  print()
  const shown = first.rows.slice(0, FIRST_ROWS)
  const { lines, leftOut } = table(shown, columns - 4)
  const [header = '', ...rest] = lines
  print(`  ${paint('bold', header)}`)
  for (const line of rest) print(`  ${line}`)
  const more = read.reduce((sum, { rows }) => sum + rows.length, 0) - shown.length
  const unseen = [...(more > 0 ? [count(more, 'more row')] : []), ...(leftOut > 0 ? [count(leftOut, 'more column')] : [])]
  if (unseen.length > 0) print(paint('dim', `  and ${unseen.join(', ')}`))
}

/** What can be told of a file by looking at it. */
const contentOf = ({ mimeType }: ArtifactJson, bytes: Buffer): string => {
  // A PNG begins with its signature and the header chunk: width and height stand at 16 and 20.
  if (mimeType === 'image/png') return `, ${bytes.readUInt32BE(16)} × ${bytes.readUInt32BE(20)} pixels`
  if (mimeType.startsWith('text/')) return `, ${count(bytes.toString().trimEnd().split('\n').length, 'line')}`
  return ''
}

/**
 * Fetches the run's files into a folder of their own, under their names, and says where they are.
 * @param stays whether the server goes on, so that its addresses can be used
 * @throws Error when a file is not what the API said it was
 */
export const saveFiles = async (api: Api, { print, paint }: Screen, run: EndedRun, { folder, stays }: { folder: string; stays: boolean }): Promise<void> => {
  const { artifacts } = await api.call<{ artifacts: ArtifactJson[] }>('GET', `/api/v1/artifacts?workflowRunId=${run.id}&limit=100`)
  if (artifacts.length === 0) return
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  print(`\n${paint('bold', 'Files')}`)
  const taken = new Set<string>()
  for (const artifact of artifacts.toReversed()) {
    const { id, type, displayName, fileSizeBytes, fileHash } = artifact
    const address = `/api/v1/artifacts/${id}/content`
    const response = await api.send('GET', address)
    const bytes = Buffer.from(await response.arrayBuffer())
    if (!response.ok || createHash('sha256').update(bytes).digest('hex') !== fileHash) throw new Error(`The file ${displayName} did not come whole.`)
    const name = taken.has(displayName) ? `${id}-${displayName}` : displayName
    taken.add(name)
    const path = join(folder, name)
    writeFileSync(path, bytes)
    print(`  ${paint('bold', displayName)}  ${type}, ${fileSize(fileSizeBytes)}${contentOf(artifact, bytes)}`)
    print(`    on disk  ${relative(process.cwd(), path)}`)
    print(`    by API   ${stays ? api.url : 'GET '}${address}`)
  }
}
