import { stringify } from 'csv-stringify/sync'
import { toFileValue } from '../../runner/model/artifact.ts'
import { convertItems, type Row } from '../lib/convert-items.ts'
import { extractConfig, type ExtractConfig, type Field } from '../lib/extract-config.ts'
import { checkWithSchema } from '../lib/json-schema.ts'
import { readFields, readList, type FieldToRead } from '../lib/read-items.ts'
import { readTable } from '../lib/read-table.ts'
import { named } from '../lib/safe-name.ts'
import { defineStep, done, type StepContext } from '../lib/step.ts'

const toRead = ([, { target, attribute, html, type, optional = false }]: [string, Field]): FieldToRead => ({ target, attribute, html, optional, boolean: type === 'boolean' })

/** What was read; of rows, also their columns in order. */
type Extracted = { fields: Row } | { columns: string[]; rows: Row[] }

async function read(context: StepContext, { fields, list, table }: ExtractConfig): Promise<Extracted> {
  const { signal, matchedTarget, timeoutMs, remainingMs } = context
  const page = await context.page()
  const options = { signal, timeoutMs: remainingMs(), matchedTarget }
  if (fields) {
    const entries = Object.entries(fields)
    const [row = {}] = convertItems(await readFields(page, entries.map(toRead), options), entries, { isList: false, url: page.url(), timeoutMs })
    return { fields: row }
  }
  if (table) return readTable(page, table.target, options)
  if (!list) return { fields: {} }
  const entries = Object.entries(list.fields)
  const items = await readList(page, { target: list.target, fields: entries.map(toRead), limit: list.limit ?? null, empty: list.optional ?? false }, options)
  const rows = convertItems(items, entries, { isList: true, url: page.url(), timeoutMs })
  return { columns: entries.map(([name]) => name), rows }
}

async function save(context: StepContext, given: Extracted, saveAs: 'csv' | 'json', name: string) {
  const found = context.shown(given)
  const data = 'rows' in found ? found.rows : found.fields
  // As it is: a value that begins with "=" is data here, and stays what it was for whoever reads the file by program.
  const csv = () => stringify('rows' in found ? found.rows : [], { header: true, columns: 'columns' in found ? found.columns : [], cast: { boolean: String } })
  const text = saveAs === 'csv' ? csv() : `${JSON.stringify(data, null, 2)}\n`
  const mimeType = saveAs === 'csv' ? 'text/csv' : 'application/json'
  return toFileValue(await context.saveArtifact({ type: 'extracted_data', name: named(name, `.${saveAs}`), mimeType, from: Buffer.from(text) }))
}

export default defineStep({
  summary: 'Read fields, a list or a table from the page.',
  config: extractConfig,
  async run(context, config) {
    const found = await read(context, config)
    const output = 'rows' in found ? { rows: found.rows, count: found.rows.length } : found.fields
    if (config.schema) checkWithSchema(config.schema, output, 'What was read')
    if (!config.saveAs) return done(output)
    return done({ ...output, artifact: await save(context, found, config.saveAs, config.name ?? 'extracted') })
  },
})
