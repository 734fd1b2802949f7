import { NativeSelect, NumberInput, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { JsonSchema } from '../api/workflows.ts'
import { choicesOf, isTemplate, kindOf } from './schema.ts'

/** What a single value is written with. */

const LONG = 60

/** Any JSON: what is no JSON is text, and text that would be read as something else stands in quotes. */
const readAny = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
export const writeAny = (value: unknown): string => {
  if (value === undefined) return ''
  if (typeof value !== 'string') return JSON.stringify(value, null, 2)
  return typeof readAny(value) === 'string' && readAny(value) === value ? value : JSON.stringify(value)
}

type Props = { id: string; value: unknown; onChange: (value: unknown) => void }

const AnyControl = ({ id, value, onChange }: Props) => {
  const [text, setText] = useState(() => writeAny(value))
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    if (JSON.stringify(readAny(text)) !== JSON.stringify(value)) setText(writeAny(value))
  }
  return (
    <Textarea
      id={id}
      value={text}
      autosize
      minRows={1}
      maxRows={14}
      classNames={{ input: 'mono-input' }}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value)
        onChange(readAny(currentTarget.value))
      }}
    />
  )
}

export const TextControl = ({ id, value, onChange }: Props) => {
  const text = typeof value === 'string' ? value : writeAny(value)
  const isLong = text.length > LONG || text.includes('\n')
  const shared = { id, value: text, onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value), classNames: isTemplate(value) ? { input: 'mono-input' } : {}, autoComplete: 'off', spellCheck: false }
  // One kind of control for both: while somebody types it does not change under their hands.
  return <Textarea {...shared} autosize minRows={1} maxRows={isLong ? 10 : 4} />
}

export const Control = ({ id, schema, value, onChange }: Props & { schema: JsonSchema }) => {
  switch (kindOf(schema)) {
    case 'number':
      return <NumberInput id={id} value={typeof value === 'number' ? value : ''} onChange={(given) => onChange(typeof given === 'number' ? given : undefined)} allowDecimal={schema.type === 'number'} hideControls thousandSeparator={false} />
    case 'boolean':
      return <NativeSelect id={id} value={String(value)} data={['true', 'false']} onChange={({ currentTarget }) => onChange(currentTarget.value === 'true')} />
    case 'choice': {
      const choices = choicesOf(schema)
      const isKnown = choices.includes(value)
      return <NativeSelect id={id} value={isKnown ? String(value) : ''} data={[...(isKnown ? [] : [{ value: '', label: value === undefined ? 'Choose' : writeAny(value) }]), ...choices.map(String)]} onChange={({ currentTarget }) => onChange(choices.find((choice) => String(choice) === currentTarget.value) ?? value)} />
    }
    case 'text':
      return <TextControl id={id} value={value} onChange={onChange} />
    default:
      return <AnyControl id={id} value={value} onChange={onChange} />
  }
}
