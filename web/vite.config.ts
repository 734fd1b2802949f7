import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Compressed once, here, and not for each who asks. */
const compressed = (): Plugin => ({
  name: 'compressed',
  writeBundle({ dir = '' }) {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(?:js|css|svg)$/.test(path))) {
      const text = readFileSync(join(dir, name))
      writeFileSync(join(dir, `${name}.gz`), gzipSync(text, { level: 9 }))
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(text))
    }
  },
})

/** `npm run dev:web` serves the sources on port 5173 and hands calls on to a server that listens where ERRAND_URL says. */
const target = process.env.ERRAND_URL ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root: import.meta.dirname,
  // Relative: the dashboard works below any path.
  base: './',
  // Browsers that know light-dark(): what stands in for it elsewhere does not go by the page's own switch.
  build: { target: 'es2023', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1000, reportCompressedSize: false },
  oxc: { jsx: { runtime: 'automatic' } },
  plugins: [compressed()],
  server: { proxy: Object.fromEntries(['/api', '/docs', '/trace-viewer', '/openapi.json'].map((path) => [path, { target }])) },
})
