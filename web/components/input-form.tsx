import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import { faultsOf, type Files } from '../api/client.ts'
import { faultsByInput, firstValues, inputsInOrder, sentValues, type FormValues } from '../input-values.ts'
import { InputFields } from './input-fields.tsx'

export type FormButton = { identifier: string; label: string; variant?: string }

type Props = {
  inputs: UserInputs
  /** What it holds to begin with, in place of the defaults. */
  given?: FormValues | undefined
  buttons: FormButton[]
  isBusy: boolean
  /** What the server said of the last try. */
  error: unknown
  autoFocus?: boolean
  onSubmit: (values: FormValues, files: Files, button: string) => void
  /** Below the inputs. */
  children?: ReactNode
}

const COLORS: Record<string, string> = { DANGER: 'red.9' }

/** A form made from what a trigger or a question asks for. The server checks; the form says what it found, beside what it is about. */
export const InputForm = ({ inputs, given: first, buttons, isBusy, error, autoFocus = false, onSubmit, children }: Props) => {
  const [values, setValues] = useState<FormValues>(() => first ?? firstValues(inputs))
  const [files, setFiles] = useState<Files>({})
  const [fault, setFault] = useState<string | null>(null)
  const [pressed, setPressed] = useState(buttons[0]?.identifier ?? '')
  const faults = faultsByInput(faultsOf(error), inputs)
  const unplaced = fault ?? faults[''] ?? (error instanceof Error && Object.keys(faults).length === 0 ? error.message : null)

  const submit = (button: string): void => {
    setPressed(button)
    try {
      const replaced = new Set(Object.keys(files).filter((name) => files[name]!.length > 0))
      const sent = sentValues(inputs, Object.fromEntries(Object.entries(values).filter(([name]) => !replaced.has(name))))
      setFault(null)
      onSubmit(sent, files, button)
    } catch {
      setFault('What is written as JSON is not valid.')
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const { submitter } = event.nativeEvent
        submit(submitter instanceof HTMLButtonElement ? submitter.value : (buttons[0]?.identifier ?? ''))
      }}
    >
      <Stack gap="md">
        <InputFields
          inputs={inputs}
          values={values}
          files={files}
          faults={faults}
          autoFocus={autoFocus}
          onValue={(name, value) => setValues((known) => ({ ...known, [name]: value }))}
          onFiles={(name, given) => setFiles((known) => ({ ...known, [name]: given }))}
        />
        {inputsInOrder(inputs).length === 0 && buttons.length === 1 && (
          <Text size="sm" c="dimmed">
            It asks for nothing.
          </Text>
        )}
        {children}
        {unplaced && (
          <Alert color="red" variant="outline" role="alert" className="failure">
            {unplaced}
          </Alert>
        )}
        <Group gap="sm">
          {buttons.map(({ identifier, label, variant }, index) => (
            <Button key={identifier} type="submit" value={identifier} variant={index === 0 ? 'filled' : 'default'} color={COLORS[variant ?? '']} loading={isBusy && pressed === identifier} disabled={isBusy && pressed !== identifier}>
              {label}
            </Button>
          ))}
        </Group>
      </Stack>
    </form>
  )
}
