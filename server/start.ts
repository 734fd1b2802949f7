import type { Express } from 'express'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEventLog, type EventLog } from '../db/event-log.ts'
import { createFollowers, type Followers } from '../db/followers.ts'
import { openDb, type Db } from '../db/open.ts'
import { someSealed } from '../db/reseal.ts'
import { createArtifactFiles, type ArtifactFiles } from '../runner/artifacts.ts'
import { createBrowsers, type Browsers } from '../runner/browser.ts'
import { loadCatalog, type Catalog } from '../runner/catalog.ts'
import { createCore } from '../runner/core.ts'
import { createFetch, createPost, type EgressRules, type GuardedPost } from '../runner/egress.ts'
import type { Load } from '../runner/engine/admission.ts'
import { createEmbeddedEngine } from '../runner/engine/embedded.ts'
import type { Engine, Worker } from '../runner/engine/engine.ts'
import { findChromium } from '../runner/find-chromium.ts'
import { createJq, type Jq } from '../runner/jq.ts'
import { createPublisher } from '../runner/kafka.ts'
import type { Parts } from '../runner/parts.ts'
import { contextOptions } from '../runner/run-browser.ts'
import { createScreens, type Screens } from '../runner/screens.ts'
import { createSeal, type Seal } from '../runner/seal.ts'
import { createSigningSecrets, type SigningSecrets } from '../runner/signing.ts'
import { createAccessTokens, type AccessTokens } from './access-token.ts'
import { createApp } from './app.ts'
import { createAuth } from './auth.ts'
import { createBodyHash } from './body-hash.ts'
import { createClock, type Clock } from './clock.ts'
import { artifactsPath, chromiumEnvironment, databasePath, kafkaSettings, type Config } from './config.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { checkEncryptionKey, loadEncryptionKey } from './encryption-key.ts'
import { createLogger, type Logger } from './logger.ts'
import { createFormLinks, type FormLinks } from './form-link.ts'
import { startMeasuring } from './measure.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { startEventTriggers } from './event-triggers.ts'
import { startJobRuns } from './move-job-runs.ts'
import { startOrphans } from './orphans.ts'
import { isLoopback } from './networks.ts'
import { createFailureLimit, createRateLimit } from './rate-limit.ts'
import { startRetention } from './retention.ts'
import { loadRoutes } from './routes.ts'
import type { Route } from './route.ts'
import { startScheduler } from './scheduler.ts'
import { createSignedUrls, type SignedUrls } from './signed-url.ts'
import { createCallbackSecrets } from './webhook-secret.ts'
import { startSender } from './webhook-sender.ts'
import { startWebhooks } from './webhooks.ts'

/** The composition root: the only place where the parts are made and put together. Tests call the same function with other settings. */

/** What routes work with. */
export type Services = {
  config: Config
  logger: Logger
  clock: Clock
  db: Db
  log: EventLog
  followers: Followers
  catalog: Catalog
  jq: Jq
  seal: Seal
  files: ArtifactFiles
  engine: Engine
  browsers: Browsers
  /** Live pictures of the runs that execute in this process. */
  screens: Screens
  urls: SignedUrls
  formLinks: FormLinks
  hashBody: (body: unknown) => string
  /** Calls receivers of webhooks, where the operator lets it. */
  post: GuardedPost
  signingSecret: SigningSecrets
  /** What an org's callbacks are signed with that came without a secret. */
  callbackSecret(org: string): string
  accessTokens: AccessTokens
  /** Where uploads lie until they are stored or dropped. */
  uploadDir: string
  /** Aborts when the server begins to stop. */
  stopping: AbortSignal
  routes: readonly Route[]
  load(): { running: number; queued: number }
  metrics: Metrics
}

export type Server = AsyncDisposable & {
  /** `http://127.0.0.1:3000` */
  url: string
  services: Services
  /** Takes no more calls, hands its runs back, and lets everything go. */
  stop(): Promise<void>
}

/** How long open calls may go on after a stop was asked for. */
const DRAIN_MS = 2_000

const listen = (app: Express, { HOST, PORT }: Config): Promise<HttpServer> =>
  new Promise((resolve, reject) => {
    // Blocking calls may last as long as a run; a client that sends its request too slowly is cut off all the same.
    const server = createServer({ requestTimeout: 300_000, headersTimeout: 30_000, keepAliveTimeout: 65_000 }, app)
    server.once('error', reject)
    server.listen(PORT, HOST, () => resolve(server))
  })

/** The browsers of one Chromium, the server's own. @throws Problem `unavailable` when there is none */
const ownBrowsers = ({ CHROMIUM_PATH }: Config): OpenBrowsers => {
  const executablePath = findChromium({ CHROMIUM_PATH })
  return (tempDir) => createBrowsers({ executablePath, tempDir, env: chromiumEnvironment() })
}

/** @param tempDir for what a run's browser leaves on the disk until it is stored */
type OpenBrowsers = (tempDir: string) => Browsers

export type Overrides = { clock?: Clock; logger?: Logger; catalog?: Catalog; browsers?: OpenBrowsers; load?: Load }

