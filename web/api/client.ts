/** Calls the API: as JSON, and with the caller's credentials where there are some. Used by the dashboard and the command line alike. */

/** What the API refused, in its own words. `code` is the slug of its answer; `unreachable` where there was none. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown
  constructor(status: number, { error, code, details }: { error: string; code: string; details?: unknown }) {
    super(error)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** What is wrong with a request, by path; empty for any other error. */
export const faultsOf = (error: unknown): { path: string; message: string }[] =>
  error instanceof ApiError && Array.isArray(error.details)
    ? error.details.filter((fault): fault is { path: string; message: string } => typeof fault === 'object' && fault !== null && 'path' in fault && 'message' in fault)
    : []

/** Files by the name of the input that they are given for. */
export type Files = Record<string, File[]>

/**
 * A body that may bring files: JSON where there are none, else a form in which the values are JSON text.
 * @param at what of the body the files belong to, `inputs` or `values`
 */
export const bodyWith = (body: Record<string, unknown>, at: string, files: Files): unknown => {
  const given = Object.entries(files).flatMap(([name, list]) => list.map((file) => ({ field: `${at}[${name}]`, file })))
  if (given.length === 0) return body
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) form.set(name, typeof value === 'string' ? value : JSON.stringify(value))
  for (const { field, file } of given) form.append(field, file)
  return form
}

type Query = Record<string, string | number | undefined>
export type CallOptions = { query?: Query; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal | undefined }

export type Client = {
  /** The address of a path of the API, wherever the server is. */
  address(path: string, query?: Query): string
  /** The answer as it came, when it is no error. @throws ApiError */
  fetch(method: string, path: string, options?: CallOptions): Promise<Response>
  /** The JSON of the answer. @throws ApiError */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>
}

const errorOf = async (response: Response): Promise<ApiError> => {
  const text = await response.text().catch(() => '')
  try {
    const { error, code, details } = JSON.parse(text) as { error: string; code: string; details?: unknown }
    if (typeof error === 'string') return new ApiError(response.status, { error, code, details })
  } catch {
    // A proxy in between speaks its own language.
  }
  return new ApiError(response.status, { error: `The server answered ${response.status} ${response.statusText}`.trim(), code: 'unexpected' })
}

/**
 * @param base where the server is found, with a slash at its end: `https://errand.example/below/a/path/`
 * @param token what the caller is known by now, an API key or a JWT; null from a trusted network
 */
export const createClient = (base: string, token: () => string | null): Client => {
  const address: Client['address'] = (path, query = {}) => {
    const url = new URL(path.replace(/^\//, ''), base)
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
    return url.href
  }
  const send: Client['fetch'] = async (method, path, { query, body, headers = {}, signal } = {}) => {
    const credentials = token()
    const isForm = body instanceof FormData
    const response = await fetch(address(path, query), {
      method,
      headers: {
        ...(credentials === null ? {} : { authorization: `Bearer ${credentials}` }),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error
      throw new ApiError(0, { error: 'The server cannot be reached.', code: 'unreachable' })
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }
  return {
    address,
    fetch: send,
    call: async <T>(method: string, path: string, options?: CallOptions) => {
      const response = await send(method, path, options)
      return (response.status === 204 ? undefined : await response.json()) as T
    },
  }
}
