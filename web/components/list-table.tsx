import type { ReactNode } from 'react'

export type Column<T> = {
  name: string
  cell: (row: T) => ReactNode
  /** In CSS; what is left over is shared by columns without one. */
  width?: number | string
  isRight?: boolean
  /** For buttons and the like: its name is there for screen readers alone. */
  isNameless?: boolean
  /** Left out where there is little room. */
  isExtra?: boolean
}

/** Rows of alike things. On a phone each becomes a card: the first column is its head, the others stand below with their names. */
export const ListTable = <T,>({ label, rows, columns, keyOf }: { label: string; rows: readonly T[]; columns: readonly Column<T>[]; keyOf: (row: T) => string }) => (
  <table className="list" aria-label={label}>
    <thead>
      <tr>
        {columns.map(({ name, width, isRight, isNameless, isExtra }) => (
          <th key={name} style={{ width }} data-right={isRight} data-extra={isExtra}>
            {isNameless ? <span className="sr-only">{name}</span> : name}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          {columns.map(({ name, cell, isRight, isNameless, isExtra }) => (
            <td key={name} data-name={isNameless ? undefined : name} data-right={isRight} data-extra={isExtra} data-actions={isNameless}>
              {cell(row)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
)
