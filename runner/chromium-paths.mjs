/**
 * Where a Chromium may be, and whether one starts. Plain JavaScript, because `scripts/setup.mjs` reads it before any package is installed;
 * the server reads it through `find-chromium.ts`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Where systems keep theirs, the best first. */
export function systemChromiums(platform, home) {
  if (platform === 'darwin') {
    const apps = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome']
    return ['/Applications', `${home}/Applications`].flatMap((folder) => apps.map((app) => `${folder}/${app}`))
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  return ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((folder) => names.map((name) => `${folder}/${name}`))
}

/** Chromium without the browser around its pages, where Debian keeps it. It shows no PDF, so it is not looked for unless somebody asks for it. */
export const headlessShells = ['/usr/lib/chromium/chromium-headless-shell', '/usr/bin/chromium-headless-shell']

/**
 * Why the browser at `path` cannot be used; undefined when it starts. It is asked for its version, since a file that is there may be a
 * leftover that starts nothing (Ubuntu's `chromium-browser` without the snap), or lack a library.
 */
function chromiumFault(path) {
  if (!existsSync(path)) return 'there is no such file'
  const { status, stdout, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] })
  if (status === 0 && /\d+\.\d+/.test(stdout)) return undefined
  const reason = error?.message ?? stderr.trim().split('\n').at(-1)
  return `it does not start${reason ? `: ${reason}` : ''}`
}

/** The Chromium that `CHROMIUM_PATH` names, else the first of `candidates` that starts. */
export function chooseChromium(wanted, candidates) {
  if (wanted) {
    const why = chromiumFault(wanted)
    if (why === undefined) return { path: wanted }
    return { fault: `CHROMIUM_PATH is ${wanted}, but ${why}. Let it name a Chromium or Chrome, or unset it: then one is looked for.` }
  }
  const tried = []
  for (const path of candidates.filter(existsSync)) {
    const why = chromiumFault(path)
    if (why === undefined) return { path }
    tried.push(`${path} (${why})`)
  }
  return { fault: `No Chromium found${tried.length > 0 ? ` that can be used; tried ${tried.join(', ')}` : ''}.` }
}
