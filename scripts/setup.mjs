/**
 * Sets everything up, on a fresh clone and a fresh machine: npm packages, a Chromium, and the dashboard. Uses only what Node brings. What was found is
 * kept in `node_modules/.errand-setup`, so that the next time costs next to nothing; two at once wait for each other.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chooseChromium, systemChromiums } from '../runner/chromium-paths.mjs'
import { apt, canApt, run } from './programs.mjs'
import { takeLock } from './setup-lock.mjs'
import { buildWeb, isWebCurrent } from './web-build.mjs'

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)))
const stampPath = join(root, 'node_modules/.errand-setup')
const minutes = 60_000
const wanted = process.env.CHROMIUM_PATH || undefined

/** A reason to stop that the reader can act on: shown without a stack. */
class Stop extends Error {}

const say = (line) => process.stdout.write(`${line}\n`)

async function main() {
  refuseOldNode()
  const known = readStamp()
  if (isCurrent(known) && isWebCurrent(root)) return say(`Set up already: npm packages, and ${known.chromium.path}.`)
  const release = await takeLock(root, say)
  try {
    if (isCurrent(readStamp()) && isWebCurrent(root)) return say('The other setup did it all.')
    if (!isCurrent(readStamp())) {
      await installPackages()
      const chromium = await getChromium()
      say(`Chromium: ${chromium}`)
      writeStamp(chromium)
    }
    await makeDashboard()
    say('Everything is set up.')
  } finally {
    release()
  }
}

async function makeDashboard() {
  if (isWebCurrent(root)) return
  say('Building the dashboard ...')
  await buildWeb(root).catch((error) => {
    throw new Stop(`The dashboard could not be built: ${error.message}`)
  })
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new Stop(`Errand needs Node 20.19 or newer, and this is Node ${process.versions.node}. Install a newer one: https://nodejs.org`)
}

// --- what was done before ------------------------------------------------------------------------------------------------------------

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return undefined
  }
}

function writeStamp(chromium) {
  const stamp = { packages: packagesMark(), chromium: { path: chromium, wanted: wanted ?? null, mtimeMs: statSync(chromium).mtimeMs } }
  try {
    writeFileSync(`${stampPath}.${process.pid}`, `${JSON.stringify(stamp, null, 2)}\n`)
    renameSync(`${stampPath}.${process.pid}`, stampPath)
  } catch {
    // Packages that another user installed: then everything is looked at each time, which takes a second.
  }
}

function isCurrent(stamp) {
  if (stamp?.packages !== packagesMark() || stamp.chromium?.wanted !== (wanted ?? null)) return false
  return existsSync(stamp.chromium.path) && statSync(stamp.chromium.path).mtimeMs === stamp.chromium.mtimeMs
}

/** Changes when the packages must be looked at again: other versions, or another Node, which needs another build of better-sqlite3. */
function packagesMark() {
  const lockfile = join(root, 'package-lock.json')
  const hash = createHash('sha256').update(readFileSync(existsSync(lockfile) ? lockfile : join(root, 'package.json')))
  return `${hash.digest('hex')} node-${process.versions.modules} ${process.platform}-${process.arch}${omitsDev() ? ' production' : ''}`
}

/** npm's own convention for leaving out what only development needs. */
function omitsDev() {
  return process.env.NODE_ENV === 'production' || (process.env.npm_config_omit ?? '').split(/\s/).includes('dev')
}

// --- npm packages --------------------------------------------------------------------------------------------------------------------

async function installPackages() {
  if (!packagesMatch()) {
    refuseLinkedPackages()
    say('Installing npm packages (a minute or two where better-sqlite3 has to be compiled) ...')
    const args = [existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install', '--no-audit', '--no-fund', '--loglevel=error']
    let installed = await npm(args, 20 * minutes)
    if (!installed.ok && lackingTools().length > 0 && canApt()) {
      say(`Installing ${lackingTools().join(', ')}, to compile better-sqlite3 ...`)
      if (await apt(['python3', 'make', 'g++'])) installed = await npm(args, 20 * minutes)
    }
    if (!installed.ok) throw new Stop(`npm could not install the packages:\n${installed.tail}\n${compilerHint()}`)
  }
  if (sqliteFault() === undefined) return
  say('Getting better-sqlite3 for this Node ...')
  const rebuild = (...more) => npm(['rebuild', 'better-sqlite3', '--ignore-scripts=false', '--loglevel=error', ...more], 15 * minutes)
  let rebuilt = await rebuild()
  if (sqliteFault() !== undefined) rebuilt = await rebuild('--build-from-source') // the prebuilt one may want a newer system
  const fault = sqliteFault()
  if (fault !== undefined) throw new Stop(`better-sqlite3 cannot be loaded: ${fault}\n${rebuilt.tail}\n${compilerHint()}`)
}

/** npm empties node_modules before it installs: through a link, somebody else's. */
function refuseLinkedPackages() {
  const path = join(root, 'node_modules')
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  throw new Stop(`node_modules is a link to ${realpathSync(path)}, whose packages are not those of package-lock.json. npm would empty it: remove the link and run "npm run setup" again.`)
}

/** Whether what npm noted about node_modules is what the lock file asks for. What was left out must be for other systems, or for development. */
function packagesMatch() {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages
    const asked = read('package-lock.json')
    const there = read('node_modules/.package-lock.json')
    return (
      Object.keys(there).every((path) => path in asked) &&
      Object.entries(asked).every(([path, { version, optional, devOptional, dev, peer }]) => {
        if (path === '') return true
        if (path in there) return there[path].version === version && existsSync(join(root, path))
        return optional || devOptional || peer || (dev && omitsDev())
      })
    )
  } catch {
    return false
  }
}

