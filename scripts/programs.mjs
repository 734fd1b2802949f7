/** Other programs, for what sets things up: uses only what Node brings. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const minutes = 60_000

/** Whether packages of the system may be installed without asking anybody. */
export function canApt() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

/** @returns whether they were installed; if not, it was said why */
export async function apt(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update'], { env, limitMs: 5 * minutes })
  const { ok, tail } = await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env, limitMs: 10 * minutes })
  if (!ok) process.stdout.write(`apt-get could not install ${packages.join(' ')}:\n${tail}\n`)
  return ok
}

/** Runs a program to its end. With `show` it speaks to the terminal itself, where there is one. */
export function run(command, args, { env, limitMs, show = false }) {
  const toTerminal = show && process.stdout.isTTY
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', toTerminal ? 'inherit' : 'pipe', toTerminal ? 'inherit' : 'pipe'], timeout: limitMs })
    let output = ''
    child.stdout?.on('data', (chunk) => (output += chunk))
    child.stderr?.on('data', (chunk) => (output += chunk))
    // A program that was stopped may leave others behind that hold its output open.
    child.on('exit', () => setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream?.destroy()), 2_000).unref())
    const done = (ok) => resolve({ ok, output, tail: output.trim().split('\n').slice(-15).join('\n') })
    child.on('error', (error) => {
      output += error.message
      done(false)
    })
    child.on('close', (code) => done(code === 0))
  })
}
