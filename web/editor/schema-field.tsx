import { Button, Menu, NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core'
import { Plus as IconPlus } from 'lucide-react'
import { useId, useState } from 'react'
import type { Fault, JsonSchema } from '../api/workflows.ts'
import { FieldFrame } from './field-frame.tsx'
import { choicesOf, firstValue, isTemplate, kindOf, labelOf, settled, variantNames, variantOf, variantsOf } from './schema.ts'

/** Fields drawn from JSON Schema. Whatever has been written is shown, fitting or not: what is wrong is said beside it. */

type FieldProps = {
  label: string
  schema: JsonSchema
  root: JsonSchema
  value: unknown
  /** As the API tells of faults in it: `config.target.name`. */
  path: string
  faults: readonly Fault[]
  isRequired?: boolean
  onChange: (value: unknown) => void
  onRemove?: (() => void) | undefined
}

const errorAt = (faults: readonly Fault[], path: string): string | undefined => faults.filter((fault) => fault.path === path).map(({ message }) => message).join('; ') || undefined

const join = (path: string, name: string | number): string => (typeof name === 'number' ? `${path}[${name}]` : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`)

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const LONG = 60

/** Any JSON: what is no JSON is text, and text that would be read as something else stands in quotes. */
const readAny = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
const writeAny = (value: unknown): string => {
  if (value === undefined) return ''
  if (typeof value !== 'string') return JSON.stringify(value, null, 2)
  return typeof readAny(value) === 'string' && readAny(value) === value ? value : JSON.stringify(value)
}

const AnyControl = ({ id, value, onChange }: { id: string; value: unknown; onChange: (value: unknown) => void }) => {
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

const TextControl = ({ id, value, onChange }: { id: string; value: unknown; onChange: (value: unknown) => void }) => {
  const text = typeof value === 'string' ? value : writeAny(value)
  const isLong = text.length > LONG || text.includes('\n')
  const shared = { id, value: text, onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value), classNames: isTemplate(value) ? { input: 'mono-input' } : {}, autoComplete: 'off', spellCheck: false }
  // One kind of control for both: while somebody types it does not change under their hands.
  return <Textarea {...shared} autosize minRows={1} maxRows={isLong ? 10 : 4} />
}

const Control = ({ id, schema, value, onChange }: { id: string; schema: JsonSchema; value: unknown; onChange: (value: unknown) => void }) => {
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

const hasControl = (schema: JsonSchema): boolean => ['number', 'boolean', 'choice', 'text', 'any'].includes(kindOf(schema))

const Leaf = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  const mayBeTemplate = ['number', 'boolean', 'choice'].includes(kindOf(schema)) && schema.const === undefined
  const template = mayBeTemplate ? { isOn: isTemplate(value), onToggle: () => onChange(isTemplate(value) ? firstValue(schema, root) : '{{ . }}') } : undefined
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} template={template} onRemove={onRemove}>
      {template?.isOn ? <TextControl id={id} value={value} onChange={onChange} /> : <Control id={id} schema={schema} value={value} onChange={onChange} />}
    </FieldFrame>
  )
}

const ListField = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  const items = schema.items ?? {}
  const list = Array.isArray(value) ? value : []
  const name = label.replace(/s$/, '').toLowerCase()
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} onRemove={onRemove} isGroup>
      <div className="field-inner">
        {list.map((entry, index) => (
          <SchemaField
            key={index}
            label={`${label} ${index + 1}`}
            schema={items}
            root={root}
            value={entry}
            path={join(path, index)}
            faults={faults}
            onChange={(changed) => onChange(list.with(index, changed))}
            onRemove={() => onChange(list.toSpliced(index, 1))}
          />
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => onChange([...list, firstValue(items, root)])}>
          Add {name.length < 20 ? `to ${label.toLowerCase()}` : 'one'}
        </Button>
      </div>
    </FieldFrame>
  )
}

const RecordEntry = ({ name, taken, onRename, ...field }: Omit<FieldProps, 'label'> & { name: string; taken: readonly string[]; onRename: (name: string) => void }) => {
  const [text, setText] = useState(name)
  const isTaken = text !== name && taken.includes(text)
  return (
    <div className="record-entry">
      <TextInput
        aria-label="Name"
        size="xs"
        value={text}
        error={isTaken ? 'There is one of that name' : undefined}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={() => (text === '' || isTaken ? setText(name) : text !== name && onRename(text))}
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
      />
      <SchemaField {...field} label={name} />
    </div>
  )
}

const RecordField = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  const record = isObject(value) ? value : {}
  const inner = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
  const names = Object.keys(record)
  const free = (): string => {
    for (let count = names.length + 1; ; count++) if (!names.includes(`name_${count}`)) return `name_${count}`
  }
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} onRemove={onRemove} isGroup>
      <div className="field-inner">
        {names.map((name) => (
          <RecordEntry
            key={name}
            name={name}
            taken={names}
            schema={inner}
            root={root}
            value={record[name]}
            path={join(path, name)}
            faults={faults}
            onChange={(changed) => onChange({ ...record, [name]: changed })}
            onRename={(next) => onChange(Object.fromEntries(Object.entries(record).map(([key, kept]) => [key === name ? next : key, kept])))}
            onRemove={() => onChange(Object.fromEntries(Object.entries(record).filter(([key]) => key !== name)))}
          />
        ))}
        <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} onClick={() => onChange({ ...record, [free()]: firstValue(inner, root) })}>
          Add to {label.toLowerCase()}
        </Button>
      </div>
    </FieldFrame>
  )
}

const VariantField = (props: FieldProps) => {
  const { label, schema, root, value, path, faults, isRequired = false, onChange, onRemove } = props
  const id = useId()
  const variants = variantsOf(schema, root)
  const names = variantNames(variants)
  const at = variantOf(variants, value, root)
  const chosen = variants[at] ?? {}
  const choose = (name: string): void => {
    const next = variants[names.indexOf(name)] ?? {}
    onChange(kindOf(next) === 'list' && value !== undefined ? [value] : firstValue(next, root))
  }
  const isPlain = hasControl(chosen)
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} onRemove={onRemove} isGroup>
      <div className="variant">
        <NativeSelect aria-label={`${label}: by what`} size="xs" data={names} value={names[at]} onChange={({ currentTarget }) => choose(currentTarget.value)} />
        {isPlain ? <Control id={id} schema={chosen} value={value} onChange={onChange} /> : null}
      </div>
      {!isPlain && <Inner label={label} schema={chosen} root={root} value={value} path={path} faults={faults.filter((fault) => fault.path !== path)} onChange={onChange} />}
    </FieldFrame>
  )
}

/** The fields of an object without a frame of their own. */
const Inner = ({ label, schema, root, value, path, faults, onChange }: FieldProps) => {
  if (kindOf(schema) === 'object') return <div className="field-inner"><SchemaFields schema={schema} root={root} value={value} path={path} faults={faults} onChange={onChange} /></div>
  return <SchemaField label={label} schema={schema} root={root} value={value} path={path} faults={faults} onChange={onChange} />
}

const ObjectField = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} onRemove={onRemove} isGroup>
      <div className="field-inner">
        <SchemaFields schema={schema} root={root} value={value} path={path} faults={faults} onChange={onChange} />
      </div>
    </FieldFrame>
  )
}

/** One value of any kind. */
const SchemaField = (props: FieldProps) => {
  const schema = settled(props.schema, props.root)
  const field = { ...props, schema }
  // A template in place of a list or an object is the text that it is.
  if (isTemplate(props.value) && !hasControl(schema)) return <Leaf {...field} schema={{ type: 'string', ...(schema.description && { description: schema.description }) }} />
  switch (kindOf(schema)) {
    case 'object':
      return <ObjectField {...field} />
    case 'record':
      return <RecordField {...field} />
    case 'list':
      return <ListField {...field} />
    case 'variants':
      return <VariantField {...field} />
    default:
      return <Leaf {...field} />
  }
}

type FieldsProps = { schema: JsonSchema; root: JsonSchema; value: unknown; path: string; faults: readonly Fault[]; omit?: readonly string[]; /** Asked for although they may be left out. */ always?: readonly string[]; onChange: (value: Record<string, unknown>) => void }

/** The fields of an object: those that it must have and those that it has; the rest is there to be added. */
export const SchemaFields = ({ schema, root, value, path, faults, omit = [], always = [], onChange }: FieldsProps) => {
  const given = isObject(value) ? value : {}
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !omit.includes(name))
  const isRequired = (name: string): boolean => schema.required?.includes(name) ?? false
  const isShown = (name: string): boolean => isRequired(name) || given[name] !== undefined || always.includes(name)
  const shown = properties.filter(([name]) => isShown(name))
  const absent = properties.filter(([name]) => !isShown(name))
  const strange = Object.keys(given).filter((name) => !omit.includes(name) && !schema.properties?.[name])
  const without = (name: string): Record<string, unknown> => Object.fromEntries(Object.entries(given).filter(([key]) => key !== name))
  const set = (name: string, changed: unknown): void => onChange(changed === undefined ? without(name) : { ...given, [name]: changed })
  return (
    <>
      {[...shown, ...strange.map((name): [string, JsonSchema] => [name, {}])].map(([name, inner]) => (
        <SchemaField
          key={name}
          label={labelOf(name)}
          schema={inner}
          root={root}
          value={given[name]}
          path={join(path, name)}
          faults={faults}
          isRequired={isRequired(name)}
          onChange={(changed) => set(name, changed)}
          onRemove={isRequired(name) || given[name] === undefined ? undefined : () => onChange(without(name))}
        />
      ))}
      {absent.length > 0 && (
        <Menu position="bottom-start" withinPortal>
          <Menu.Target>
            <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={13} />} className="field-more">
              {shown.length === 0 ? 'Set' : 'More'}: {absent.slice(0, 3).map(([name]) => labelOf(name).toLowerCase()).join(', ')}
              {absent.length > 3 && ' …'}
            </Button>
          </Menu.Target>
          <Menu.Dropdown className="field-menu">
            {absent.map(([name, inner]) => (
              <Menu.Item key={name} onClick={() => set(name, firstValue(inner, root))}>
                {labelOf(name)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  )
}
