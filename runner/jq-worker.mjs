/**
 * The thread that jq runs in. Plain JavaScript, because a worker is not given the parent's TypeScript loader.
 *
 * jq-wasm's own way in and out copies the whole text for every byte (100 kB take 0.4 s), never gives its stack back (a long-lived instance
 * breaks after some 400 programs) and tells programs the path of this file in `env`. So jq's `main` is called directly here, and the few
 * system calls it makes are answered here: it sees its input, its output, and nothing else of this machine. Memory is put back to how it
 * was before each program, so that no program can leave anything for the next one. Whatever goes wrong below jq itself ends the thread.
 */
import { readlinkSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import startJq from 'jq-wasm/dist/build/jq.js'

const maxOutputBytes = 16 * 1024 * 1024
const maxOutputLines = 100_000
const notFound = -44
const inputDescriptor = 3

let input = new Uint8Array()
let read = 0
let output
let errors
/** Of the one instance; set as it is made. */
let memory
let stackAlloc

/** Thrown through jq when its output is too much; jq's memory is not to be trusted after that. */
class TooMuch extends Error {}

const sink = () => ({ chunks: [], bytes: 0, lines: 0 })

const textOf = ({ chunks }) => new TextDecoder().decode(Buffer.concat(chunks))

/** The pieces of memory that one read or write names: pairs of address and length. */
const slices = (vectors, count) => {
  const words = new Uint32Array(memory.buffer, vectors, count * 2)
  return Array.from({ length: count }, (_, index) => new Uint8Array(memory.buffer, words[index * 2], words[index * 2 + 1]))
}

const setWord = (address, value) => {
  new Uint32Array(memory.buffer, address, 1)[0] = value
  return 0
}

const systemCalls = {
  ___syscall_openat: () => inputDescriptor,
  ___syscall_stat64: () => notFound,
  ___syscall_lstat64: () => notFound,
  ___syscall_newfstatat: () => notFound,
  ___syscall_readlinkat: () => notFound,
  _fd_close: () => 0,
  _environ_get: () => 0,
  _environ_sizes_get: (count, size) => setWord(count, 0) || setWord(size, 0),
  _fd_read(_descriptor, vectors, count, done) {
    const start = read
    for (const slice of slices(vectors, count)) {
      const part = input.subarray(read, read + slice.length)
      slice.set(part)
      read += part.length
    }
    return setWord(done, read - start)
  },
  _fd_write(descriptor, vectors, count, done) {
    const to = descriptor === 1 ? output : errors
    let written = 0
    for (const slice of slices(vectors, count)) {
      written += slice.length
      to.chunks.push(slice.slice())
      for (let at = slice.indexOf(10); at >= 0; at = slice.indexOf(10, at + 1)) to.lines++
    }
    to.bytes += written
    if (to.bytes > maxOutputBytes || to.lines > maxOutputLines) throw new TooMuch()
    return setWord(done, written)
  },
}

// The package has no hook for its imports and hides its instance: both pass through this one call. The build shortened all names, but the
// imports are named functions, and the exports can be told apart by what they are.
const { instantiate } = WebAssembly
WebAssembly.instantiate = async (bytes, imports) => {
  const found = new Set(Object.values(imports.a).map((call) => call.name))
  const missing = Object.keys(systemCalls).filter((name) => !found.has(name))
  if (missing.length > 0) throw new Error(`This build of jq-wasm has no ${missing.join(', ')}.`)
  for (const [key, call] of Object.entries(imports.a)) imports.a[key] = systemCalls[call.name] ?? call
  const result = await instantiate(bytes, imports)
  const exported = Object.values(result.instance.exports)
  memory = exported.find((value) => value instanceof WebAssembly.Memory)
  stackAlloc = exported.find((value) => typeof value === 'function' && value.length === 1 && typeof value(0) === 'number')
  return result
}
Object.assign(console, { error() {} }) // the package prints `Aborted()`

// The package computes dates through the local time of this machine, where some hours of some days do not exist: `fromdate` of such an hour
// is an hour off. Here the local time is UTC, as it is in a workflow.
globalThis.Date = class extends Date {
  constructor(...parts) {
    super(...(parts.length > 1 ? [Date.UTC(...parts)] : parts))
  }
  getTimezoneOffset() {
    return 0
  }
}
for (const part of ['Seconds', 'Minutes', 'Hours', 'Date', 'Day', 'Month', 'FullYear'])
  globalThis.Date.prototype[`get${part}`] = Date.prototype[`getUTC${part}`]

const jq = await startJq({ thisProgram: 'jq' })
const stackTop = stackAlloc(0)
const wholeMemory = () => new Uint8Array(memory.buffer)
// Everything below the heap: static data, the allocator's books, the stack.
const pristine = wholeMemory().slice(0, stackTop + 4096)

const run = ({ program, text }) => {
  input = new TextEncoder().encode(text)
  read = 0
  output = sink()
  errors = sink()
  try {
    // The space keeps a program such as `-1` from being taken for an option.
    const status = jq.callMain(['-M', '-c', ` ${program}`, '/dev/stdin'])
    stackAlloc(stackAlloc(0) - stackTop)
    wholeMemory().set(pristine)
    return { status, output: textOf(output), errors: textOf(errors), bytes: memory.buffer.byteLength }
  } catch (error) {
    const outOfMemory = textOf(errors).includes('cannot allocate memory')
    return { broken: error instanceof TooMuch ? 'output' : outOfMemory ? 'memory' : 'crash' }
  }
}

parentPort.on('message', (job) => parentPort.postMessage(run(job)))

/** What Linux knows this thread by; nothing elsewhere. */
const nameOfThread = () => {
  try {
    return readlinkSync('/proc/thread-self')
  } catch {
    return null
  }
}
parentPort.postMessage({ ready: nameOfThread() })
