import { and, asc, eq, getTableColumns, is, isNotNull, sql, type SQL } from 'drizzle-orm'
import { getTableConfig, SQLiteTable, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { Db } from './open.ts'
import * as schema from './schema.ts'

/** Every sealed value of the store, wherever it stands: a column of bytes is one, so that nobody has to remember a new one. */

type SealedColumn = { table: SQLiteTable; tableName: string; name: string; column: SQLiteColumn; key: SQLiteColumn[] }

export const sealedColumns = (): SealedColumn[] =>
  Object.values(schema)
    .filter((table): table is SQLiteTable & typeof table => is(table, SQLiteTable))
    .flatMap((table) => {
      const { name: tableName, columns, primaryKeys } = getTableConfig(table)
      const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary)
      return Object.entries(getTableColumns(table))
        .filter(([, column]) => column.getSQLType() === 'blob')
        .map(([name, column]) => ({ table, tableName, name, column, key }))
    })

const BATCH = 100

type Row = { value: Buffer; key: unknown[] }

const inBatches = async (db: Db, { table, name, column, key }: SealedColumn, anew: (value: Buffer) => Buffer | null): Promise<number> => {
  const keyNames = key.map((_column, index) => `key${index}`)
  const tuple = (parts: SQL[]): SQL => sql`(${sql.join(parts, sql`, `)})`
  let changed = 0
  for (let last: Row | null = null, count = BATCH; count === BATCH; ) {
    const after: SQL | undefined = last ? sql`${tuple(key.map((part) => sql`${part}`))} > ${tuple(last.key.map((part) => sql`${part}`))}` : undefined
    const rows = await db.write(async (tx): Promise<Row[]> => {
      const found = await tx
        .select({ value: column, ...Object.fromEntries(key.map((part, index) => [keyNames[index], part])) })
        .from(table)
        .where(and(isNotNull(column), after))
        .orderBy(...key.map((part) => asc(part)))
        .limit(BATCH)
      const batch = found.map((row) => ({ value: row.value as Buffer, key: keyNames.map((part) => (row as Record<string, unknown>)[part]) }))
      for (const row of batch) {
        const value = anew(row.value)
        if (!value) continue
        await tx
          .update(table)
          .set({ [name]: value })
          .where(and(...key.map((part, index) => eq(part, row.key[index]))))
        changed++
      }
      return batch
    })
    count = rows.length
    last = rows.at(-1) ?? null
  }
  return changed
}

/**
 * Gives every sealed value of the store to `anew`, and stores what that answers; null leaves it. Some rows at a time, so that it may be stopped
 * half-way and begun again.
 * @returns how many values were stored anew
 */
export const resealAll = async (db: Db, anew: (value: Buffer, place: string) => Buffer | null): Promise<number> => {
  let changed = 0
  for (const sealed of sealedColumns()) changed += await inBatches(db, sealed, (value) => anew(value, sealed.tableName))
  return changed
}

/** One of the sealed values of each kind that a store is never without for long; none in a new one. */
export const someSealed = (db: Db): Promise<Buffer[]> =>
  db.read(async (query) => {
    const found: Buffer[] = []
    for (const { table, column } of sealedColumns().filter((one) => one.column.notNull)) {
      const [row] = await query.select({ value: column }).from(table).limit(1)
      if (row) found.push(row.value as Buffer)
    }
    return found
  })
