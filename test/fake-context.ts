import { fetch } from 'undici'
import type { Problem } from '../runner/model/problem.ts'
import type { StepContext } from '../steps/lib/step.ts'

const unexpected = (what: string) => (): never => {
  throw new Error(`This step was not expected to use ${what}.`)
}

/** The context of a step that opens no page and leaves no file; whatever it should not touch throws. `over` replaces what a case is about. */
export const fakeContext = (over: Partial<StepContext> = {}): StepContext => ({
  page: unexpected('page'),
  ids: { workflowRunId: 'wfr_1', nodeRunId: 'wfnr_1' },
  startRun: unexpected('startRun'),
  sign: (text) => `signed(${text})`,
  upsertEntity: unexpected('upsertEntity'),
  switchTo: unexpected('switchTo'),
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  remainingMs: () => 10_000,
  now: () => new Date('2026-01-02T03:04:05.000Z'),
  saveArtifact: unexpected('saveArtifact'),
  readArtifact: unexpected('readArtifact'),
  log: unexpected('log'),
  thinking: unexpected('thinking'),
  matchedTarget: unexpected('matchedTarget'),
  isSecret: () => false,
  shown: (value) => value,
  maskField: unexpected('maskField'),
  masks: unexpected('masks'),
  answerNextDialog: unexpected('answerNextDialog'),
  saveSession: unexpected('saveSession'),
  fetch,
  publish: unexpected('publish'),
  jq: unexpected('jq'),
  ...over,
})

/** What `work` is refused with. */
export const problemOf = async (work: () => unknown): Promise<Problem> => {
  try {
    await work()
  } catch (error) {
    return error as Problem
  }
  throw new Error('It was expected to fail.')
}

/** The faults of a config, as `path: message`. */
export const faultsOf = (
  schema: { safeParse(value: unknown): { error?: { issues: { path: PropertyKey[]; message: string }[] } | undefined } },
  value: unknown,
): string[] => (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
