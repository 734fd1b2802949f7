import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino'
import { Problem } from '../runner/model/problem.ts'
import type { Config } from './config.ts'

/** The log: JSON lines, each an event and its fields: `logger.error({ err, runId }, 'run fault')`. (Fields of pino's child loggers pass no filter.) */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

const REDACTED = '[redacted]'

/** Whose values are nobody's business, wherever they stand. */
const SECRET_KEY = /authorization|cookie|secret|passw|passphrase|credential|api_?-?key|encryption_?-?key|private_?-?key|(^|[-_a-z])token$|^jwt$/i
/** What gives itself away in any text: our keys and webhook secrets, JWTs, bearer tokens, passwords and signatures in URLs. */
const SECRET_TEXT =
  /\b(?:er|whsec)_[\w+/=-]{16,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=\bBearer\s+)[^\s"',]+|(?<=\/\/[^\s/:@]*:)[^\s/@]+(?=@)|(?<=[?&](?:signature|token)=)[^&\s"']+/gi

const MAX_DEPTH = 8

/** As JSON can hold it, without secrets. `above`: the objects that this value is part of. */
const shown = (value: unknown, above: readonly object[] = []): unknown => {
  if (typeof value === 'string') return value.replace(SECRET_TEXT, REDACTED)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (above.includes(value)) return '[circular]'
  if (above.length >= MAX_DEPTH) return '[deep]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  const path = [...above, value]
  if (value instanceof Error) return shownError(value, path)
  if (Array.isArray(value)) return value.map((item) => shown(item, path))
  return shownFields(value, path)
}

const shownFields = (value: object, path: readonly object[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([key, field]) => [key, SECRET_KEY.test(key) && field !== undefined && field !== null ? REDACTED : shown(field, path)]))

/** The stack begins with the message. Details of a problem may quote what a caller sent, so they stay out. */
const shownError = (error: Error, path: readonly object[]): Record<string, unknown> => ({
  type: error.name,
  message: shown(error.message),
  stack: shown(error.stack),
  ...(error instanceof Problem ? { code: error.code } : shownFields(error, path)),
  ...(error.cause === undefined ? {} : { cause: shown(error.cause, path) }),
  ...(error instanceof AggregateError ? { errors: shown(error.errors, path) } : {}),
})

/** @param stream where lines go; stdout unless a test says otherwise */
export const createLogger = ({ LOG_LEVEL }: Pick<Config, 'LOG_LEVEL'>, stream: DestinationStream = pino.destination(1)): Logger =>
  pino(
    {
      level: LOG_LEVEL,
      messageKey: 'event',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }), log: (fields) => shownFields(fields, []) },
      // Errors have been put into words by then; pino's own serialiser would do it again.
      serializers: { err: (err: unknown) => err },
      hooks: {
        logMethod([first, ...rest], method) {
          // An error alone would hand its message on as the event.
          const args: unknown[] = first instanceof Error ? [{ err: first }, ...(rest.length > 0 ? rest : ['error'])] : [first, ...rest]
          method.apply(this, args.map((arg) => (typeof arg === 'string' ? shown(arg) : arg)) as [string])
        },
      },
    },
    stream,
  )
