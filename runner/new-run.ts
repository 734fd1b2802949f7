import type { NewRun } from '../db/create-run.ts'
import type { StoredWorkflow } from '../db/workflows.ts'
import { createRedactor } from './model/redact.ts'
import { collectSecretValues, hideSecrets, secretInputPaths } from './model/secret-paths.ts'
import type { GivenInputs } from './run-memory.ts'
import type { Seal } from './seal.ts'

/** How inputs are stored for people to see that several workflows take, each those that it asks for. */
export const shownToSeveral = (forms: readonly unknown[], values: Record<string, unknown>): Record<string, unknown> => {
  const secrets = forms.flatMap((userInputs) => collectSecretValues(userInputs, values))
  return createRedactor(secrets).redact(hideSecrets(values, forms.flatMap(secretInputPaths))) as Record<string, unknown>
}

/** How inputs are stored for people to see. */
export const shownInputs = (userInputs: unknown, values: Record<string, unknown>): Record<string, unknown> => shownToSeveral([userInputs], values)

/**
 * A run of a version of a workflow as it is stored: what was given sealed, what people see redacted.
 * @param userInputs what the trigger asks for
 */
export const newRun = (
  { row, version, definition }: StoredWorkflow,
  seal: Seal,
  given: GivenInputs & { id: string; trigger: string; userInputs: unknown; createdBy: string | null; rerunOf?: string; parentActivityRunId?: string; job?: { runId: string; index: number } },
): NewRun => ({
  id: given.id,
  org: row.org,
  workflowId: row.id,
  workflowVersion: version,
  workflowIdentifier: row.identifier,
  workflowName: definition.title ?? row.identifier,
  trigger: given.trigger,
  inputs: shownInputs(given.userInputs, given.inputs),
  sealedInputs: seal.seal({ inputs: given.inputs, envs: given.envs } satisfies GivenInputs),
  rerunOf: given.rerunOf ?? null,
  parentActivityRunId: given.parentActivityRunId ?? null,
  createdBy: given.createdBy,
  ...(given.job && { jobRunId: given.job.runId, jobIndex: given.job.index }),
})
