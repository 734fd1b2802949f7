import { typeOf, withEnding } from './media-type.ts'

/** A file on its way into the artifacts. */
export type FoundFile = { name: string; mimeType: string; from: Uint8Array | { path: string } }

/** The file that a `data:` address holds. */
export async function dataFile(url: string): Promise<FoundFile> {
  const response = await fetch(url)
  const mimeType = typeOf(response.headers.get('content-type') ?? '', '')
  return { name: withEnding('download', mimeType), mimeType, from: new Uint8Array(await response.arrayBuffer()) }
}
