import { KeytillError } from '../core/platform/errors.ts'
import { createLog } from '../core/platform/log.ts'

/**
 * Runs a command of the shell to its exit status. What went wrong is told in its own sentence where there is one; of
 * anything else only what is safe to tell.
 */
export async function command(name: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run()
  } catch (error) {
    process.exitCode = 1
    const isUsage = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
    if (error instanceof KeytillError || isUsage) return console.error(error.message)
    console.error(`The ${name} ended because of an error:`)
    createLog('error').error({ err: error }, `${name} failed`)
  }
}

/** Shows how far something has come, at most ten times a second, where someone is looking. */
export function progressLine(): { show(line: () => string): void; clear(): void } {
  let drawn = 0
  return {
    show(line) {
      if (!process.stderr.isTTY || performance.now() - drawn < 100) return
      drawn = performance.now()
      process.stderr.write(`\r\x1b[K${line()}`)
    },
    clear() {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}

/** A number of bytes as a person reads it: `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}
