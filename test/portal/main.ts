import { parseArgs } from 'node:util'
import { startPortal } from './portal.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4010' } } })
const port = Number(values.port)
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port must be a number between 0 and 65535, not "${values.port}".`)
  process.exit(2)
}

const portal = await startPortal({ port }).catch((fault: Error) => {
  console.error(`The practice portal could not start: ${fault.message}`)
  process.exit(1)
})
console.log(`Practice portal: ${portal.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void portal.close())
