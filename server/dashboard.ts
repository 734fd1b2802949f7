import type { Express, Request, RequestHandler } from 'express'
import { nanoid } from 'nanoid'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'

/** The dashboard as `npm run setup` built it. It knows no address of its own: it works under any host name, and below any path of a proxy. */

const DIST = fileURLToPath(new URL('../web/dist', import.meta.url))
const PAGE = join(DIST, 'index.html')

/** Addresses that are never a page of the dashboard. */
const OTHERS = /^\/(?:api|v1|docs|trace-viewer|assets|mcp)(?:\/|$)|\.\w+$/

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    // Mantine puts the theme's colours in a style element.
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    // A PDF that a run left, shown from memory.
    'frame-src blob:',
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ')

/** The way from the page that was asked for up to `/`, which is all that can be known behind a proxy that leaves out its own path. */
const baseOf = (path: string): string => '../'.repeat(path.split('/').length - 2) || './'

const isPage = (request: Request): boolean => !OTHERS.test(request.path) && request.accepts(['json', 'html']) === 'html'

/** Read anew when it was built anew. */
const createPage = (): ((nonce: string, base: string) => string) => {
  let builtAt = 0
  let text = ''
  return (nonce, base) => {
    const { mtimeMs } = statSync(PAGE)
    if (mtimeMs !== builtAt) text = readFileSync(PAGE, 'utf8')
    builtAt = mtimeMs
    return text.replaceAll('{{nonce}}', nonce).replaceAll('{{base}}', base)
  }
}

/** Whether there is a dashboard to serve. */
export const isBuilt = (): boolean => existsSync(PAGE)

export const serveDashboard = (app: Express): void => {
  const pageOf = createPage()
  // Their names change with their content. `dev` looks for them at each call: the dashboard may be built anew meanwhile.
  app.use('/assets', sirv(join(DIST, 'assets'), { dev: true, gzip: true, brotli: true, setHeaders: (response) => response.setHeader('cache-control', 'public, max-age=31536000, immutable') }) as RequestHandler)
  app.get(/.*/, (request, response, next) => {
    if (!isPage(request)) return next()
    const nonce = nanoid()
    response.set({ 'content-security-policy': policy(nonce), 'cache-control': 'no-store', vary: 'accept' }).type('html').send(pageOf(nonce, baseOf(request.path)))
  })
}
