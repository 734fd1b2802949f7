import { Problem } from '../runner/model/problem.ts'
import { readConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { start, type Server } from './start.ts'

/** The process: starts the server, and hands its runs back on SIGTERM and SIGINT. The only place that ends the process. */

const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Problem || error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

const main = async (): Promise<void> => {
  const config = readConfig()
  const logger = createLogger(config)
  for (const warning of config.warnings) logger.warn({ warning }, 'setting')
  // A fault that nobody caught leaves the process in a state that nobody knows. Its runs go on from their checkpoints after the next start.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'uncaught')
    process.exit(1)
  })
  const server: Server = await start(config, { logger })
  logger.info({ url: server.url, dataDir: config.DATA_DIR, concurrency: config.MAX_CONCURRENT_RUNS }, 'listening')
  let stopping = false
  const stop = (signal: string): void => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
}

await main().catch(fail)
