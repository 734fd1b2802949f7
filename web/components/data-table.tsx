import { useState } from 'react'
import type { Table } from '../table-of.ts'

const AT_ONCE = 20

/** A table that somebody else's portal or a file holds: its first rows, and the rest when asked for. */
export const DataTable = ({ columns, rows }: Table) => {
  const [count, setCount] = useState(AT_ONCE)
  return (
    <div className="data-table" role="region" aria-label="Table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- two columns may have one name
              <th key={index}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, count).map((row, at) => (
            <tr key={at}>
              {columns.map((_, index) => (
                <td key={index}>{row[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > count && (
        <button type="button" className="link-button" onClick={() => setCount(count * 10)}>
          {rows.length - count} more rows
        </button>
      )}
    </div>
  )
}
