import type { Letter } from '../marketing/model.ts'
import type { Notice } from './model.ts'

/** Whoever can put a notice into a chat. Resolves when the platform has accepted it; a second delivery does no harm. */
export interface Messenger {
  readonly channel: string
  deliver(notice: Notice): Promise<void>
  /**
   * Puts a broadcast into one chat, after everything else that is to be sent. A second time it is there twice. Absent where
   * there are none.
   * @throws KeytillError `chat.unreachable` when the person has blocked or left the chat; Postponed when nothing was handed over
   */
  post?(letter: Letter): Promise<void>
  /** How far apart letters are to be, in ms, where the platform does not say it by itself. */
  readonly pause?: number
}
