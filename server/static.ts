import express, { type Express } from 'express'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'
import { isBuilt, serveDashboard } from './dashboard.ts'

/**
 * Files of others, served as they are and without a network: Playwright's trace viewer and Swagger UI. Then the dashboard.
 */
const require = createRequire(import.meta.url)
const TRACE_VIEWER = join(dirname(require.resolve('playwright-core/package.json')), 'lib/vite/traceViewer')
const SWAGGER_UI = dirname(require.resolve('swagger-ui-dist/package.json'))

/** What the viewers need beyond `'self'`: their own inline styles and scripts, pictures from memory, and the service worker that unpacks traces. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' blob: data:",
  "worker-src 'self' blob:",
  "frame-src 'self' blob: data:",
  "frame-ancestors 'self'",
  "object-src 'none'",
].join('; ')

const SWAGGER_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Errand API</title><link rel="icon" href="docs/favicon-32x32.png"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true, tryItOutEnabled: true })</script>
</body></html>`

export const serveStatic = (app: Express, { WEB }: Pick<Config, 'WEB'>): void => {
  const policy = (_request: express.Request, response: express.Response, next: express.NextFunction): void => {
    response.set('content-security-policy', POLICY)
    next()
  }
  app.use('/trace-viewer', policy, express.static(TRACE_VIEWER, { index: 'index.html', redirect: true }))
  // Its addresses are relative, so that it works below a path of a proxy, too: one slash more would lead them astray.
  app.get('/docs', policy, ({ path }, response) => void (path.endsWith('/') ? response.redirect(301, '../docs') : response.type('html').send(SWAGGER_PAGE)))
  app.use('/docs', policy, express.static(SWAGGER_UI, { index: false }))
  if (WEB && isBuilt()) serveDashboard(app)
  // Without the dashboard, who opens the server in a browser finds the API. Relative, so that it holds behind a path prefix.
  else app.get('/', (_request, response) => response.redirect(302, 'docs'))
}
