import express, { type Request, type Response } from 'express'
import multer from 'multer'
import type { Writable } from 'node:stream'
import { problem, Problem } from '../runner/model/problem.ts'
import type { Upload } from './route.ts'

/** Reads request bodies: JSON up to 1 MB; multipart fields and files up to a limit in all, the files straight to disk. */

const JSON_LIMIT = 1_048_576

export type Body = { value: unknown; files: Upload[] }
export type ReadBody = (request: Request, response: Response, options: { multipart: boolean }) => Promise<Body>

type BodyError = Error & { type?: string; code?: string; status?: number; field?: string }

const bodyProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  const { type, code, status, message, field } = error as BodyError
  if (type === 'entity.parse.failed') return problem('invalid_request', `The body is not valid JSON: ${message}.`)
  if (type === 'entity.too.large') return problem('too_large', 'The body is larger than 1 MB.')
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') return problem('unsupported_media_type', `The body's encoding is not supported: ${message}.`)
  if (code?.startsWith('LIMIT_')) {
    const what = `${message}${field ? ` (${field})` : ''}`
    return code === 'LIMIT_FILE_SIZE' || code === 'LIMIT_FIELD_VALUE' ? problem('too_large', `${what}.`) : problem('invalid_request', `${what}.`)
  }
  if ((error as BodyError).code === 'ENOSPC') return problem('unavailable', 'The disk is full: the files could not be taken.', { cause: error })
  // busboy and the body parser throw plain errors for what a client got wrong: a missing boundary, a body cut off.
  if (status === undefined || status < 500) return problem('invalid_request', `The body could not be read: ${message}.`, { cause: error })
  return problem('internal', 'Internal error.', { cause: error })
}

const run = (middleware: express.RequestHandler, request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    void middleware(request, response, (error?: unknown) => (error ? reject(bodyProblem(error)) : resolve()))
  })

/**
 * Hands the body to the parser and counts it, because a client may not say how much it sends. Too much ends the parser, which takes away
 * what it has written; the rest of the body runs off unread.
 */
const pipeCounted = (request: Request, parser: Writable, maxBytes: number, refuse: (found: Problem) => void): void => {
  let total = 0
  request.on('data', (chunk: Buffer) => {
    total += chunk.length
    if (total <= maxBytes || parser.destroyed) return
    const found = tooMuch(maxBytes)
    request.unpipe(parser)
    parser.destroy(found)
    refuse(found)
  })
  request.pipe(parser)
}

const tooMuch = (maxBytes: number): Problem => problem('too_large', `The body is larger than ${maxBytes} bytes.`)

export const createReadBody = ({ uploadDir, maxUploadBytes }: { uploadDir: string; maxUploadBytes: number }): ReadBody => {
  const json = express.json({ limit: JSON_LIMIT, strict: false, type: ['application/json', 'application/*+json'] })
  const storage = multer.diskStorage({ destination: uploadDir })
  const limits = {
    fileSize: maxUploadBytes,
    files: 100,
    fields: 1000,
    fieldSize: JSON_LIMIT,
    fieldNameSize: 300,
    // A name such as inputs[a][4000000000] would make a list of that length.
    fieldArrayIndexLimit: 1000,
    fieldNestingDepth: 20,
    parts: 1100,
  }

  /** Files of a body that is refused or breaks off are taken away by multer. */
  const readForm = async (request: Request, response: Response): Promise<Body> => {
    let refuse: (found: Problem) => void = () => undefined
    const refused = new Promise<never>((_resolve, reject) => {
      refuse = reject
    })
    const streamHandler = (_request: Request, parser: Writable): void => pipeCounted(request, parser, maxUploadBytes, refuse)
    const options = { storage, limits, defParamCharset: 'utf8', streamHandler } as multer.Options
    await Promise.race([run(multer(options).any(), request, response), refused])
    const files = ((request.files as Express.Multer.File[] | undefined) ?? []).map(({ fieldname, originalname, mimetype, path, size }) => ({
      field: fieldname,
      name: originalname,
      mimeType: mimetype,
      path,
      sizeBytes: size,
    }))
    return { value: request.body as unknown, files }
  }

  return async (request, response, { multipart }) => {
    const length = Number(request.headers['content-length'] ?? 0)
    const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined
    if (!hasBody) return { value: undefined, files: [] }
    if (multipart && request.is('multipart/form-data')) {
      if (length > maxUploadBytes) throw tooMuch(maxUploadBytes)
      return readForm(request, response)
    }
    if (!request.is(['application/json', 'application/*+json']))
      throw problem('unsupported_media_type', `Send ${multipart ? 'multipart/form-data or ' : ''}application/json, not ${request.headers['content-type'] ?? 'a body without content-type'}.`)
    await run(json, request, response)
    return { value: request.body as unknown, files: [] }
  }
}
