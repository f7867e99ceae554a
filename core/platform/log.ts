import { pino } from 'pino'
import { KeytillError } from './errors.ts'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** JSON lines on standard error. Errors pass through {@link safeError}, so that nothing a request carried is written. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: safeError } },
    pino.destination({ dest: 2, sync: true }),
  )
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * What may be told of an error: its kind, code and place. The message is kept only when we wrote it: those of libraries
 * repeat what they were given (a SQL parameter, a request with a token or a key in it).
 */
export function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { kind: typeof error }
  const { code, error_code: status, method } = error as { code?: unknown; error_code?: unknown; method?: unknown }
  return {
    kind: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof method === 'string' ? { method } : {}),
    ...(error instanceof KeytillError ? { message: error.message } : {}),
    at: frames(error),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
  }
}

/**
 * The first places of the stack that are ours. The message stands before them and is cut off, because a line of it may look
 * like a place; where it cannot be found, nothing is told.
 */
function frames({ stack = '', message }: Error): string[] {
  const start = stack.indexOf(message)
  if (start < 0) return []
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:internal'))
    .slice(0, 6)
    .map((line) => line.trim())
}
