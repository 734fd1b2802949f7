import { Button, Group, NativeSelect, Text, TextInput, Title } from '@mantine/core'
import { CornerDownRight as IconEnter, Trash2 as IconDelete } from 'lucide-react'
import { useState } from 'react'
import { isLoop } from '../../runner/model/node-kind.ts'
import type { Fault, JsonSchema, StepType } from '../api/workflows.ts'
import { StepIcon } from '../components/step-icon.tsx'
import { drawable } from './edit-body.ts'
import { FieldFrame } from './field-frame.tsx'
import { KnownValuesContext } from './insert-value.tsx'
import type { KnownValues } from './known-values.ts'
import { NodeLinks } from './node-links.tsx'
import { SchemaFields } from './schema-field.tsx'

type Raw = Record<string, unknown>
type Props = {
  body: Raw
  node: Raw
  /** As the API tells of its faults: `nodes[3]`. */
  path: string
  faults: readonly Fault[]
  /** What its templates may name. */
  known: KnownValues
  stepTypes: readonly StepType[]
  /** Of any node, whatever its type. */
  nodeSchema: JsonSchema | undefined
  onChange: (node: Raw) => void
  onBody: (body: Raw) => void
  onRename: (identifier: string) => void
  onRemove: () => void
  onEnter: () => void
  onRefused: (why: string) => void
}

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that have a place of their own. */
const PLACED = ['identifier', 'title', 'config', 'icon']
/** A loop's nodes are edited as a graph, not as a list of forms. */
const INSIDE = ['nodes', 'connections']

const Identifier = ({ identifier, taken, error, onRename }: { identifier: string; taken: readonly string[]; error: string | undefined; onRename: (name: string) => void }) => {
  const [text, setText] = useState(identifier)
  const [known, setKnown] = useState(identifier)
  if (known !== identifier) {
    setKnown(identifier)
    setText(identifier)
  }
  const isTaken = text !== identifier && taken.includes(text)
  const done = (): void => (text.trim() === '' || isTaken ? setText(identifier) : text !== identifier ? onRename(text.trim()) : undefined)
  return (
    <FieldFrame id="node-identifier" label="Identifier" isRequired description="What templates call it. Those that name it are changed with it." error={isTaken ? 'There is a step of that name.' : error}>
      <TextInput id="node-identifier" value={text} onChange={({ currentTarget }) => setText(currentTarget.value)} onBlur={done} onKeyDown={({ key }) => key === 'Enter' && done()} classNames={{ input: 'mono-input' }} />
    </FieldFrame>
  )
}

const titled = ({ title: _title, ...node }: Raw, title: string): Raw => {
  const { identifier, ...rest } = node
  return { identifier, ...(title && { title }), ...rest }
}

/** All of one node, as a form. */
export const NodePanel = ({ body, node, path, faults, known, stepTypes, nodeSchema, onChange, onBody, onRename, onRemove, onEnter, onRefused }: Props) => {
  const identifier = String(node.identifier)
  const config = isObject(node.config) ? node.config : {}
  const type = typeof config.type === 'string' ? config.type : ''
  const stepType = stepTypes.find((found) => found.type === type)
  const own = faults.filter((fault) => fault.path === path || fault.path === `${path}.config`)
  return (
    <section className="node-panel" aria-label={`Step ${identifier}`}>
      <Group gap={10} wrap="nowrap" align="flex-start">
        <span className="panel-icon">
          <StepIcon type={type} size={20} />
        </span>
        <div className="panel-title">
          <Title order={2} size="h5">
            {typeof node.title === 'string' && node.title ? node.title : identifier}
          </Title>
          <Text size="xs" c="dimmed">
            {stepType?.summary ?? 'There is no such step type.'}
          </Text>
        </div>
      </Group>
      {own.map(({ message }) => (
        <p key={message} className="field-error" role="alert">
          {message}
        </p>
      ))}
      <FieldFrame id="node-title" label="Title" error={faults.find((fault) => fault.path === `${path}.title`)?.message}>
        <TextInput id="node-title" placeholder={identifier} value={typeof node.title === 'string' ? node.title : ''} onChange={({ currentTarget: { value } }) => onChange(titled(node, value))} />
      </FieldFrame>
      <Identifier key={path} identifier={identifier} taken={drawable(body).nodes.map((other) => other.identifier)} error={faults.find((fault) => fault.path === `${path}.identifier`)?.message} onRename={onRename} />
      <FieldFrame id="node-type" label="Type" isRequired error={faults.find((fault) => fault.path === `${path}.config.type`)?.message}>
        <NativeSelect id="node-type" value={stepType ? type : ''} data={[...(stepType ? [] : [{ value: '', label: type || 'Choose' }]), ...stepTypes.map((found) => found.type)]} onChange={({ currentTarget }) => currentTarget.value && onChange({ ...node, config: { ...config, type: currentTarget.value } })} />
      </FieldFrame>
      {isLoop(type) && (
        <Button variant="light" size="xs" leftSection={<IconEnter size={15} />} onClick={onEnter}>
          Edit the {drawable(config).nodes.length === 1 ? 'step' : `${drawable(config).nodes.length} steps`} inside
        </Button>
      )}
      {stepType && (
        <div className="panel-part">
          <KnownValuesContext value={known}>
            <SchemaFields key={type} schema={plain(stepType.config, config)} root={stepType.config} value={config} path={`${path}.config`} faults={faults} omit={['type', ...(isLoop(type) ? INSIDE : [])]} onChange={(changed) => onChange({ ...node, config: { type, ...changed } })} />
          </KnownValuesContext>
        </div>
      )}
      <div className="panel-part">
        <NodeLinks body={body} identifier={identifier} onChange={onBody} onRefused={onRefused} />
        {nodeSchema && <SchemaFields schema={nodeSchema} root={nodeSchema} value={node} path={path} faults={faults} omit={PLACED} onChange={onChange} />}
      </div>
      <Button variant="subtle" color="gray" size="xs" leftSection={<IconDelete size={15} />} onClick={onRemove} className="panel-delete">
        Delete this step
      </Button>
    </section>
  )
}

/** Of a config that may be written in several ways: the way that it is written in. */
const plain = (schema: JsonSchema, config: Raw): JsonSchema => {
  const ways = schema.anyOf ?? schema.oneOf
  if (!ways) return schema
  return ways.find(({ properties }) => Object.keys(properties ?? {}).some((name) => config[name] !== undefined)) ?? ways[0] ?? schema
}
