import { z } from 'zod'
import { problem } from '../../runner/model/problem.ts'
import { toFileValue } from '../../runner/model/artifact.ts'
import { whileHidden } from '../lib/while-hidden.ts'
import { named } from '../lib/safe-name.ts'
import { defineStep, done } from '../lib/step.ts'
import { within } from '../lib/within.ts'

const length = z.union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?(px|in|cm|mm)?$/, 'must be a length such as "10mm", "1in" or a number of pixels')]).optional()

export default defineStep({
  summary: 'Print the page into a PDF file.',
  config: z.strictObject({
    format: z.enum(['Letter', 'Legal', 'Tabloid', 'Ledger', 'A0', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6']).optional().meta({ description: 'A4 unless said otherwise.' }),
    width: length,
    height: length,
    landscape: z.boolean().optional(),
    printBackground: z.boolean().optional().meta({ description: 'Print background colours and pictures.' }),
    scale: z.number().min(0.1).max(2).optional(),
    margin: z.strictObject({ top: length, right: length, bottom: length, left: length }).optional(),
    pageRanges: z.string().regex(/^\s*\d+(\s*-\s*\d*)?(\s*,\s*\d+(\s*-\s*\d*)?)*\s*$/, 'must be page numbers such as "1-3, 5"').optional(),
    preferCSSPageSize: z.boolean().optional().meta({ description: 'Take the size that the page itself names in its styles.' }),
    displayHeaderFooter: z.boolean().optional(),
    headerTemplate: z.string().optional().meta({ description: 'HTML; the classes date, title, url, pageNumber and totalPages are filled in.' }),
    footerTemplate: z.string().optional(),
    outline: z.boolean().optional().meta({ description: 'Make bookmarks out of the headings.' }),
    tagged: z.boolean().optional().meta({ description: 'Make it accessible to screen readers.' }),
    name: z.string().min(1).optional().meta({ description: 'The name of the file.' }),
  }),
  async run(context, { name = 'page', format, ...options }) {
    const { signal, remainingMs, timeoutMs } = context
    const page = await context.page()
    const sized = options.width === undefined && options.height === undefined ? { format: format ?? 'A4' } : { format }
    const header = options.headerTemplate !== undefined || options.footerTemplate !== undefined ? { displayHeaderFooter: true } : {}
    const from = await whileHidden(page, context.masks(), () =>
      within(page.pdf({ ...header, ...sized, ...options }), { signal, timeoutMs: remainingMs() }, () => {
        throw problem('step_timeout', `The page was not printed within ${timeoutMs} ms on ${page.url()}.`)
      }),
    )
    return done(toFileValue(await context.saveArtifact({ type: 'pdf', name: named(name, '.pdf'), mimeType: 'application/pdf', from })))
  },
})
