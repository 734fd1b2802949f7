import express, { type Request, type Response } from 'express'
import multer from 'multer'
import { rm } from 'node:fs/promises'
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

/** Counts what comes in, because a client may not say how much it sends. */
const limitTotal = (request: Request, maxBytes: number): Promise<never> =>
  new Promise((_resolve, reject) => {
    let total = 0
    request.on('data', (chunk: Buffer) => {
      total += chunk.length
      if (total > maxBytes) reject(problem('too_large', `The body is larger than ${maxBytes} bytes.`))
    })
  })

export const createReadBody = ({ uploadDir, maxUploadBytes }: { uploadDir: string; maxUploadBytes: number }): ReadBody => {
  const json = express.json({ limit: JSON_LIMIT, strict: false, type: ['application/json', 'application/*+json'] })
  const form = multer({
    dest: uploadDir,
    limits: { fileSize: maxUploadBytes, files: 100, fields: 1000, fieldSize: JSON_LIMIT, fieldNameSize: 300, parts: 1100 },
    defParamCharset: 'utf8',
  }).any()

  return async (request, response, { multipart }) => {
    const length = Number(request.headers['content-length'] ?? 0)
    const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined
    if (!hasBody) return { value: undefined, files: [] }
    if (multipart && request.is('multipart/form-data')) {
      if (length > maxUploadBytes) throw problem('too_large', `The body is larger than ${maxUploadBytes} bytes.`)
      try {
        await Promise.race([run(form, request, response), limitTotal(request, maxUploadBytes)])
      } catch (error) {
        for (const file of (request.files as Express.Multer.File[] | undefined) ?? []) await rm(file.path, { force: true })
        throw error
      }
      const files = ((request.files as Express.Multer.File[] | undefined) ?? []).map(({ fieldname, originalname, mimetype, path, size }) => ({
        field: fieldname,
        name: originalname,
        mimeType: mimetype,
        path,
        sizeBytes: size,
      }))
      return { value: request.body as unknown, files }
    }
    if (!request.is(['application/json', 'application/*+json']))
      throw problem('unsupported_media_type', `Send ${multipart ? 'multipart/form-data or ' : ''}application/json, not ${request.headers['content-type'] ?? 'a body without content-type'}.`)
    await run(json, request, response)
    return { value: request.body as unknown, files: [] }
  }
}
