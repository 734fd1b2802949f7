/** Figures and tables as people read them. */

export const duration = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')} s`
}

export const fileSize = (bytes: number): string => (bytes < 1000 ? `${bytes} bytes` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`)

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

export type Row = Record<string, unknown>

const cellOf = (value: unknown): string => (typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value))

const GAP = 2

/** As many columns as fit: the header, a rule, the rows; and how many columns were left out. */
export const table = (rows: readonly Row[], width: number): { lines: string[]; leftOut: number } => {
  const all = Object.keys(rows[0] ?? {}).map((name) => ({ name, width: Math.max(...[name, ...rows.map((row) => cellOf(row[name]))].map((text) => text.length)) }))
  let left = width
  const columns = all.filter((column) => (left -= column.width + GAP) >= -GAP)
  const line = (cell: (name: string) => string, fill = ' '): string =>
    columns.map((column) => cell(column.name).padEnd(column.width, fill)).join(' '.repeat(GAP)).trimEnd()
  const lines = [line((name) => name), line(() => '', '─'), ...rows.map((row) => line((name) => cellOf(row[name])))]
  return { lines, leftOut: all.length - columns.length }
}
