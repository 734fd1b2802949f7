import type { Response } from 'express'
import type { IncomingHttpHeaders } from 'node:http'
import type { z } from 'zod'
import type { Caller, Role } from './caller.ts'
import type { Services } from './start.ts'

/** An uploaded file, still under a temporary name; whoever stores it moves it away, what is left is removed after the call. */
export type Upload = { field: string; name: string; mimeType: string; path: string; sizeBytes: number }

/** A checked request. */
export type Call<P, Q, B> = {
  params: P
  query: Q
  body: B
  files: Upload[]
  headers: IncomingHttpHeaders
  /** Who calls; on a public route nobody has been asked. */
  caller: Caller
  /** Aborts when the client has gone. */
  signal: AbortSignal
  /** Method and path as called, for idempotency keys. */
  call: string
  /** What the server is called under by this client: `http://localhost:3000`. */
  origin: string
}

export type Answer =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** Writes and ends the response itself: a stream, a file. */
  | { respond: (response: Response) => Promise<void> }

type AnswerDoc = { description: string; schema?: z.ZodType; /** Another media type than JSON. */ type?: string }

/**
 * An endpoint: one file in `server/routes/`, whose default export is `defineRoute({…})`. The same schemas check requests and make
 * `/openapi.json`. A route catches nothing: a thrown `Problem` becomes the answer in one place (`app.ts`).
 */
export type Route<P extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType, B extends z.ZodType = z.ZodType> = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Express' spelling: `/api/v1/workflow-runs/:runId`. */
  path: string
  tag: string
  summary: string
  /** The least role that may call; `public` asks nobody who they are. */
  allow: Role | 'public'
  /** Who calls, where the address itself says so in place of credentials. */
  caller?: (services: Services, params: Record<string, string>) => Promise<Caller>
  params?: P
  query?: Q
  body?: B
  /** Takes multipart/form-data beside JSON: fields, bracket fields and files. */
  multipart?: boolean
  /** Answers without credentials where the query carries a signature; the route checks it. */
  signed?: boolean
  /** Is for people: problems are answered as pages, too. */
  pages?: boolean
  /** Public, and takes credentials in its body: wrong ones count as failed authentications. */
  takesCredentials?: boolean
  /** Starts something, so it honours `Idempotency-Key`. */
  idempotent?: boolean
  /** Changes nothing although it is no GET: it leaves no audit entry. */
  readsOnly?: boolean
  /** Every answer but the errors that any route may give. */
  answers: Record<number, AnswerDoc>
  handle(services: Services, call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>
}

export const defineRoute = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(route: Route<P, Q, B>): Route<P, Q, B> => route
