import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']
const CLOSED_NETWORK = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A real Chromium for tests of steps: `CHROMIUM_PATH`, Playwright's own, or the system's. */
export function launchChromium(): Promise<Browser> {
  const executablePath = [process.env.CHROMIUM_PATH ?? '', chromium.executablePath(), ...SYSTEM].find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('No Chromium: set CHROMIUM_PATH or run `npm run setup`.')
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args: [...sandbox, ...CLOSED_NETWORK] })
}
