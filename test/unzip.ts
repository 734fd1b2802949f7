import { fromBufferPromise } from 'yauzl'

/** The files of a zip, by name. */
export const unzip = async (bytes: Buffer): Promise<Map<string, Buffer>> => {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true })
  const files = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry()) files.set(entry.fileName, Buffer.concat((await (await zip.openReadStreamPromise(entry)).toArray()) as Buffer[]))
  return files
}
