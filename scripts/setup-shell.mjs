/**
 * Gets Chromium's headless shell where that takes no asking: most tests run in it, at half the processor time a page. Without it they run in the
 * Chromium that setup found, as those do that are about Chromium itself.
 */
import { existsSync } from 'node:fs'
import { headlessShells } from '../runner/chromium-paths.mjs'
import { apt, canApt } from './programs.mjs'

if (!process.env.CHROMIUM_PATH && !headlessShells.some(existsSync) && canApt()) {
  process.stdout.write("Installing Chromium's headless shell with apt-get, for the tests ...\n")
  await apt(['chromium-headless-shell'])
}
