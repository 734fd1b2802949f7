import { Group, JsonInput, SegmentedControl, Stack, Text } from '@mantine/core'
import type { UserInputs } from '../../runner/model/user-inputs.ts'
import type { Asked } from '../asked-inputs.ts'
import { faultsByInput, inputsInOrder, isFileInput, isRequired, isText, type FormValues } from '../input-values.ts'
import type { Preset, PresetView } from '../use-preset.ts'
import { FileChoice } from './file-choice.tsx'
import { InputFields } from './input-fields.tsx'

const VIEWS = [{ value: 'form', label: 'Form' }, { value: 'json', label: 'JSON' }]

/** The form without files, which are chosen from those that there are. What is there already need not be typed. */
const withoutFiles = ({ properties, required, ...inputs }: UserInputs, isThere: (name: string) => boolean): UserInputs => ({
  ...inputs,
  properties: Object.fromEntries(Object.entries(properties).filter(([, property]) => !isFileInput(property))),
  ...(Array.isArray(required) && { required: required.filter((name) => !isThere(name)) }),
})

/** As the fields take them: what is written as JSON as text. */
const shown = ({ properties }: UserInputs, values: FormValues): FormValues =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, properties[name] && isText(properties[name]) && value !== undefined && typeof value !== 'string' ? JSON.stringify(value, null, 2) : value]))

type Props = {
  title: string
  note?: string
  asked: Asked
  preset: Preset
  /** Of the API, with their paths: `inputs.month`. */
  faults: { path: string; message: string }[]
  /** Inputs that are given elsewhere, so that they may be left out here. */
  elsewhere?: readonly string[]
  /** Whether those that are there must be given anew, secrets too. */
  isAnew?: boolean
}

/** What something is started with later: a form made from what it asks for, or JSON. */
export const PresetInputs = ({ title, note, asked, preset, faults, elsewhere = [], isAnew = false }: Props) => {
  const { view, values, text, hidden, isChanged } = preset
  const mustRetype = isAnew || isChanged
  const inputs = withoutFiles(asked.inputs, (name) => elsewhere.includes(name) || (!mustRetype && hidden.includes(name)))
  const placed = faultsByInput(faults.filter(({ path }) => path.startsWith('inputs')), asked.inputs)
  const hasFields = inputsInOrder(inputs).length > 0
  const files = inputsInOrder(asked.inputs).filter(([, property]) => isFileInput(property))
  if (!hasFields && files.length === 0 && !asked.takesAnything && text === '') return null
  return (
    <section aria-label={title} className="preset">
      <Group justify="space-between" mb={8}>
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {(hasFields || files.length > 0 || view === 'form') && <SegmentedControl size="xs" data={VIEWS.map((one) => ({ ...one, disabled: !preset.canShow(one.value as PresetView) }))} value={view} onChange={(next) => preset.show(next as PresetView)} aria-label={`${title}: view`} />}
      </Group>
      <Stack gap="sm">
        {note && (
          <Text size="xs" c="dimmed">
            {note}
          </Text>
        )}
        {hidden.length > 0 && (
          <Text size="xs" c="dimmed">
            {mustRetype ? `To be typed again, because they are shown to nobody: ${hidden.join(', ')}.` : `There is a secret for ${hidden.join(', ')}, which stays as long as nothing here is changed.`}
          </Text>
        )}
        {view === 'json' ? (
          <JsonInput aria-label={`${title} as JSON`} placeholder={'{ "month": "2026-01" }'} value={text} onChange={preset.setText} autosize minRows={3} maxRows={12} validationError="This is not valid JSON" error={Object.values(placed).join('; ') || undefined} classNames={{ input: 'mono-input' }} />
        ) : (
          <>
            <InputFields inputs={inputs} values={shown(inputs, values)} faults={placed} onValue={preset.set} />
            {files.map(([name, property]) => (
              <FileChoice key={name} name={name} property={property} value={values[name]} required={isRequired(asked.inputs, name) && !elsewhere.includes(name)} error={placed[name]} onChange={(value) => preset.set(name, value)} />
            ))}
            {placed[''] && (
              <Text size="sm" className="step-error" role="alert">
                {placed['']}
              </Text>
            )}
            {!hasFields && files.length === 0 && asked.takesAnything && (
              <Text size="xs" c="dimmed">
                It does not say what it takes: as JSON, anything can be given.
              </Text>
            )}
          </>
        )}
      </Stack>
    </section>
  )
}
