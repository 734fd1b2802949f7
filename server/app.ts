import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { rm } from 'node:fs/promises'
import type { z } from 'zod'
import { zodFaults } from '../runner/check-workflow.ts'
import { problem, toProblem, type Fault, type Problem } from '../runner/model/problem.ts'
import { audit } from './audit.ts'
import { challengeOf, type Authenticate } from './auth.ts'
import { createReadBody } from './body.ts'
import { assertRole, type Caller } from './caller.ts'
import { escapeHtml, sendPage } from './html.ts'
import type { FailureLimit, RateLimit } from './rate-limit.ts'
import type { Call, Route } from './route.ts'
import type { Services } from './start.ts'
import { serveStatic } from './static.ts'
import { statusOf } from './status.ts'

/** HTTP, once for all routes: who calls, what they sent, and what a problem looks like on the wire. */

const NOBODY: Caller = { kind: 'internal', org: '', userId: null, role: 'viewer', isMachine: false }

/** Every fault of the three parts of a request. @throws Problem `invalid_request` */
const check = (route: Route, given: { params: unknown; query: unknown; body: unknown }): { params: unknown; query: unknown; body: unknown } => {
  const faults: Fault[] = []
  const read = (schema: z.ZodType | undefined, value: unknown, base: string): unknown => {
    if (!schema) return undefined
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    faults.push(...zodFaults(parsed.error, base))
    return undefined
  }
  const checked = { params: read(route.params, given.params, ''), query: read(route.query, given.query, ''), body: read(route.body, given.body ?? {}, '') }
  if (faults.length === 0) return checked
  const shown = faults.slice(0, 3).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw problem('invalid_request', `${shown.join('; ')}${faults.length > 3 ? `; and ${faults.length - 3} more` : ''}`, { details: faults })
}

const originOf = (request: Request, publicUrl: string | undefined): string => publicUrl ?? `${request.protocol}://${request.headers.host ?? 'localhost'}`

/** The address of a hook, or of a question, is a credential: it is not for the log. */
const withoutToken = (path: string): string => path.replace(/^(\/api\/v1\/hooks\/|\/answer\/).*/, '$1…')

const sendProblem = (found: Problem, request: Request, response: Response): void => {
  const status = statusOf(found.code)
  if (response.headersSent) {
    // Too late for an answer: a broken connection is the only honest one left.
    response.destroy()
    return
  }
  if (status === 401) response.set('WWW-Authenticate', challengeOf(request))
  const internal = status === 500
  const code = internal ? 'internal' : found.code
  const message = internal ? 'Internal error.' : found.message
  const details = internal || found.details === undefined ? {} : { details: found.details }
  if (isPage(response)) return sendPage(response, status, problemPage(found, message))
  // Port's face says the same in Port's words.
  const body = request.path.startsWith('/v1/') ? { ok: false, error: code, message, ...details } : { error: message, code, ...details }
  response.status(status).json(body)
}

const PAGES = Symbol('pages')
const isPage = (response: Response): boolean => (response.locals as Record<symbol, unknown>)[PAGES] === true

const problemPage = ({ code, details }: Problem, message: string): { title: string; body: string } => {
  const faults = code === 'invalid_request' && Array.isArray(details) ? (details as Fault[]).map((fault) => `<li>${escapeHtml(`${fault.path.replace(/^values\./, '')}: ${fault.message}`)}</li>`) : []
  const again = code === 'invalid_request' ? '<p><a href="">Try again</a></p>' : ''
  const title = code === 'invalid_request' ? 'That is not the answer that was asked for.' : message
  return { title, body: `<h1>${escapeHtml(title)}</h1>${faults.length > 0 ? `<ul>${faults.join('')}</ul>` : ''}${again}` }
}

/** A literal segment is tried before a parameter in its place: `/cancel` before `/:runId`. */
const bySpecificity = (a: Route, b: Route): number => {
  const key = (path: string) => path.split('/').map((segment) => (segment.startsWith(':') ? '\uffff' : segment)).join('/')
  return key(a.path) < key(b.path) ? -1 : 1
}

export const createApp = (services: Services, routes: readonly Route[], { authenticate, limit, failureLimit }: { authenticate: Authenticate; limit: RateLimit; failureLimit: FailureLimit }): Express => {
  const { config, logger } = services
  const app = express()
  app.set('trust proxy', config.TRUST_PROXY)
  app.set('query parser', 'simple')
  app.set('etag', false)
  app.disable('x-powered-by')
  app.use(helmet({ contentSecurityPolicy: { directives: { 'upgrade-insecure-requests': null } }, strictTransportSecurity: false, crossOriginOpenerPolicy: false }))
  const readBody = createReadBody({ uploadDir: services.uploadDir, maxUploadBytes: config.MAX_UPLOAD_BYTES })

  const handle = (route: Route) => async (request: Request, response: Response) => {
    if (route.pages) (response.locals as Record<symbol, unknown>)[PAGES] = true
    const isOpen = route.allow === 'public' || (route.signed === true && 'signature' in request.query)
    const caller = isOpen
      ? NOBODY
      : route.caller
        ? await route.caller(services, request.params as Record<string, string>)
        : await failureLimit(request, response, () => authenticate(request))
    if (route.allow !== 'public' && !isOpen) {
      await limit(request, response, caller)
      assertRole(caller, route.allow)
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const { value, files } = route.body ? await readBody(request, response, { multipart: route.multipart === true }) : { value: undefined, files: [] }
    try {
      const checked = check(route, { params: request.params, query: request.query, body: value })
      const call: Call<unknown, unknown, unknown> = {
        ...checked,
        files,
        headers: request.headers,
        caller,
        signal: gone.signal,
        call: `${request.method} ${request.path}`,
        origin: originOf(request, config.PUBLIC_URL),
      }
      const answer = route.takesCredentials ? await failureLimit(request, response, () => route.handle(services, call), { brings: true }) : await route.handle(services, call)
      await audit(services, route, request, caller, answer)
      if ('respond' in answer) await answer.respond(response)
      else {
        response.status(answer.status).set({ 'cache-control': 'no-store', ...answer.headers })
        if (answer.body === undefined) response.end()
        else response.json(answer.body)
      }
    } finally {
      for (const file of files) await rm(file.path, { force: true })
    }
  }

  for (const route of [...routes].sort(bySpecificity)) app[route.method](route.path, handle(route))
  serveStatic(app, config)
  app.use((request: Request) => {
    throw problem('not_found', `There is nothing at ${request.method} ${request.path}.`)
  })
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const uriError = error instanceof URIError
    const found = uriError ? problem('invalid_request', 'The address is not well-formed.') : toProblem(error)
    if (statusOf(found.code) === 500) logger.error({ err: found.cause ?? found, method: request.method, path: withoutToken(request.path) }, 'request failed')
    sendProblem(found, request, response)
  })
  return app
}
