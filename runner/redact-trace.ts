import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { ZipFile as ZipWriter } from 'yazl'
import { createTraceContent, type TraceContent } from './trace-content.ts'

/** What is larger is not held in memory to be looked through: it is left out. Bytes. */
const LARGEST_BODY = 10_000_000
const LARGEST_LINE = 50_000_000
/** Lines are written together up to this. */
const CHUNK = 65_536

const LINES = /\.(?:trace|network|stacks)$/
const BODIES = 'resources/'

const entriesOf = async (zip: ZipFile): Promise<Entry[]> => {
  const entries: Entry[] = []
  for await (const entry of zip.eachEntry()) entries.push(entry)
  return entries
}

/** They are hashes of what is in the files, and would tell a short secret to whoever tries all there are. */
const newNames = (entries: readonly Entry[]): Map<string, string> => {
  const salt = randomBytes(16)
  const bodies = entries.map(({ fileName }) => fileName).filter((name) => name.startsWith(BODIES))
  return new Map(bodies.map((name) => [name, BODIES + createHash('sha1').update(salt).update(name).digest('hex') + extname(name)]))
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer): void => {
    size += part.length
    if (size <= LARGEST_LINE) parts.push(part)
    else parts = []
  }
  const take = (): string => {
    const line = Buffer.concat(parts).toString()
    parts = []
    size = 0
    return line
  }
  for await (const chunk of stream) {
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, at))
      yield take()
      from = at + 1
    }
    add(chunk.subarray(from))
  }
  yield take()
}

async function* redactedLines(stream: AsyncIterable<Buffer>, content: TraceContent): AsyncGenerator<Buffer> {
  let text = ''
  for await (const line of linesOf(stream)) {
    const shown = line === '' ? null : content.line(line)
    if (shown !== null) text += `${shown}\n`
    if (text.length < CHUNK) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

/** @returns what is to be stored of a file of the trace; null for nothing */
const redacted = async (zip: ZipFile, entry: Entry, content: TraceContent): Promise<Readable | null> => {
  const { fileName, uncompressedSize } = entry
  if (LINES.test(fileName)) return Readable.from(redactedLines(await zip.openReadStreamPromise(entry), content))
  if (uncompressedSize > LARGEST_BODY) return null
  const bytes = Buffer.concat((await (await zip.openReadStreamPromise(entry)).toArray()) as Buffer[])
  const shown = content.body(fileName, bytes)
  return shown && Readable.from([shown])
}

/**
 * Writes a Playwright trace anew without the secrets of its run, one file of it at a time. Without any it loses only what opens a session: cookies
 * and credentials that were sent.
 *
 * @param from the zip that Playwright wrote
 * @param secrets every value that the run knows
 * @throws Error when it cannot be read or written; what is at `to` then is not whole
 */
export const redactTrace = async (from: string, to: string, secrets: readonly string[]): Promise<void> => {
  const zip = await openPromise(from, { lazyEntries: true, autoClose: false })
  try {
    const entries = await entriesOf(zip)
    const names = newNames(entries)
    const content = createTraceContent(secrets, (name) => names.get(name))
    const writer = new ZipWriter()
    const failed = new Promise<never>((_, reject) => void writer.on('error', reject))
    const written = pipeline(writer.outputStream, createWriteStream(to, { mode: 0o600 }))
    written.catch(() => undefined)
    failed.catch(() => undefined)
    for (const entry of entries) {
      const source = await redacted(zip, entry, content)
      if (!source) continue
      writer.addReadStream(source, names.get(entry.fileName) ?? entry.fileName)
      // Only now the next, so that one at a time is held in memory. Whoever writes may fail in the meantime.
      await Promise.race([finished(source), written, failed]).finally(() => source.destroy())
    }
    writer.end()
    await Promise.race([written, failed])
  } finally {
    zip.close()
  }
}
