import { z } from 'zod'
import { locate } from '../lib/locate.ts'
import { defineStep, done } from '../lib/step.ts'
import { targetSchema } from '../lib/target.ts'
import { uploadFiles } from '../lib/upload-files.ts'

const oneFile = z.union([z.string().min(1), z.object({ artifactId: z.string().min(1) })], { error: 'must be an artifact id or a file value with artifactId' })
const someFiles = z.union([oneFile, z.array(oneFile)])

/** A template gives one file or a list of them, alone or within a list. */
const files = z
  .preprocess((given) => [given].flat(2), z.array(oneFile).min(1, 'must name at least one file'))
  .transform((given) => given.map((one) => (typeof one === 'string' ? one : one.artifactId)))
  .meta({ ...(z.toJSONSchema(z.union([someFiles, z.array(someFiles)]), { io: 'input' }) as object), $schema: undefined })

export default defineStep({
  summary: 'Put files into a file field, or into the file chooser that an element opens.',
  config: z.strictObject({ target: targetSchema, files }),
  async run(context, { target, files: ids }) {
    const { signal, remainingMs, matchedTarget } = context
    const page = await context.page()
    const found = await locate(page, target, { signal, timeoutMs: remainingMs(), matchedTarget, state: 'attached' })
    const chosen = await uploadFiles(ids, context, page.context())
    const isField = await found.evaluate(
      (element) => {
        const field = element instanceof HTMLLabelElement ? element.control : element
        return field instanceof HTMLInputElement && field.type === 'file'
      },
      undefined,
      { signal, timeout: remainingMs() },
    )
    if (isField) await found.setInputFiles(chosen, { signal, timeout: remainingMs() })
    else {
      const limits = () => ({ signal, timeout: remainingMs() })
      const [chooser] = await Promise.all([page.waitForEvent('filechooser', limits()), found.click(limits())])
      await chooser.setFiles(chosen, limits())
    }
    return done({ count: ids.length })
  },
})
