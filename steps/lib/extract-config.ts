import { z } from 'zod'
import { jsonSchema } from './json-schema.ts'
import { oneOf } from './one-of.ts'
import { targetSchema, type Target } from './target.ts'

const field = z
  .strictObject({
    target: targetSchema.optional().meta({ description: 'In a list: looked for within the item; the item itself when it is absent or ".".' }),
    attribute: z.string().min(1).optional().meta({ description: 'Read this attribute in place of the text; addresses are made absolute.' }),
    html: z.boolean().optional().meta({ description: 'Read the HTML within the element in place of its text.' }),
    type: z.enum(['string', 'number', 'integer', 'boolean', 'date']).optional().meta({ description: 'What the text is read as; dates become YYYY-MM-DD.' }),
    optional: z.boolean().optional().meta({ description: 'Nothing there is null, and is not waited for.' }),
    decimal: z.enum(['.', ',']).optional().meta({ description: 'The sign before the fraction, where "1,234" could be either; else the language of the page decides.' }),
    dayFirst: z.boolean().optional().meta({ description: 'Whether 03/04/2026 is the third of April.' }),
  })
  .superRefine(({ html, attribute, type }, context) => {
    if (html && attribute !== undefined) context.addIssue({ code: 'custom', path: ['html'], message: 'Give one of attribute or html, not both.' })
    if (html && type !== undefined && type !== 'string') context.addIssue({ code: 'custom', path: ['type'], message: 'HTML is a string.' })
  })
export type Field = z.output<typeof field>

const fields = z.record(z.string().min(1), field).refine((given) => Object.keys(given).length > 0, 'Name at least one field.')

const isOfPage = (target: Target | undefined) => target !== undefined && [target].flat().every((one) => one !== '.')
const hasFrame = (target: Target | undefined) => [target ?? []].flat().some((one) => typeof one !== 'string' && one.frame !== undefined)

export const extractConfig = z
  .strictObject({
    fields: fields.optional(),
    list: z
      .strictObject({
        target: targetSchema,
        fields,
        limit: z.int().min(1).optional(),
        optional: z.boolean().optional().meta({ description: 'No item is an empty list, and none is waited for.' }),
      })
      .optional(),
    table: z.strictObject({ target: targetSchema }).optional().meta({ description: 'Every row of the table, keyed by its header row.' }),
    schema: jsonSchema.optional().meta({ description: 'A JSON Schema (draft 2020-12) that the output must match.' }),
    saveAs: z.enum(['csv', 'json']).optional().meta({ description: 'Keep what was read as a file, too.' }),
    name: z.string().min(1).optional().meta({ description: 'The name of that file.' }),
  })
  .superRefine(oneOf('fields', 'list', 'table'))
  .superRefine((given, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (given.fields && given.saveAs === 'csv') fault(['saveAs'], 'Only rows can be saved as CSV: those of a list or a table.')
    if (given.fields && given.saveAs && 'artifact' in given.fields) fault(['fields', 'artifact'], 'With saveAs, "artifact" is the file; call the field something else.')
    if (given.name !== undefined && given.saveAs === undefined) fault(['name'], 'A name needs saveAs.')
    for (const [name, { target }] of Object.entries(given.fields ?? {})) if (!isOfPage(target)) fault(['fields', name, 'target'], 'A field of the page needs a target.')
    for (const [name, { target }] of Object.entries(given.list?.fields ?? {}))
      if (hasFrame(target)) fault(['list', 'fields', name, 'target'], 'A field of a list is looked for within its item and has no frame of its own.')
  })
export type ExtractConfig = z.output<typeof extractConfig>
