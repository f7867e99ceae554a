/**
 * What allows something to be sent into a chat: a message of the person (`message`), another act of theirs (`event`), or, once
 * those are used up, a word that something waits for them (`hint`).
 */
export type Kind = 'message' | 'event' | 'hint'

/** So many may be sent within `ms`. */
export interface Grant {
  readonly kind: Kind
  readonly times: number
  readonly ms: number
}

/** One that was taken, and what all that was left of the kinds asked for had been granted for: what came later is not of them. */
export interface Taken {
  readonly kind: Kind
  readonly causes: readonly string[]
}