/** @throws Problem or Error with one message for people when the server cannot start */
export const start = async (config: Config, overrides: Overrides = {}): Promise<Server> => {
  const clock = overrides.clock ?? createClock()
  const logger = overrides.logger ?? createLogger(config)
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 })
  const lock = await lockDataDir(config.DATA_DIR)
  const stopping = new AbortController()
  // What is started, in order; stopped the other way round, also when the start itself fails half-way.
  const started: (() => Promise<void>)[] = [() => lock.close()]
  const stopAll = async (): Promise<void> => {
    for (let stop = started.pop(); stop; stop = started.pop()) await stop().catch((error: unknown) => logger.error({ err: error }, 'stop failed'))
  }
  try {
    const key = loadEncryptionKey(config)
    const seal = createSeal(key)
    let opened: Db | null = null
    const open = (): Db => (opened ??= openDb(databasePath(config)))
    started.push(async () => opened?.close())
    await checkEncryptionKey(config.DATA_DIR, key, () => someSealed(open()))
    const openBrowsers = overrides.browsers ?? ownBrowsers(config)
    const db = open()
    const followers = createFollowers()
    const log = createEventLog(db, followers)
    const tempDir = join(config.DATA_DIR, 'tmp', 'browser')
    const uploadDir = join(config.DATA_DIR, 'tmp', 'uploads')
    // What a process that was killed had half taken in belongs to nobody.
    rmSync(uploadDir, { recursive: true, force: true })
    mkdirSync(uploadDir, { recursive: true, mode: 0o700 })
    const browsers = openBrowsers(tempDir)
    started.push(() => browsers.close())
    const jq = createJq()
    started.push(() => jq.close())
    const catalog = overrides.catalog ?? (await loadCatalog())
    const files = createArtifactFiles(artifactsPath(config))
    const onError = (error: unknown, runId: string): void => logger.error({ err: error, runId }, 'run fault')
    const engine = createEmbeddedEngine({ nowMs: clock.now, onError, ...(overrides.load && { load: overrides.load }) })
    const signingSecret = createSigningSecrets(key)
    const publisher = createPublisher(kafkaSettings(config))
    started.push(() => publisher.close())
    const egress: EgressRules = { allow: config.EGRESS_ALLOW, deny: config.EGRESS_DENY, allowPrivate: isLoopback(config.HOST) }
    const parts: Parts = {
      db,
      log,
      followers,
      browsers,
      catalog,
      jq,
      seal,
      files,
      publisher,
      fetch: createFetch(egress),
      signingSecret,
      now: clock.now,
      newId: clock.newId,
      random: clock.random,
      limits: { runTimeoutMs: config.RUN_TIMEOUT_MS, stepTimeoutMs: config.STEP_TIMEOUT_MS, leaseMs: config.LEASE_MS, parkMs: config.PARK_MS, mostParked: config.MAX_CONCURRENT_RUNS },
      poke: (runId) => void engine.poke(runId),
      onError,
    }
    const core = createCore(parts, { tempDir })
    started.push(() => core.close())
    let worker: Worker | null = null
    const routes = await loadRoutes()
    const accessTokens = createAccessTokens({ key, db, now: clock.now })
    const load = () => worker?.load() ?? { running: 0, queued: 0 }
    const services: Services = {
      config,
      logger,
      clock,
      db,
      log,
      followers,
      catalog,
      jq,
      seal,
      files,
      engine,
      browsers,
      screens: createScreens(core.browserOf),
      urls: createSignedUrls(key, clock.now),
      formLinks: createFormLinks(key),
      hashBody: createBodyHash(key),
      post: createPost(egress),
      signingSecret,
      callbackSecret: createCallbackSecrets(key),
      accessTokens,
      uploadDir,
      stopping: stopping.signal,
      routes,
      load,
      metrics: createMetrics({ db, config, browsers, load }),
    }
    const { authenticate } = createAuth({ config, db, now: clock.now, accessTokens })
    const http = await listen(createApp(services, routes, { authenticate, limit: createRateLimit(config), failureLimit: createFailureLimit(config) }), config)
    started.push(() => closeHttp(http))
    worker = await engine.work(core, { concurrency: config.MAX_CONCURRENT_RUNS })
    const { stop: stopWork } = worker
    started.push(() => stopWork())
    for (const startSink of [startEventTriggers, startScheduler, startJobRuns, startOrphans, startWebhooks, startMeasuring, startRetention]) {
      const sink = startSink(services)
      started.push(async () => sink[Symbol.asyncDispose]())
    }
    const { port } = http.address() as AddressInfo
    const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST
    const url = `http://${host}:${port}`
    const sender = startSender(services, config.PUBLIC_URL ?? url)
    started.push(async () => sender[Symbol.asyncDispose]())
    // The first run is not to wait for Chromium to start.
    void browsers.prepare(contextOptions(undefined)).catch(onPrepareFault(logger))
    const stop = async (): Promise<void> => {
      stopping.abort()
      await stopAll()
    }
    return { url, services, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stopAll()
    throw error
  }
}

const onPrepareFault = (logger: Logger) => (error: unknown) => logger.error({ err: error }, 'Chromium does not start')

const closeHttp = (server: HttpServer): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
