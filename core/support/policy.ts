import { after, hours } from '../platform/clock.ts'
import type { CannedAnswer } from './model.ts'

/** How long a closed ticket can be opened again, in ms; after that a new one goes on from it. */
const REOPENED_WITHIN = hours(24 * 30)

/** The largest picture that is taken, in bytes, and how many of a ticket. */
export const MOST_PICTURE_BYTES = 5 * 1024 * 1024
export const MOST_PICTURES = 10

/** Whether what a buyer writes to a ticket that was closed then opens it again. */
export const mayReopen = (closedAt: Date, now: Date): boolean => now < after(closedAt, REOPENED_WITHIN)

/** What a canned answer may hold. */
export interface AnswerVariables {
  readonly order: string
  readonly product: string
  readonly name: string
}

/** A canned answer with `{order}`, `{product}` and `{name}` filled in; anything else stays as it was typed. */
export const fillAnswer = (text: string, variables: AnswerVariables): string =>
  text.replace(/\{(order|product|name)\}/g, (_, name: keyof AnswerVariables) => variables[name])

/** The canned answers for a language: of each name its own, or else the one for every language. */
export function answersIn(answers: readonly CannedAnswer[], language: string): CannedAnswer[] {
  const names = new Map<string, CannedAnswer>()
  for (const answer of answers) {
    if (answer.language === language || (answer.language === '' && !names.has(answer.name)))
      names.set(answer.name, answer)
  }
  return [...names.values()].sort((a, b) => a.name.localeCompare(b.name))
}
