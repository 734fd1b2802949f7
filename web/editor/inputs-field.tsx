import { ActionIcon, Button, Checkbox, NativeSelect, TagsInput, TextInput, Tooltip } from '@mantine/core'
import { Plus as IconPlus, SlidersHorizontal as IconMore, X as IconRemove } from 'lucide-react'
import { useId, useState, type ComponentType } from 'react'
import { FieldFrame } from './field-frame.tsx'
import { join, type FieldProps, type FieldsProps } from './field-props.ts'
import { asKind, INPUT_KINDS, inputKindOf } from './input-kinds.ts'
import { settled, variantOf, variantsOf } from './schema.ts'

type Raw = Record<string, unknown>
const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)

const KINDS = Object.entries(INPUT_KINDS).map(([value, { label }]) => ({ value, label }))
const PLACED = ['type', 'format', 'title', 'enum', 'items']

const renamed = <T,>(record: Record<string, T>, from: string, to: string): Record<string, T> => Object.fromEntries(Object.entries(record).map(([name, value]) => [name === from ? to : name, value]))

/** Draws the fields of any object: those that have no place here. */
type WithFields = { Fields: ComponentType<FieldsProps> }

type RowProps = WithFields & Pick<FieldProps, 'schema' | 'root' | 'path' | 'faults'> & {
  name: string
  taken: readonly string[]
  property: unknown
  /** Null where a program decides. */
  isRequired: boolean | null
  onRename: (name: string) => void
  onChange: (property: Raw) => void
  onRequire: (isRequired: boolean) => void
  onRemove: () => void
}

/** One thing that is asked for. */
const InputRow = ({ Fields, name, taken, property, isRequired, schema, root, path, faults, onRename, onChange, onRequire, onRemove }: RowProps) => {
  const [text, setText] = useState(name)
  const [isOpen, setOpen] = useState(false)
  const isTaken = text !== name && taken.includes(text)
  const kind = inputKindOf(property)
  const rules = isObject(property) ? property : {}
  const variants = variantsOf(schema, root)
  const own = faults.filter((fault) => fault.path === path || fault.path.startsWith(`${path}.`) || fault.path.startsWith(`${path}[`))
  const rename = (): void => (text.trim() === '' || isTaken ? setText(name) : text.trim() !== name ? onRename(text.trim()) : undefined)
  return (
    <div className="input-row" role="group" aria-label={`Input ${name}`}>
      <div className="input-line">
        <TextInput label="Name" size="xs" value={text} error={isTaken ? 'There is one of that name' : undefined} onChange={({ currentTarget }) => setText(currentTarget.value)} onBlur={rename} onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()} classNames={{ input: 'mono-input' }} />
        <NativeSelect label="Kind" size="xs" data={[...(kind ? [] : [{ value: '', label: 'Written as JSON' }]), ...KINDS]} value={kind ?? ''} onChange={({ currentTarget }) => currentTarget.value && onChange(asKind(property, currentTarget.value))} />
      </div>
      <div className="input-line">
        <TextInput label="Title" description={undefined} size="xs" placeholder={name} value={typeof rules.title === 'string' ? rules.title : ''} onChange={({ currentTarget: { value } }) => onChange(value === '' ? Object.fromEntries(Object.entries(rules).filter(([key]) => key !== 'title')) : { ...rules, title: value })} />
        <span className="input-tools">
          <Checkbox label="Required" size="xs" checked={isRequired === true} disabled={isRequired === null} onChange={({ currentTarget }) => onRequire(currentTarget.checked)} />
          <Tooltip label="More about it">
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`${name}: more about it`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              <IconMore size={13} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Leave it out">
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Leave out ${name}`} onClick={onRemove}>
              <IconRemove size={13} />
            </ActionIcon>
          </Tooltip>
        </span>
      </div>
      {kind === 'choice' && <TagsInput label="Choices" size="xs" placeholder="Type and press Enter" value={Array.isArray(rules.enum) ? rules.enum.map(String) : []} onChange={(choices) => onChange({ ...rules, enum: choices })} acceptValueOnBlur />}
      {isOpen && <Fields schema={settled(variants[variantOf(variants, property, root)] ?? {}, root)} root={root} value={rules} path={path} faults={[]} omit={PLACED} always={['description', 'default']} onChange={onChange} />}
      {own.map((fault) => (
        <p key={`${fault.path} ${fault.message}`} className="field-error" role="alert">
          {fault.path === path ? '' : `${fault.path.slice(path.length + 1)}: `}
          {fault.message}
        </p>
      ))}
    </div>
  )
}

/** What a trigger or a question asks for, one after the other. */
export const InputsField = ({ Fields, label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps & WithFields) => {
  const id = useId()
  const inputs = isObject(value) ? value : {}
  const properties = isObject(inputs.properties) ? inputs.properties : {}
  const names = Object.keys(properties)
  const required = inputs.required === undefined ? [] : Array.isArray(inputs.required) ? (inputs.required as unknown[]) : null
  const inner = settled(schema.properties?.properties ?? {}, root).additionalProperties
  const set = (next: Raw, requiredNow: unknown[] | null = required): void => {
    const { required: before, ...rest }: Raw = { ...inputs, properties: next }
    onChange({ ...rest, ...(requiredNow === null ? { required: before } : requiredNow.length > 0 && { required: requiredNow }) })
  }
  const free = (): string => {
    for (let count = names.length + 1; ; count++) if (!names.includes(`input_${count}`)) return `input_${count}`
  }
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={faults.filter((fault) => fault.path === path || fault.path === `${path}.properties`).map(({ message }) => message).join('; ') || undefined} onRemove={onRemove} isGroup>
      <div className="input-rows">
        {names.map((name, index) => (
          <InputRow
            // oxlint-disable-next-line react/no-array-index-key -- it keeps its place under another name
            key={`${index} ${name}`}
            Fields={Fields}
            name={name}
            taken={names}
            property={properties[name]}
            schema={typeof inner === 'object' ? inner : {}}
            root={root}
            path={join(`${path}.properties`, name)}
            faults={faults}
            isRequired={required && required.includes(name)}
            onRename={(next) => set(renamed(properties, name, next), required?.map((one) => (one === name ? next : one)) ?? null)}
            onChange={(changed) => set({ ...properties, [name]: changed })}
            onRequire={(isNow) => set(properties, isNow ? [...(required ?? []), name] : (required ?? []).filter((one) => one !== name))}
            onRemove={() => set(Object.fromEntries(Object.entries(properties).filter(([key]) => key !== name)), required?.filter((one) => one !== name) ?? null)}
          />
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => set({ ...properties, [free()]: { type: 'string' } })}>
          Ask for something
        </Button>
      </div>
      <Fields schema={schema} root={root} value={inputs} path={path} faults={faults} omit={['properties', 'required']} onChange={onChange} />
    </FieldFrame>
  )
}
