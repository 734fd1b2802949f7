import type { NewRun } from '../db/create-run.ts'
import type { StoredWorkflow } from '../db/workflows.ts'
import { createRedactor } from './model/redact.ts'
import { collectSecretValues, hideSecrets, secretInputPaths } from './model/secret-paths.ts'
import type { GivenInputs } from './run-memory.ts'
import { inheritedSecrets } from './run-secrets.ts'
import type { Seal } from './seal.ts'

/** How inputs are stored for people to see that several workflows take, each those that it asks for. @param others secrets that may stand in them besides */
export const shownToSeveral = (forms: readonly unknown[], values: Record<string, unknown>, others: readonly string[] = []): Record<string, unknown> => {
  const secrets = forms.flatMap((userInputs) => collectSecretValues(userInputs, values))
  return createRedactor([...secrets, ...others]).redact(hideSecrets(values, forms.flatMap(secretInputPaths))) as Record<string, unknown>
}

/** How inputs are stored for people to see. @param others secrets that may stand in them besides */
export const shownInputs = (userInputs: unknown, values: Record<string, unknown>, others: readonly string[] = []): Record<string, unknown> => shownToSeveral([userInputs], values, others)

/**
 * A run of a version of a workflow as it is stored: what was given sealed, what people see redacted.
 * @param given.userInputs what the trigger asks for
 * @param given.earlierSecrets values of stored secrets that may stand in what it is given
 */
export const newRun = (
  { row, version, definition }: StoredWorkflow,
  seal: Seal,
  given: GivenInputs & {
    id: string
    trigger: string
    userInputs: unknown
    createdBy: string | null
    /** Whether who made it sees hidden runs too. */
    seesAllRuns?: boolean
    rerunOf?: string
    parentActivityRunId?: string
    depth?: number
    earlierSecrets?: readonly string[]
    job?: { runId: string; index: number }
  },
): NewRun => ({
  id: given.id,
  org: row.org,
  workflowId: row.id,
  workflowVersion: version,
  workflowIdentifier: row.identifier,
  workflowName: definition.title ?? row.identifier,
  trigger: given.trigger,
  inputs: shownInputs(given.userInputs, given.inputs, given.earlierSecrets),
  sealedInputs: seal.seal({ inputs: given.inputs, envs: given.envs, ...(given.secretEnvs && { secretEnvs: given.secretEnvs }), ...(given.by && { by: given.by }) } satisfies GivenInputs),
  sealedSecrets: inheritedSecrets(seal, given.earlierSecrets ?? []),
  rerunOf: given.rerunOf ?? null,
  parentActivityRunId: given.parentActivityRunId ?? null,
  depth: given.depth ?? 0,
  createdBy: given.createdBy,
  seesAllRuns: given.seesAllRuns ?? false,
  ...(given.job && { jobRunId: given.job.runId, jobIndex: given.job.index }),
})
