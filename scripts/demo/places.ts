import { join } from 'node:path'
import pino from 'pino'
import { Problem } from '../../runner/model/problem.ts'
import { readConfig } from '../../server/config.ts'
import { lockDataDir } from '../../server/data-dir-lock.ts'
import { createLogger } from '../../server/logger.ts'
import { start, type Server } from '../../server/start.ts'
import { startPortal, type Portal } from '../../test/portal/portal.ts'

/** Where the demo takes place: a server and a portal that get in nobody's way. */

const MOST_DEMOS = 20

/** A folder that no other server is at work on: a demo that stays does not keep the next one from running. */
export const freeDataDir = async (parent: string): Promise<string> => {
  for (let number = 1; ; number++) {
    const dir = join(parent, number === 1 ? 'demo' : `demo-${number}`)
    try {
      await (await lockDataDir(dir)).close()
      return dir
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'unavailable' || number >= MOST_DEMOS) throw error
    }
  }
}

const onFreePort = async <T>(wanted: string, listen: (port: string) => Promise<T>): Promise<T> => {
  try {
    return await listen(wanted)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    return listen('0')
  }
}

export const openPortal = (securityCode: string): Promise<Portal> => onFreePort('4010', (port) => startPortal({ port: Number(port), securityCode }))

/** What Chromium itself said, out of all that Playwright reports when it does not start. */
const spoken = (message: string): string => [...new Set([...message.matchAll(/^\[pid=\d+\]\[(?:err|out)\] (.+)/gm)].map(([, line]) => `  ${line}`))].slice(0, 5).join('\n')

/** @throws Error when Chromium does not start */
export const assertChromium = async ({ services: { browsers, logger } }: Server): Promise<void> => {
  const fault = await browsers.ready().then(
    () => null,
    (error: unknown) => error,
  )
  if (fault === null) return
  logger.error({ err: fault }, 'Chromium does not start')
  throw new Error(`Chromium does not start. CHROMIUM_PATH can name another one. It said:\n${spoken((fault as Error).message)}`, { cause: fault })
}

/** With settings of its own: those of a server that runs beside it are not meant for it. */
export const openServer = (dataDir: string, { PORT = '3000', CHROMIUM_PATH }: NodeJS.ProcessEnv): Promise<Server> => {
  const log = pino.destination({ dest: join(dataDir, 'server.log'), append: false, sync: true })
  return onFreePort(PORT, (port) => {
    const config = readConfig({ PORT: port, DATA_DIR: dataDir, CHROMIUM_PATH })
    return start(config, { logger: createLogger(config, log) })
  })
}
