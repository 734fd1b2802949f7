import type { PageTools } from './page-tools.ts'

/** A cell: its text, and where it stands when that is not the next free place: [text, columns, rows, column from 0 or null]. */
export type Cell = string | [text: string, columns: number, rows: number, at: number | null]
/** The rows of one section of a table; a cell does not reach over its end. */
export type Section = Cell[][]
export type TableSeen = { matches: number; tables?: number; head?: Section; body?: Section[] }

/**
 * Runs in the page: the cells of the one table that the element is or holds. A `<table>`, or the `role=table`, `grid` or `treegrid` of a page that
 * builds its own. Rows and cells that are not displayed are left out, as are the foot, whose sums are no records, and tables within cells.
 */
export function walkTable(elements: (Element | Document)[], _: null, { isPlaced, textOf }: PageTools): TableSeen {
  const GRID = '[role=table], [role=grid], [role=treegrid]'
  const ANY = `table, ${GRID}`
  const matches = elements.length
  const [found] = elements
  if (matches !== 1 || !(found instanceof Element)) return { matches }

  const below = [...found.querySelectorAll(ANY)].filter((one) => !found.contains(one.parentElement?.closest(ANY) ?? null))
  const hasRows = (one: Element) => one.querySelector('tr, [role=row]') !== null
  // A grid that only wraps a table is that table; a wrapper of nothing but one table is, too.
  const tables = found.matches(ANY) && (found.localName === 'table' || found.querySelector('[role=row]') !== null || below.length === 0) ? [found] : below.filter(hasRows)
  const [table] = tables
  if (table === undefined || tables.length > 1) return { matches, tables: tables.length }

  const everything = !isPlaced(table)
  const isDisplayed = (element: Element) => everything || isPlaced(element)
  const number = (element: Element, name: string) => {
    const value = Number.parseInt(element.getAttribute(name) ?? '', 10)
    return value > 0 ? value : null
  }

  type Row = { element: Element; cells: Element[]; section: Element | null; inHead: boolean }
  const ownRows = (): Row[] => {
    if (table instanceof HTMLTableElement)
      return [...table.rows]
        .filter((row) => row.parentElement?.localName !== 'tfoot')
        .map((row) => ({ element: row, cells: [...row.cells], section: row.parentElement, inHead: row.parentElement?.localName === 'thead' }))
    const own = (selector: string, parent: Element, owner: string) => [...parent.querySelectorAll(selector)].filter((one) => one.parentElement?.closest(owner) === parent)
    const rows = own('[role=row]', table, ANY).map((element) => {
      const cells = own('[role=cell], [role=gridcell], [role=columnheader], [role=rowheader]', element, '[role=row]')
      return { element, cells, section: null, inHead: cells.length > 0 && cells.every((cell) => cell.matches('[role=columnheader]')) }
    })
    // Grids with pinned columns write a row in several pieces, and scrolled ones not in order; the numbers they give say what belongs where.
    if (!rows.every(({ element }) => number(element, 'aria-rowindex') !== null)) return rows
    const byIndex = new Map<number, Row>()
    for (const row of rows) {
      const index = number(row.element, 'aria-rowindex') ?? 0
      const before = byIndex.get(index)
      byIndex.set(index, before ? { ...before, cells: [...before.cells, ...row.cells] } : row)
    }
    return [...byIndex].sort(([a], [b]) => a - b).map(([, row]) => row)
  }

  const rows = ownRows().filter(({ cells }) => cells.length > 0)
  const headRows = rows.filter(({ inHead }) => inHead)
  // A head that a narrow page hides still names the columns.
  const shownHead = headRows.filter(({ element }) => isDisplayed(element))
  const head = shownHead.length > 0 ? shownHead : headRows.filter(({ element }) => getComputedStyle(element).display !== 'none')
  const body = rows.filter(({ element, inHead }) => !inHead && isDisplayed(element))

  const isHeader = (cell: Element) => cell.localName === 'th' && cell.getAttribute('scope') !== 'row'
  const isHeaderRow = ({ cells }: Row) => cells.some(isHeader) && cells.every((cell) => isHeader(cell) || textOf(cell) === '')
  const isSpanned = (cell: Element) => cell instanceof HTMLTableCellElement && (cell.colSpan > 1 || cell.rowSpan > 1)
  if (head.length === 0) {
    const [first] = body
    if (first && isHeaderRow(first)) head.push(first)
    // Where the first row groups columns, the next one names them.
    for (const row of body.slice(1)) {
      if (!head.at(-1)?.cells.some(isSpanned) || !isHeaderRow(row)) break
      head.push(row)
    }
    body.splice(0, head.length)
  }

  const toCell = (element: Element, withFields: boolean): Cell[] => {
    const { display, visibility } = getComputedStyle(element)
    if (!everything && display === 'none') return []
    const text = everything || visibility === 'visible' ? textOf(element, withFields) : ''
    if (element instanceof HTMLTableCellElement) return [isSpanned(element) || element.rowSpan === 0 ? [text, element.colSpan, element.rowSpan || 65_534, null] : text]
    const at = number(element, 'aria-colindex')
    const [columns, spanned] = [number(element, 'aria-colspan') ?? 1, number(element, 'aria-rowspan') ?? 1]
    return [at === null && columns === 1 && spanned === 1 ? text : [text, columns, spanned, at === null ? null : at - 1]]
  }
  const toSection = (section: Row[], withFields: boolean): Section => section.map(({ cells }) => cells.flatMap((cell) => toCell(cell, withFields)))
  const sections = [...new Set(body.map(({ section }) => section))].map((of) => body.filter(({ section }) => section === of))
  return { matches, head: toSection(head, false), body: sections.map((section) => toSection(section, true)) }
}
