/** The public API, called as any program would call it. */
export type Api = {
  url: string
  /** Sends a request and gives the response, whatever its status. @throws Error when no response comes */
  send(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>
  /** Calls with JSON. @throws Error with the API's own sentence when it refuses */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  /** The same, with a refusal as a value. */
  tryCall<T>(method: string, path: string, body?: unknown): Promise<{ ok: true; body: T } | { ok: false; status: number; error: string }>
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

/** The sentence in which the API says why not. */
const refusalOf = async (response: Response): Promise<string> => {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { error: string }).error
  } catch {
    return `it answered ${response.status}: ${text.slice(0, 200)}`
  }
}

/** @param always takes back what is still being asked, unless the call has a signal of its own */
export const createApi = (url: string, always: AbortSignal): Api => {
  const send: Api['send'] = async (method, path, { body, headers = {}, signal = always } = {}) => {
    const sent = body === undefined ? { headers } : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
    try {
      return await fetch(`${url}${path}`, { method, signal, ...sent })
    } catch (error) {
      signal.throwIfAborted()
      throw new Error(`The server did not answer ${method} ${path}: ${reasonOf(error)}`, { cause: error })
    }
  }
  const tryCall: Api['tryCall'] = async <T>(method: string, path: string, body?: unknown) => {
    const response = await send(method, path, { body })
    if (response.ok) return { ok: true, body: (await response.json()) as T }
    return { ok: false, status: response.status, error: await refusalOf(response) }
  }
  const call: Api['call'] = async <T>(method: string, path: string, body?: unknown) => {
    const answer = await tryCall<T>(method, path, body)
    if (answer.ok) return answer.body
    throw new Error(`The server refused ${method} ${path}: ${answer.error}`)
  }
  return { url, send, call, tryCall }
}
