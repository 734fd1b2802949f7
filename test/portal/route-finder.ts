import type { Handler, Routes } from './exchange.ts'

export type FoundRoute = { handler: Handler; params: Record<string, string> }

/** Finds the handler of a method and a path; a path that is spelled out wins over one with a `:name` in it. */
export function routeFinder(routes: Routes): (method: string, path: string) => FoundRoute | undefined {
  const patterns = Object.entries(routes)
    .map(([route, handler]) => {
      const [method = '', path = ''] = route.split(' ')
      return { method, parts: path.split('/'), handler }
    })
    .sort((one, other) => Number(one.parts.some(isName)) - Number(other.parts.some(isName)))

  return (method, path) => {
    const wanted = method === 'HEAD' ? 'GET' : method
    const parts = path.split('/')
    for (const pattern of patterns) {
      if (pattern.method !== '*' && pattern.method !== wanted) continue
      if (pattern.parts.length !== parts.length) continue
      if (!pattern.parts.every((part, index) => isName(part) || part === parts[index])) continue
      const names = pattern.parts.flatMap((part, index) => (isName(part) ? [[part.slice(1), parts[index] ?? '']] : []))
      return { handler: pattern.handler, params: Object.fromEntries(names) }
    }
    return undefined
  }
}

function isName(part: string): boolean {
  return part.startsWith(':')
}
