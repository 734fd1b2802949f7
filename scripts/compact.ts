/** Makes the database of a data folder smaller on which no server is at work. */
import { Problem } from '../runner/model/problem.ts'
import { compactStore } from '../server/compact.ts'
import { readConfig } from '../server/config.ts'

try {
  console.log(await compactStore(readConfig()))
} catch (error) {
  if (!(error instanceof Problem)) throw error
  console.error(error.message)
  process.exitCode = 1
}
