import { z } from 'zod'
import { toFileValue } from '../../runner/model/artifact.ts'
import { catchDownload } from '../lib/catch-download.ts'
import { dataFile, type FoundFile } from '../lib/data-file.ts'
import { fileAddress, goToFile } from '../lib/file-address.ts'
import { locate } from '../lib/locate.ts'
import { oneOf } from '../lib/one-of.ts'
import { safeName } from '../lib/safe-name.ts'
import { saveBlob } from '../lib/save-blob.ts'
import { defineStep, done } from '../lib/step.ts'
import { openTab } from '../lib/tab.ts'
import { targetSchema } from '../lib/target.ts'

export default defineStep({
  summary: 'Keep a file that the portal gives: by a click, however it then comes, or from an address.',
  config: z
    .strictObject({
      target: targetSchema.optional().meta({ description: 'What to click.' }),
      url: z.string().min(1).optional().meta({ description: 'Where the file is, asked for in the session of the browser; it may be relative to the page.' }),
      name: z.string().min(1).optional().meta({ description: 'What to call the file; as the server called it unless said otherwise.' }),
    })
    .superRefine(oneOf('target', 'url')),
  async run(context, { target, url, name }) {
    const { signal, remainingMs, matchedTarget, log } = context
    const page = await context.page()
    const limits = () => ({ signal, timeoutMs: remainingMs() })
    const warn = (message: string) => log('WARN', message)
    const save = async (file: FoundFile) => done(toFileValue(await context.saveArtifact({ type: 'download', ...file, name: safeName(name ?? file.name) })))

    const asked = url === undefined ? undefined : fileAddress(url, page.url())
    if (asked?.startsWith('data:')) return save(await dataFile(asked))
    if (asked?.startsWith('http')) {
      await using own = await openTab(page)
      await using caught = await catchDownload(own.tab, { ...limits(), asked, warn })
      goToFile(own.tab, asked, { from: page.url(), ...limits() })
      return await save(await caught.file(limits()))
    }
    await using caught = await catchDownload(page, { ...limits(), warn })
    if (asked !== undefined) await saveBlob(page.mainFrame(), asked)
    else if (target !== undefined) await (await locate(page, target, { ...limits(), matchedTarget })).click({ noWaitAfter: true, signal, timeout: remainingMs() })
    return await save(await caught.file(limits()))
  },
})
