import type { Notice } from './model.ts'

/** Whoever can put a notice into a chat. Resolves when the platform has accepted it; a second delivery does no harm. */
export interface Messenger {
  readonly channel: string
  deliver(notice: Notice): Promise<void>
}
