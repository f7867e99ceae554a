import { describe, expect, it } from 'vitest'
import { KeytillError } from '../../../core/platform/errors.ts'
import { safeError } from '../../../core/platform/log.ts'

const SECRET = 'AB12-CD34-EF56'
const told = (error: unknown) => JSON.stringify(safeError(error))

describe('what is logged of an error', () => {
  it('is our own sentence, our code and the place', () => {
    const { at, ...rest } = safeError(new KeytillError('order.state', 'The order is not held.')) as { at: string[] }
    expect(rest).toEqual({ kind: 'KeytillError', code: 'order.state', message: 'The order is not held.' })
    expect(at[0]).toContain('log.test.ts')
  })

  it('is never what a library wrote, which repeats what it was given', () => {
    const error = Object.assign(new TypeError(`invalid input syntax: "${SECRET}"`), {
      code: '22P02',
      detail: SECRET,
      where: SECRET,
      parameters: [SECRET],
      payload: { text: SECRET },
    })
    expect(safeError(error)).toMatchObject({ kind: 'TypeError', code: '22P02' })
    expect(told(error)).not.toContain(SECRET)
  })

  it('names the method and status of a failed call without its payload', () => {
    const error = Object.assign(new Error(`Call to 'sendMessage' failed: ${SECRET}`), {
      error_code: 429,
      method: 'sendMessage',
      payload: { text: SECRET },
    })
    expect(safeError(error)).toMatchObject({ status: 429, method: 'sendMessage' })
    expect(told(error)).not.toContain(SECRET)
  })

  it('goes through causes', () => {
    const error = new KeytillError('import.failed', 'The import stopped.', {
      cause: new Error(SECRET, { cause: new Error(`deeper ${SECRET}`) }),
    })
    expect(safeError(error)).toMatchObject({ cause: { kind: 'Error', cause: { kind: 'Error' } } })
    expect(told(error)).not.toContain(SECRET)
  })

  it('does not take lines of a message for places', () => {
    expect(told(new Error(`no\n    at ${SECRET} (paste)\n    at once`))).not.toContain(SECRET)
    const renamed = new Error(`no\n    at ${SECRET}`)
    renamed.message = 'something else'
    expect(told(renamed)).not.toContain(SECRET)
  })

  it('is the type of what is no error', () => {
    expect(safeError(SECRET)).toEqual({ kind: 'string' })
    expect(safeError(undefined)).toEqual({ kind: 'undefined' })
  })
})
