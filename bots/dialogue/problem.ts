import { KeytillError } from '../../core/platform/errors.ts'
import type { Texts } from './locales/texts.ts'

/** What a person is told of an error that they can do something about; undefined for every other. */
export function problemText(t: Texts, error: unknown): string | undefined {
  if (!(error instanceof KeytillError)) return undefined
  return (t.staff.problems[error.code] ?? t.buyer.problems[error.code])?.(error.message)
}
