import { KeytillError } from '../../core/platform/errors.ts'

/** What a button means: a verb and its arguments, as they travel in the button. Whoever presses it is authorised again. */
export interface Action {
  readonly verb: string
  readonly args: readonly string[]
}

/** The most bytes an action may have on the narrowest channel. */
export const MOST_BYTES = 64

/**
 * Writes an action. Arguments hold no colon: SKUs, order numbers, page numbers.
 * @throws KeytillError `action.too_long`, `action.malformed`: a mistake of ours, never of a person
 */
export function action(verb: string, ...args: readonly (string | number)[]): string {
  const parts = [verb, ...args.map(String)]
  if (parts.some((part) => part.includes(':')))
    throw new KeytillError('action.malformed', `The action ${verb} has an argument with a colon.`)
  const text = parts.join(':')
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new KeytillError('action.too_long', `The action ${verb} is too long for a button.`)
  return text
}

/** The number that an argument is; 0, which nothing has, for anything else: nobody says that it was a button of ours. */
export const numberOf = (typed: string | undefined): number =>
  typed !== undefined && /^[0-9]{1,9}$/.test(typed) ? Number(typed) : 0

/** Reads an action; undefined for anything that no button of ours has ever held. */
export function readAction(text: string): Action | undefined {
  const [verb, ...args] = text.split(':')
  return verb && /^[a-z][a-z-]*$/.test(verb) && Buffer.byteLength(text) <= MOST_BYTES ? { verb, args } : undefined
}
