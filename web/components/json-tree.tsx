import { useState } from 'react'
import { tableOf } from '../table-of.ts'
import { DataTable } from './data-table.tsx'

const AT_ONCE = 50
const LONG_TEXT = 400

const Leaf = ({ value }: { value: unknown }) => {
  const [isWhole, setWhole] = useState(false)
  if (typeof value !== 'string') return <span className={`json-${value === null ? 'null' : typeof value}`}>{String(value)}</span>
  const isLong = value.length > LONG_TEXT && !isWhole
  return (
    <span className="json-string">
      {isLong ? value.slice(0, LONG_TEXT) : value}
      {isLong && (
        <button type="button" className="link-button" onClick={() => setWhole(true)}>
          … {value.length - LONG_TEXT} characters more
        </button>
      )}
    </span>
  )
}

const sizeOf = (value: object): string => (Array.isArray(value) ? `${value.length} ${value.length === 1 ? 'entry' : 'entries'}` : `${Object.keys(value).length} ${Object.keys(value).length === 1 ? 'field' : 'fields'}`)

const Branch = ({ name, value, depth }: { name: string; value: object; depth: number }) => {
  const [isOpen, setOpen] = useState(depth < 1 || Object.keys(value).length <= 4)
  return (
    <li>
      <button type="button" className="json-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className="json-arrow" aria-hidden />
        <span className="json-key">{name}</span>
        <span className="faint">{sizeOf(value)}</span>
      </button>
      {isOpen && <JsonTree value={value} depth={depth + 1} />}
    </li>
  )
}

const isBranch = (value: unknown): value is object => typeof value === 'object' && value !== null && Object.keys(value).length > 0

/** JSON as a tree that opens level by level; a list of alike objects as the table that it is. */
export const JsonTree = ({ value, depth = 0 }: { value: unknown; depth?: number }) => {
  const [count, setCount] = useState(AT_ONCE)
  if (!isBranch(value)) return <Leaf value={typeof value === 'object' && value !== null ? (Array.isArray(value) ? '[]' : '{}') : value} />
  const table = tableOf(value)
  if (table) return <DataTable {...table} />
  const entries = Object.entries(value)
  return (
    <ul className="json">
      {entries.slice(0, count).map(([name, inner]) =>
        isBranch(inner) ? (
          <Branch key={name} name={name} value={inner} depth={depth} />
        ) : (
          <li key={name}>
            <span className="json-key json-leaf-key">{name}</span>
            <Leaf value={inner === null || typeof inner !== 'object' ? inner : Array.isArray(inner) ? '[]' : '{}'} />
          </li>
        ),
      )}
      {entries.length > count && (
        <li>
          <button type="button" className="link-button" onClick={() => setCount(count * 4)}>
            {entries.length - count} more
          </button>
        </li>
      )}
    </ul>
  )
}
