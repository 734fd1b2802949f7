import { Button, Menu, NativeSelect, TextInput } from '@mantine/core'
import { Plus as IconPlus } from 'lucide-react'
import { useId, useState } from 'react'
import type { JsonSchema } from '../api/workflows.ts'
import { Control, TextControl, writeAny } from './controls.tsx'
import { FieldFrame } from './field-frame.tsx'
import { errorAt, join, type FieldProps, type FieldsProps } from './field-props.ts'
import { InputsField } from './inputs-field.tsx'
import { InsertValue } from './insert-value.tsx'
import { firstValue, isTemplate, kindOf, labelOf, settled, variantNames, variantOf, variantsOf } from './schema.ts'

/** Fields drawn from JSON Schema. Whatever has been written is shown, fitting or not: what is wrong is said beside it. */

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const hasControl = (schema: JsonSchema): boolean => ['number', 'boolean', 'choice', 'text', 'any'].includes(kindOf(schema))

/** Those that are jq as a whole. */
const isProgram = (path: string): boolean => /\.(?:expression|condition|constraint|loggedIn)$/.test(path)

const EMPTY_TEMPLATE = '{{  }}'
const templateOf = (schema: JsonSchema, root: JsonSchema, value: unknown, onChange: (value: unknown) => void) => ({ isOn: isTemplate(value), onToggle: () => onChange(isTemplate(value) ? firstValue(schema, root) : EMPTY_TEMPLATE) })

const Leaf = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  const mayBeTemplate = (['number', 'boolean', 'choice'].includes(kindOf(schema)) || !hasControl(schema)) && schema.const === undefined
  const template = mayBeTemplate ? templateOf(schema, root, value, onChange) : undefined
  const isText = template?.isOn || ['text', 'any'].includes(kindOf(schema))
  const insert = isText && <InsertValue id={id} label={label} text={writeAny(value)} isProgram={isProgram(path)} onChange={onChange} />
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} template={template} insert={insert} onRemove={onRemove}>
      {template?.isOn ? <TextControl id={id} value={value} onChange={onChange} /> : <Control id={id} schema={schema} value={value} onChange={onChange} />}
    </FieldFrame>
  )
}

const ListField = ({ label, schema, root, value, path, faults, isRequired = false, onChange, onRemove }: FieldProps) => {
  const id = useId()
  const items = schema.items ?? {}
  const list = Array.isArray(value) ? value : []
  const name = label.replace(/s$/, '')
  return (
    <FieldFrame id={id} label={label} isRequired={isRequired} description={schema.description} error={errorAt(faults, path)} template={templateOf(schema, root, value, onChange)} onRemove={onRemove} isGroup>
      <div className="field-inner">
        {list.map((entry, index) => (
          <SchemaField
            key={index}
            label={`${name} ${index + 1}`}
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
  if (isTemplate(props.value) && !hasControl(schema) && kindOf(schema) !== 'variants') return <Leaf {...field} />
  if (props.path.endsWith('.userInputs')) return <InputsField {...field} Fields={SchemaFields} />
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
