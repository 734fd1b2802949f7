/** What fits a table: a header and rows of texts. */
export type Table = { columns: string[]; rows: string[][] }

type Flat = string | number | boolean | null | undefined
const isFlat = (value: unknown): boolean => value === null || typeof value !== 'object'
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const MOST_COLUMNS = 40

/** A list of objects without depth, as `EXTRACT` gives them, is a table; anything else is not. */
export const tableOf = (value: unknown): Table | null => {
  if (!Array.isArray(value) || value.length === 0 || !value.every((row) => isRecord(row) && Object.values(row).every(isFlat))) return null
  const rows = value as Record<string, Flat>[]
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  if (columns.length === 0 || columns.length > MOST_COLUMNS) return null
  return { columns, rows: rows.map((row) => columns.map((column) => String(row[column] ?? ''))) }
}
