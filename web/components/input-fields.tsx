import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { Files } from '../api/client.ts'
import { inputsInOrder, isRequired, type FormValues } from '../input-values.ts'
import { InputField } from './input-field.tsx'

type Props = {
  inputs: UserInputs
  values: FormValues
  files?: Files
  /** By the name of the input. */
  faults: Record<string, string>
  autoFocus?: boolean
  onValue: (name: string, value: unknown) => void
  onFiles?: (name: string, files: File[]) => void
}

/** The fields of a form that is made from what somebody asks for. */
export const InputFields = ({ inputs, values, files = {}, faults, autoFocus = false, onValue, onFiles }: Props) =>
  inputsInOrder(inputs).map(([name, property], index) => (
    <InputField
      key={name}
      name={name}
      property={property}
      value={values[name]}
      files={files[name] ?? []}
      required={isRequired(inputs, name)}
      error={faults[name]}
      autoFocus={autoFocus && index === 0}
      onChange={(value) => onValue(name, value)}
      onFiles={(given) => onFiles?.(name, given)}
    />
  ))
