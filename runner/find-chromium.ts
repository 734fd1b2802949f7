import { homedir } from 'node:os'
import { chromium } from 'playwright-core'
import { chooseChromium, systemChromiums } from './chromium-paths.mjs'
import { problem } from './model/problem.ts'

/**
 * The Chromium to run: the one that `CHROMIUM_PATH` names, Playwright's own, or the system's. It has been started once, to tell its version.
 * @throws Problem `unavailable` that says what to do.
 */
export function findChromium(env: { CHROMIUM_PATH?: string | undefined }): string {
  const found = chooseChromium(env.CHROMIUM_PATH, [...playwrights(), ...systemChromiums(process.platform, homedir())])
  if ('path' in found) return found.path
  throw problem('unavailable', env.CHROMIUM_PATH ? found.fault : `${found.fault} "npm run setup" gets one; CHROMIUM_PATH can name one.`)
}

/** Playwright names a path even where it has installed nothing, and throws where it has no build for the system. */
function playwrights(): string[] {
  try {
    return [chromium.executablePath()]
  } catch {
    return []
  }
}
