import { hasCode } from '../../core/platform/errors.ts'
import type { Channel, Priority } from './channel.ts'
import { partsOf, sizeOf } from './present.ts'
import type { Screen } from './screen.ts'

/** What became of parts of a screen that were to be sent. */
export interface Transmitted {
  /** how many messages the platform took */
  readonly sent: number
  /** of the last of these */
  readonly id: string | undefined
  /** the parts that were not sent */
  readonly rest: readonly Screen[]
  /** why, when it was not for want of places */
  readonly error?: unknown
}

export interface Way {
  readonly priority: Priority
  /** the message in place of which the first is shown */
  readonly target?: string | undefined
  /** how many messages may be sent */
  readonly places?: number
  /** the first part is sent even when it is more messages than that: it would never fit */
  readonly insists?: boolean
  /** Makes the messages of the last part; see numbering.ts. */
  print(last: Screen): Promise<readonly Screen[]>
}

/** Sends the parts of a screen (see partsOf), in order, until one does not fit or fails. The last is printed when its turn has come. */
export async function transmit(
  channel: Channel,
  chat: string,
  parts: readonly Screen[],
  { priority, target, places = Number.POSITIVE_INFINITY, insists = false, print }: Way,
): Promise<Transmitted> {
  let sent = 0
  let id: string | undefined
  for (const [index, part] of parts.entries()) {
    const rest = parts.slice(index)
    const fits = sent + sizeOf([part], channel.capabilities) <= places || (insists && index === 0)
    if (!fits) return { sent, id, rest }
    try {
      for (const message of rest.length === 1 ? await print(part) : [part]) {
        id = await transmitOne(channel, chat, message, sent === 0 ? target : undefined, priority)
        sent++
      }
    } catch (error) {
      return { sent, id, rest, error }
    }
  }
  return { sent, id, rest: [] }
}

/** Whether the platform takes nothing more before the next word. */
export const isClosed = ({ error }: Pick<Transmitted, 'error'>): boolean => hasCode(error, 'chat.window_closed')

function transmitOne(
  channel: Channel,
  chat: string,
  message: Screen,
  target: string | undefined,
  priority: Priority,
): Promise<string> {
  return target !== undefined && !message.file && !message.invoice
    ? channel.edit(chat, target, message, priority)
    : channel.send(chat, message, priority)
}

/** The answer to one event, on its way. */
export interface Answer {
  /**
   * Sends a screen, in place of `target`; returns the id of its last message, undefined when that has to wait. `more` tells that
   * others of this answer follow.
   */
  send(screen: Screen, target?: string, more?: boolean): Promise<string | undefined>
  /** Everything is sent; says what waits in this chat, while there is room for it. Never fails. */
  end(): Promise<void>
  /** the platform has taken something of it */
  readonly taken: boolean
}

export interface Answering {
  readonly channel: Channel
  readonly chat: string
  /** how many messages were already sent since their person's last word */
  readonly used: number
  /** the rest of an earlier answer still waits: this one goes behind it */
  readonly waits: boolean
  print(last: Screen): Promise<readonly Screen[]>
  /** Has parts of a screen wait for the next word. */
  keep(rest: readonly Screen[]): Promise<void>
  /** What says that something waits; undefined when nothing does. */
  hint(): Promise<string | undefined>
  /** Hears why the hint was not said. */
  unsaid(error: unknown): void
}

/**
 * Begins an answer. Where a platform takes only so many messages after a word (see {@link Channel.perWord}), what is more waits for
 * the next word, its numbers unprinted, and the last place is for saying so.
 */
export function answer({ channel, chat, used, print, keep, hint, unsaid, ...begun }: Answering): Answer {
  let left = (channel.perWord ?? Number.POSITIVE_INFINITY) - used
  let { waits } = begun
  let taken = false
  return {
    get taken() {
      return taken
    },
    async send(screen, target, more = false) {
      let rest = partsOf(screen, channel.capabilities)
      if (!waits) {
        const isLast = !more && sizeOf(rest, channel.capabilities) <= left
        const places = isLast ? left : left - 1
        const done = await transmit(channel, chat, rest, { priority: 'reply', target, places, print })
        taken ||= done.sent > 0
        if (done.rest.length === 0) {
          left -= done.sent
          return done.id
        }
        if (done.error !== undefined && !isClosed(done)) throw done.error
        rest = done.rest
        waits = true
        // Something else was sent meanwhile, or the platform counts otherwise: not even the hint would go.
        left = isClosed(done) ? 0 : left - done.sent
      }
      // What could be chosen from before is not to be chosen from under this.
      await print({ text: [] })
      await keep(rest)
      return undefined
    },
    async end() {
      if (left < 1 || channel.perWord === undefined) return
      try {
        const said = await hint()
        if (said === undefined) return
        await channel.send(chat, { text: [said] }, 'reply')
        taken = true
      } catch (error) {
        unsaid(error)
      }
    },
  }
}
