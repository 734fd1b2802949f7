import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Route } from './route.ts'

const ROUTES = fileURLToPath(new URL('./routes', import.meta.url))

/** Every file in `routes/` is an endpoint. */
export const loadRoutes = async (): Promise<Route[]> => {
  const files = readdirSync(ROUTES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name))
  return Promise.all(
    files.sort().map(async (name) => {
      const module = (await import(pathToFileURL(join(ROUTES, name)).href)) as { default: Route }
      return module.default
    }),
  )
}