function sqliteFault() {
  const { status, stderr } = spawnSync(process.execPath, ['-e', `new (require('better-sqlite3'))(':memory:').close()`], { cwd: root, encoding: 'utf8' })
  if (status === 0) return undefined
  return /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim()
}

/** The npm that started this, so that both are of one version; else the one in PATH. */
function npm(args, limitMs) {
  const own = process.env.npm_execpath
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}` // what npm starts must be this Node, too
  const env = { ...process.env, PATH, ...headersBesideNode(), JOBS: process.env.JOBS ?? 'max' }
  const [command, ...first] = own && basename(own) === 'npm-cli.js' ? [process.execPath, own] : ['npm']
  return run(command, [...first, ...args], { env, limitMs, show: true })
}

/** Where a prebuilt better-sqlite3 cannot be fetched, neither can Node's headers: most installations of Node have them beside it. */
function headersBesideNode() {
  const prefix = dirname(dirname(realpathSync(process.execPath)))
  const header = join(prefix, 'include/node/node_version.h')
  if (process.env.npm_config_nodedir || !existsSync(header)) return {}
  const major = /NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(header, 'utf8'))?.[1]
  if (major !== process.versions.node.split('.')[0] || !existsSync(join(prefix, 'include/node/node.h'))) return {}
  return { npm_config_nodedir: prefix, npm_package_config_node_gyp_nodedir: prefix } // the second: for an npm that drops unknown settings
}

const lackingTools = () => ['python3', 'make', 'g++'].filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined)

function compilerHint() {
  const lacking = lackingTools()
  if (lacking.length === 0) return 'Then run "npm run setup" again.'
  const how = process.platform === 'darwin' ? 'xcode-select --install' : 'on Debian and Ubuntu: sudo apt-get install -y python3 make g++'
  return `better-sqlite3 is compiled where no prebuilt one can be fetched, and ${lacking.join(', ')} is not here (${how}). Then run "npm run setup" again.`
}

// --- Chromium ------------------------------------------------------------------------------------------------------------------------

async function getChromium() {
  let found = await lookForChromium()
  if ('path' in found) return found.path
  if (wanted) throw new Stop(found.fault)

  const playwright = join(root, 'node_modules/playwright-core/cli.js')
  const env = { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: process.env.PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT ?? '10000' }
  say(`${found.fault} Downloading the one that Playwright is made for (some 170 MB) ...`)
  const args = ['install', '--no-shell', 'chromium']
  const download = await run(process.execPath, [playwright, ...args], { env, limitMs: 10 * minutes })
  if (!download.ok) say(`That did not work: ${/Error: (.*)/.exec(download.output)?.[1] ?? 'it took too long'}.`)
  found = await lookForChromium()
  if ('path' in found) return found.path

  if (canApt()) {
    if (download.ok) {
      say('It lacks libraries. Installing them ...')
      await run(process.execPath, [playwright, 'install-deps', 'chromium'], { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, limitMs: 10 * minutes })
      found = await lookForChromium()
      if ('path' in found) return found.path
    }
    say("Installing the system's Chromium with apt-get ...")
    await apt(['chromium', 'fonts-liberation'])
    found = await lookForChromium()
    if ('path' in found) return found.path
  }
  throw new Stop(`${found.fault} None could be fetched either. Install Chromium or Chrome (${installHint()}) and run "npm run setup" again,
or let CHROMIUM_PATH name one that is already on this machine.`)
}

async function lookForChromium() {
  return chooseChromium(wanted, [...(await playwrightsChromium()), ...systemChromiums(process.platform, homedir())])
}

async function playwrightsChromium() {
  try {
    const { chromium } = await import(pathToFileURL(join(root, 'node_modules/playwright-core/index.mjs')).href)
    return [chromium.executablePath()]
  } catch {
    return []
  }
}

function installHint() {
  if (process.platform === 'darwin') return 'https://www.google.com/chrome, or brew install --cask chromium'
  return existsSync('/etc/debian_version') ? 'on Debian: sudo apt-get install -y chromium fonts-liberation' : "your system's package is mostly called chromium"
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Stop ? error.message : (error.stack ?? error)}\n`)
  process.exitCode = 1
})
