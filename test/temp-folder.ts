import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * One folder for all that a run of the tests writes beside the project, taken away at its end: servers and Chromiums that tests kill leave theirs behind.
 * On macOS the temporary folder has a name so long that a socket of Chromium below another folder in it would have none.
 */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(process.platform === 'darwin' ? '/tmp' : tmpdir(), 'errand-tests-'))
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
