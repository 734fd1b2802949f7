import { rm } from 'node:fs/promises'
import { findArtifactForRun } from '../db/artifacts.ts'
import { createRun } from '../db/create-run.ts'
import { upsertEntity } from '../db/entities.ts'
import type { Change } from '../db/change.ts'
import { loginSession, saveSession } from '../db/sessions.ts'
import type { TakenRun } from '../db/take-run.ts'
import { getWorkflow } from '../db/workflows.ts'
import type { AttemptHost } from './attempt.ts'
import type { BrowserState } from './browser-state.ts'
import { checkInputs } from './inputs.ts'
import { selfServeTrigger, whyNoCallStarts } from './model/node-kind.ts'
import { Problem, problem } from './model/problem.ts'
import type { UserInputs } from './model/user-inputs.ts'
import { newRun } from './new-run.ts'
import type { Parts } from './parts.ts'
import type { RunBrowser } from './run-browser.ts'
import type { RunMemory } from './run-memory.ts'
import { signWith } from './signing.ts'
import { triggerContext } from './started-by.ts'

/** What a step may do to its run and to the files of its org. */
export const createHost = (parts: Parts, taken: TakenRun, memory: RunMemory, record: (changes: readonly Change[]) => Promise<void>, browser: () => RunBrowser): AttemptHost => ({
  record: (event) => record([{ event }]),
  saveArtifact: async (activityId, { type, name, mimeType, from }) => {
    const id = parts.newId()
    try {
      const artifact = { id, type, name, mimeType, ...(await parts.files.put(id, from)) }
      await record([{ event: { type: 'artifact.created', activityId, artifact } }])
      return artifact
    } catch (error) {
      // A file that the store does not know would stay for ever.
      await parts.files.remove(id).catch(() => undefined)
      if ('path' in from) await rm(from.path, { force: true }).catch(() => undefined)
      throw error
    }
  },
  readArtifact: async (id) => {
    const found = await findArtifactForRun(parts.db, taken.run, id)
    if (!found) throw problem('step_failed', `There is no artifact ${id}.`, { retryable: false })
    const { name, mimeType } = found
    return { name, mimeType, path: parts.files.pathOf(id) }
  },
  startRun: async (workflow, inputs) => ({ runId: await startOther(parts, taken, memory, workflow, inputs) }),
  upsertEntity: (blueprint, entity) => {
    const { org, createdBy } = taken.run
    return upsertEntity(parts.db, parts.followers, { org, blueprint }, entity, { id: parts.newId(), by: createdBy, at: parts.now() })
  },
  sign: (text) => signWith(parts.signingSecret(taken.run.org), text),
  startChild: async (waiting, activityId, workflow, inputs) => {
    await startOther(parts, taken, memory, workflow, inputs, { activityId, waiting })
  },
  saveSession: async (name) => {
    const state = await browser().fullState()
    if (!state) throw problem('step_failed', 'There is no browser session to save: no page was opened.', { retryable: false })
    const { run, definition } = taken
    const at = parts.now()
    const maxAgeMs = definition.settings?.sessionMaxAgeMs
    await saveSession(parts.db, {
      org: run.org,
      name,
      runId: run.id,
      ...(loginSession(definition) === name && { workflowId: run.workflowId }),
      sealed: parts.seal.seal({ ...state, urls: {} } satisfies BrowserState),
      expiresAt: maxAgeMs === undefined ? null : at + maxAgeMs,
      at,
    })
  },
})

/** A workflow that starts itself, by whatever detour, does not go on for ever. */
const MAX_DEPTH = 100

/**
 * Starts a run of another workflow from a node. With `parent`, the child and the parent's waiting for it are written at once.
 * @throws Problem `step_failed` when there is no such workflow, its inputs are not right, or too many runs have started one another
 */
const startOther = async (
  parts: Parts,
  { run }: TakenRun,
  { secrets, by }: RunMemory,
  workflow: string,
  inputs: Record<string, unknown>,
  parent?: { activityId: string; waiting: readonly Change[] },
): Promise<string> => {
  const stored = await getWorkflow(parts.db, run.org, workflow).catch(() => null)
  const trigger = stored && selfServeTrigger(stored.definition)
  if (!trigger) throw problem('step_failed', stored ? `"${workflow}" cannot be started: it ${whyNoCallStarts(stored.definition)}.` : `There is no workflow "${workflow}" that can be started.`, { retryable: false })
  if (run.depth >= MAX_DEPTH) throw problem('step_failed', `"${workflow}" is not started: ${MAX_DEPTH} runs stand above this one already, each started by the one before.`, { retryable: false })
  const userInputs = trigger.config.userInputs as UserInputs | undefined
  const { values } = await checkInputs(userInputs, inputs, { coerce: false, jq: parts.jq, context: triggerContext(by) }).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error
    throw problem('step_failed', `"${workflow}" does not take these inputs: ${error.message}`, { retryable: false, details: error.details })
  })
  const id = parts.newId()
  const child = newRun(stored, parts.seal, {
    id,
    trigger: trigger.identifier,
    userInputs,
    inputs: values,
    envs: {},
    by,
    createdBy: run.createdBy,
    // Only where one stands in them: else the other run would take itself for one that holds secrets.
    earlierSecrets: secrets.redactor.redact(values) === values ? [] : secrets.known(),
    seesAllRuns: run.seesAllRuns,
    depth: run.depth + 1,
    ...(parent && { parentActivityRunId: parent.activityId }),
  })
  await createRun(parts.db, parts.followers, child, { at: parts.now(), ...(parent && { parent: { runId: run.id, fence: run.fence, changes: parent.waiting } }) })
  parts.poke(id)
  return id
}
