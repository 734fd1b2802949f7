import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialog, Page } from 'playwright-core'
import { fetch } from 'undici'
import type { Artifact } from '../runner/model/artifact.ts'
import { problem } from '../runner/model/problem.ts'
import type { FieldMask, Mask } from '../steps/lib/screenshot.ts'
import type { StepContext } from '../steps/lib/step.ts'

/** What a case says of the run the step belongs to. */
export type Given = {
  /** Strings that count as secrets; a failing step may not show them. */
  secrets?: string[]
  /** Files of the org by artifact id, for the step to read. */
  files?: Record<string, { name: string; mimeType: string; text: string; /** Lengthens the file with zeros. */ sizeBytes?: number }>
  /** What pictures must not show, from steps before this one. */
  masked?: Mask[]
}

/** What the step left, and the context it ran in. */
export type Left = AsyncDisposable & {
  context: StepContext
  /** The page that is now the current one. */
  page(): Page
  logs: string[]
  thoughts: string[]
  artifacts: Artifact[]
  /** The bytes of an artifact that the step left. */
  bytes(id: string): Promise<Buffer>
  matched: number | undefined
  masked: FieldMask[]
  sessions: string[]
}

/** A step's context without a run behind it: files go to a temporary folder, everything else is written down. */
export async function fakeContext(first: Page, signal: AbortSignal, timeoutMs: number, { secrets = [], files = {}, masked = [] }: Given): Promise<Left> {
  const folder = await mkdtemp(join(tmpdir(), 'errand-step-'))
  const started = performance.now()
  let current = first
  let answer: { action: 'accept' | 'dismiss'; promptText?: string } | undefined
  const onDialog = (dialog: Dialog) => {
    const { action, promptText } = answer ?? { action: 'dismiss' }
    answer = undefined
    void (action === 'accept' ? dialog.accept(promptText) : dialog.dismiss())
  }
  first.context().on('dialog', onDialog)

  const left: Omit<Left, 'context'> = {
    page: () => current,
    logs: [],
    thoughts: [],
    artifacts: [],
    bytes: (id) => readFile(join(folder, id)),
    matched: undefined,
    masked: [],
    sessions: [],
    async [Symbol.asyncDispose]() {
      // The next attempt on this page answers its dialogs itself.
      first.context().off('dialog', onDialog)
      await rm(folder, { recursive: true, force: true })
    },
  }
  const context: StepContext = {
    page: async () => current,
    ids: { workflowRunId: 'wfr_1', nodeRunId: 'wfnr_1' },
    startRun: () => Promise.reject(new Error('This step was not expected to start a run.')),
    sign: (text) => `signed(${text})`,
    upsertEntity: () => Promise.reject(new Error('This step was not expected to keep entities.')),
    switchTo: (page) => {
      current = page
    },
    signal,
    timeoutMs,
    remainingMs: () => Math.max(1, Math.round(timeoutMs - (performance.now() - started))),
    now: () => new Date(),
    async saveArtifact({ type, name, mimeType, from }) {
      const id = randomUUID()
      const path = join(folder, id)
      if (from instanceof Uint8Array) await writeFile(path, from)
      else {
        await copyFile(from.path, path)
        await rm(from.path)
      }
      const bytes = await readFile(path)
      const artifact = { id, type, name, mimeType, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
      left.artifacts.push(artifact)
      return artifact
    },
    async readArtifact(id) {
      const file = files[id]
      if (!file) throw problem('step_failed', `There is no file ${id}.`)
      const path = join(folder, `given-${id}`)
      await writeFile(path, file.text)
      if (file.sizeBytes !== undefined) await truncate(path, file.sizeBytes)
      return { name: file.name, mimeType: file.mimeType, path }
    },
    log: (level, message) => void left.logs.push(`${level} ${message}`),
    thinking: (text) => void left.thoughts.push(text),
    matchedTarget: (index) => {
      left.matched = index
    },
    isSecret: (text) => secrets.some((secret) => text.includes(secret)),
    shown: (value) => value,
    maskField: (field) => void left.masked.push(field),
    masks: () => [...masked, ...left.masked],
    answerNextDialog: (next) => {
      answer = next
    },
    saveSession: async (name) => void left.sessions.push(name),
    fetch,
    publish: () => Promise.reject(new Error('This step was not expected to publish.')),
    jq: () => Promise.reject(problem('internal', 'A step under test has no run variables.')),
  }
  return Object.assign(left, { context })
}
