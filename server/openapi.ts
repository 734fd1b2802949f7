import { z } from 'zod'
import type { Route } from './route.ts'
import { portErrorWire } from './port-wire.ts'
import { errorWire } from './wire.ts'

/** OpenAPI 3.1 made from the schemas that check requests: what it says is what happens. @see https://spec.openapis.org/oas/v3.1.1.html */

type Json = Record<string, unknown>

/** What any route may answer beside its own. */
const ERRORS: Record<number, string> = {
  400: 'The request is malformed or invalid; `details` lists all faults.',
  401: 'Not authenticated.',
  403: 'Not allowed.',
  404: 'Unknown, or hidden from the caller.',
  413: 'Too large.',
  415: 'Not a content type that this takes.',
  429: 'Too many calls; `Retry-After` says when.',
  500: 'A fault of the server.',
}

/** zod's schemas as components, by the `id` in their `meta`; nothing else is shared. */
const createComponents = () => {
  const schemas: Record<string, Json> = {}
  const convert = (schema: z.ZodType, io: 'input' | 'output'): Json => {
    const { $schema: _dialect, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Json & { $defs?: Record<string, Json> }
    const rename = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(rename)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .filter(([key]) => key !== 'id' || typeof (value as Json).id !== 'string')
          .map(([key, inner]) => (key === '$ref' && typeof inner === 'string' ? [key, inner.replace('#/$defs/', '#/components/schemas/')] : [key, rename(inner)])),
      )
    }
    for (const [name, definition] of Object.entries($defs)) schemas[name] ??= rename(definition) as Json
    const id = (schema.meta() as { id?: string } | undefined)?.id
    const body = rename(root) as Json
    if (!id) return body
    if (!('$ref' in body)) schemas[id] ??= body
    return { $ref: `#/components/schemas/${id}` }
  }
  return { schemas, convert }
}

const properties = (schema: z.ZodType | undefined): [string, Json, boolean][] => {
  if (!schema) return []
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(json.properties ?? {}).map(([name, property]) => [name, property, json.required?.includes(name) ?? false])
}

const parameters = (route: Route): Json[] => [
  ...properties(route.params).map(([name, schema]) => ({ name, in: 'path', required: true, schema })),
  ...properties(route.query).map(([name, { description, ...schema }, required]) => ({ name, in: 'query', required, schema, ...(description ? { description } : {}) })),
  ...(route.idempotent
    ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 }, description: 'The same key with the same body gets the first answer again, for 24 hours.' }]
    : []),
]

/** A form's fields: objects as JSON text, or as bracket fields; files beside them. */
const formSchema = (body: Json): Json => ({
  description: 'As multipart/form-data: `inputs`, `envs` and `values` as JSON text in one field, or as bracket fields (`inputs[month]=2026-01`, `values[code]=123456`); files as `inputs[doc]=@file`, `values[doc]=@file`.',
  allOf: [body],
})

const operation = (route: Route, convert: (schema: z.ZodType, io: 'input' | 'output') => Json): Json => {
  const body = route.body ? convert(route.body, 'input') : null
  const error = { 'application/json': { schema: { $ref: `#/components/schemas/${route.path.startsWith('/v1/') ? 'PortError' : 'Error'}` } } }
  const answers = Object.entries(route.answers).map(([status, { description, schema, type }]) => {
    const content = Number(status) >= 400 && !schema ? error : schema ? { [type ?? 'application/json']: { schema: convert(schema, 'output') } } : type ? { [type]: { schema: { type: 'string' } } } : null
    return [status, { description, ...(content && { content }) }]
  })
  const errors = Object.entries(ERRORS)
    .filter(([status]) => !(status in route.answers) && (route.allow !== 'public' || status === '500'))
    .map(([status, description]) => [status, { description, content: error }])
  return {
    operationId: route.summary
      .replace(/[^A-Za-z ]/g, '')
      .split(' ')
      .slice(0, 8)
      .map((word, index) => (index === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
      .join(''),
    tags: [route.tag],
    summary: route.summary,
    ...(route.allow === 'public' || route.caller ? { security: [] } : { description: `Least role: ${route.allow}.` }),
    parameters: parameters(route),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: body }, ...(route.multipart && { 'multipart/form-data': { schema: formSchema(body) } }) } },
    }),
    responses: Object.fromEntries([...answers, ...errors]),
  }
}

export const openApi = (routes: readonly Route[], origin: string): Json => {
  const { schemas, convert } = createComponents()
  convert(errorWire, 'output')
  convert(portErrorWire, 'output')
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route, convert) }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Errand', version: '1', description: 'Runs workflows in web portals that have no API.', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: origin }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A JWT, or an API key that begins with er_. Calls from a trusted network need neither.' } },
    },
  }
}
