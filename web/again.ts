import { REDACTED } from '../runner/model/redact.ts'
import { isFinal } from '../runner/model/run.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { ActivityRunJson, RunJson } from '../server/wire.ts'
import type { RerunFrom } from './api/runs.ts'
import { roundsIn } from './graph-rounds.ts'
import { isText, type FormValues } from './input-values.ts'

/** The way to run again from what an attempt did: what it is called, what it keeps or why it is not the step itself; null where there is none. */
export const againFrom = (run: Pick<RunJson, 'state' | 'error'>, { id, stepId, iteration, kind }: Pick<ActivityRunJson, 'id' | 'stepId' | 'iteration' | 'kind'>): { label: string; from: RerunFrom; note?: string } | null => {
  if (!isFinal(run.state) || kind === 'trigger') return null
  if (iteration === null) return { label: 'Run again from here', from: { fromStepId: stepId } }
  if (run.error?.activityRunId === id) return { label: 'Run again from here', from: { fromFailure: true }, note: 'What the rounds of the loop have done is kept.' }
  const [loop] = roundsIn(iteration)[0] ?? ['']
  return { label: 'Run its loop again', from: { fromStepId: loop }, note: 'Inside of a loop, a run goes on only at the step that failed.' }
}

const isHidden = (value: unknown): boolean => JSON.stringify(value)?.includes(REDACTED) ?? false

/** What a run was started with, as a form holds it. Secrets are not known any more, and what is no longer asked for is left out. */
export const valuesOfRun = ({ inputs }: Pick<RunJson, 'inputs'>, { properties }: UserInputs): FormValues =>
  Object.fromEntries(
    inputs.flatMap(({ name, value }) => {
      const property = properties[name]
      return !property || isHidden(value) ? [] : [[name, isText(property) ? JSON.stringify(value, null, 2) : value]]
    }),
  )
