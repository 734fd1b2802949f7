import { REDACTED } from '../runner/model/redact.ts'
import type { UserInputs } from '../runner/model/user-inputs.ts'
import type { RunJson } from '../server/wire.ts'
import { isText, type FormValues } from './input-values.ts'

const isHidden = (value: unknown): boolean => JSON.stringify(value)?.includes(REDACTED) ?? false

/** What a run was started with, as a form holds it. Secrets are not known any more, and what is no longer asked for is left out. */
export const valuesOfRun = ({ inputs }: Pick<RunJson, 'inputs'>, { properties }: UserInputs): FormValues =>
  Object.fromEntries(
    inputs.flatMap(({ name, value }) => {
      const property = properties[name]
      return !property || isHidden(value) ? [] : [[name, isText(property) ? JSON.stringify(value, null, 2) : value]]
    }),
  )
