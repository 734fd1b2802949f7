/** The thread of `scan.ts`. Plain JavaScript: the loader of its parent is not needed here. */
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'

const client = new Sqlite(workerData, { readonly: true, timeout: 10_000 })
// On one picture of the store.
const ask = client.transaction((queries) => queries.map(({ sql, params }) => client.prepare(sql).raw().all(...params)))

parentPort.on('message', (queries) => {
  try {
    parentPort.postMessage({ answers: ask(queries) })
  } catch (error) {
    parentPort.postMessage({ fault: error.message })
  }
})
