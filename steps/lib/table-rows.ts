import type { Section, TableSeen } from './table-walk.ts'

/** The texts of a section by row and column; a spanned cell's text stands in each place it covers. */
function layOut(section: Section, width = Infinity): string[][] {
  const grid: string[][] = section.map(() => [])
  section.forEach((cells, row) => {
    let next = 0
    for (const cell of cells) {
      const [text, columns, rows, at] = typeof cell === 'string' ? [cell, 1, 1, null] : cell
      while (at === null && grid[row]?.[next] !== undefined) next++
      const from = at ?? next
      // "No entries" over a hundred columns makes no hundred columns.
      const to = Math.min(from + columns, Math.max(width, from + 1))
      for (const line of grid.slice(row, row + rows)) for (let column = from; column < to; column++) line[column] ??= text
      next = from + columns
    }
  })
  return grid
}

/** One name per column, top to bottom: `2026 Planned`. A row that says the same over all columns is a title and names none. */
function headerTexts(head: string[][]): (string | undefined)[] {
  const isTitle = (line: string[]) => new Set(line).size === 1 && line.length > 1
  const naming = head.filter((line) => !isTitle(line) || head.every(isTitle))
  const width = Math.max(0, ...naming.map((line) => line.length))
  return Array.from({ length: width }, (_, column) => {
    const texts = naming.map((line) => line[column]).filter((text) => text !== undefined)
    return texts.length === 0 ? undefined : [...new Set(texts)].filter((text) => text !== '').join(' ')
  })
}

function uniqueKeys(texts: string[]): string[] {
  const taken = new Set<string>()
  return texts.map((text, column) => {
    const name = text === '' ? `column_${column + 1}` : text
    let key = name
    for (let count = 2; taken.has(key); count++) key = `${name}_${count}`
    taken.add(key)
    return key
  })
}

export type TableRows = { columns: string[]; rows: Record<string, string>[] }

/**
 * The records of a table: every row has every key, '' where the table has nothing. A column without a name is `column_3`, counted from 1; a name
 * that comes again gets `_2`.
 */
export function tableRows({ head = [], body = [] }: TableSeen): TableRows {
  const titles = headerTexts(layOut(head))
  const lines = body.flatMap((section) => layOut(section, titles.length || Infinity))
  const width = Math.max(titles.length, ...lines.map((line) => line.length))
  const keys = uniqueKeys(Array.from({ length: width }, (_, column) => titles[column] ?? ''))
  // A grid that draws only the columns in view numbers them all: those that nothing is known of are not there.
  const isThere = (column: number) => titles[column] !== undefined || lines.some((line) => line[column] !== undefined)
  const columns = [...keys.entries()].filter(([column]) => isThere(column))
  const rows = lines.map((line) => Object.fromEntries(columns.map(([column, key]) => [key, line[column] ?? ''])))
  return { columns: columns.map(([, key]) => key), rows }
}
