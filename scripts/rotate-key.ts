/** Changes the encryption key of a data folder on which no server is at work. */
import { Problem } from '../runner/model/problem.ts'
import { readConfig } from '../server/config.ts'
import { rotateKey } from '../server/rotate-key.ts'

try {
  process.exitCode = (await rotateKey(readConfig(), (line) => console.log(line))) > 0 ? 1 : 0
} catch (error) {
  if (!(error instanceof Problem)) throw error
  console.error(error.message)
  process.exitCode = 1
}
