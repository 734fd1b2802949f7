import { ActionIcon, NativeSelect, Text } from '@mantine/core'
import { ArrowRight as IconTo, X as IconRemove } from 'lucide-react'
import { isTrigger } from '../../runner/model/node-kind.ts'
import type { Edge } from '../../runner/model/graph.ts'
import { outletsOf } from '../outlets.ts'
import { changeOutlet, connect, disconnect, drawable, graphOf } from './edit-body.ts'

const OTHERWISE = '\u0000otherwise'

/** Where a node leads: what is drawn in the graph, for the keyboard. */
export const NodeLinks = ({ body, identifier, onChange, onRefused }: { body: Record<string, unknown>; identifier: string; onChange: (body: Record<string, unknown>) => void; onRefused: (why: string) => void }) => {
  const { nodes } = drawable(body)
  const source = nodes.find((node) => node.identifier === identifier)
  if (!source) return null
  const edges = graphOf(body).outgoing.get(identifier) ?? []
  const titleOf = (id: string): string => nodes.find((node) => node.identifier === id)?.title || id
  const isCondition = source.config.type === 'CONDITION'
  const outlets = outletsOf(source)
  const open = nodes.filter((node) => node.identifier !== identifier && !isTrigger(node) && (isCondition || !edges.some(({ to }) => to === node.identifier)))
  const outletField = (edge: Edge) => (
    <NativeSelect
      size="xs"
      aria-label={`Way to ${titleOf(edge.to)}`}
      data={[...outlets.map(({ identifier: value, title }) => ({ value, label: title })), { value: OTHERWISE, label: 'otherwise' }]}
      value={edge.fallback ? OTHERWISE : (edge.outlet ?? '')}
      onChange={({ currentTarget }) => onChange(changeOutlet(body, edge, currentTarget.value === OTHERWISE ? null : currentTarget.value))}
    />
  )
  return (
    <div className="field" role="group" aria-label="Leads to">
      <div className="field-head">
        <span className="field-label">Leads to</span>
      </div>
      {edges.length === 0 ? (
        <Text size="xs" c="dimmed" mb={6}>
          Nothing: this path ends here.
        </Text>
      ) : (
        <ul className="links">
          {edges.map((edge) => (
            <li key={`${edge.to} ${edge.outlet} ${edge.fallback}`}>
              <IconTo size={14} aria-hidden />
              <span className="link-name">{titleOf(edge.to)}</span>
              {isCondition && outletField(edge)}
              <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Do not lead to ${titleOf(edge.to)}`} onClick={() => onChange(disconnect(body, edge))}>
                <IconRemove size={13} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      {open.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label="Also lead to"
          value=""
          data={[{ value: '', label: 'Lead to …' }, ...open.map((node) => ({ value: node.identifier, label: node.title || node.identifier }))]}
          onChange={({ currentTarget }) => {
            const joined = connect(body, identifier, currentTarget.value)
            if ('refused' in joined) onRefused(joined.refused)
            else onChange(joined.body)
          }}
        />
      )}
    </div>
  )
}
