/**
 * An error with a code that other code can rely on. The message is one sentence for a person who has to act on it and
 * never holds a secret (a key, a token, a buyer's text).
 */
export class KeytillError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'KeytillError'
    this.code = code
  }
}

/**
 * Nothing is wrong, but it can only be done in `wait` ms: whoever limits us said so. A job that throws it is done again
 * then, and the attempt does not count.
 */
export class Postponed extends KeytillError {
  readonly wait: number

  constructor(code: string, message: string, wait: number) {
    super(code, message)
    this.wait = wait
  }
}

/** True when `error` is a {@link KeytillError} with this code. */
export function hasCode(error: unknown, code: string): error is KeytillError {
  return error instanceof KeytillError && error.code === code
}
