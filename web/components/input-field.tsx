import { Checkbox, FileInput, JsonInput, NumberInput, PasswordInput, Select, TagsInput, Textarea, TextInput } from '@mantine/core'
import { Upload as IconUpload } from 'lucide-react'
import type { InputProperty } from '../../runner/model/user-inputs.ts'
import { choicesOf, defaultOf, isFileInput, isText } from '../input-values.ts'

type Props = {
  name: string
  property: InputProperty
  value: unknown
  files: File[]
  required: boolean
  error: string | undefined
  autoFocus?: boolean
  onChange: (value: unknown) => void
  onFiles: (files: File[]) => void
}

const LINES = new Set(['multi-line', 'markdown', 'yaml', 'proto'])
const HTML_TYPES: Record<string, string> = { email: 'email', url: 'url', date: 'date', time: 'time' }

/** What a person types for a point in time has no zone: it is meant in theirs. */
const toLocal = (iso: unknown): string => {
  if (typeof iso !== 'string' || Number.isNaN(Date.parse(iso))) return ''
  const at = new Date(iso)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** Of files that are there already. */
const namesOf = (value: unknown): string => [value].flat().flatMap((file) => (typeof file === 'object' && file !== null && 'name' in file ? [String(file.name)] : [])).join(', ')

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const TextField = ({ common, property, value, onChange }: { common: Record<string, unknown>; property: Extract<InputProperty, { type: 'string' }>; value: unknown; onChange: Props['onChange'] }) => {
  const { format } = property
  const change = ({ currentTarget }: { currentTarget: { value: string } }): void => onChange(currentTarget.value)
  if (format === 'password') return <PasswordInput {...common} value={textOf(value)} onChange={change} autoComplete="off" />
  if (format === 'otp') return <TextInput {...common} value={textOf(value)} onChange={change} autoComplete="one-time-code" inputMode="numeric" className="otp" maw={220} />
  if (format === 'date-time') return <TextInput {...common} type="datetime-local" value={toLocal(value)} onChange={({ currentTarget }) => onChange(currentTarget.value && new Date(currentTarget.value).toISOString())} />
  if (format && LINES.has(format)) return <Textarea {...common} value={textOf(value)} onChange={change} autosize minRows={3} maxRows={14} />
  return <TextInput {...common} type={HTML_TYPES[format ?? ''] ?? 'text'} value={textOf(value)} onChange={change} />
}

/** One input of a form, as its property asks for it. */
export const InputField = ({ name, property, value, files, required, error, autoFocus, onChange, onFiles }: Props) => {
  const label = property.title ?? name
  const fallback = defaultOf(property)
  const placeholder = fallback === undefined ? undefined : typeof fallback === 'string' ? fallback : JSON.stringify(fallback)
  const common = { label, placeholder, description: property.description, required, error, autoFocus, name, disabled: property.disabled === true, readOnly: property.readOnly === true }
  const choices = choicesOf(property)
  if (isFileInput(property)) {
    const isList = property.type === 'array'
    const icon = <IconUpload size={16} />
    const kept = namesOf(value)
    const rest = { ...common, required: required && kept === '', leftSection: icon, placeholder: kept ? `${kept}, as before` : isList ? 'Choose files' : 'Choose a file' }
    return isList ? (
      <FileInput {...rest} multiple clearable value={files} onChange={onFiles} />
    ) : (
      <FileInput {...rest} clearable value={files[0] ?? null} onChange={(file) => onFiles(file ? [file] : [])} />
    )
  }
  if (choices)
    return (
      <Select
        {...common}
        data={choices.map(String)}
        value={typeof value === 'string' || typeof value === 'number' ? String(value) : null}
        onChange={(chosen) => onChange(choices.find((choice) => String(choice) === chosen))}
        clearable={!required}
        searchable={choices.length > 8}
      />
    )
  if (isText(property)) return <JsonInput {...common} value={textOf(value)} onChange={onChange} autosize minRows={3} maxRows={14} validationError="This is not valid JSON" formatOnBlur />
  switch (property.type) {
    case 'boolean':
      return <Checkbox label={label} description={property.description} error={error} name={name} checked={(value ?? fallback) === true} onChange={({ currentTarget }) => onChange(currentTarget.checked)} disabled={property.disabled === true} />
    case 'number':
    case 'integer':
      return <NumberInput {...common} value={typeof value === 'number' ? value : ''} onChange={(given) => onChange(typeof given === 'number' ? given : undefined)} allowDecimal={property.type === 'number'} min={property.minimum} max={property.maximum} clampBehavior="none" />
    case 'array':
      return <TagsInput {...common} placeholder="Type and press Enter" value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} acceptValueOnBlur />
    case 'string':
      return <TextField common={common} property={property} value={value} onChange={onChange} />
    case 'object':
      return null
  }
}
