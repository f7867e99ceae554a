import type { Update } from 'grammy/types'
import type { Log } from '../../core/platform/log.ts'
import type { Accept, Incoming } from '../dialogue/channel.ts'
import type { Cashier } from './checkout.ts'
import { isReadable } from './form.ts'
import { eventId } from './ids.ts'

/** The kinds of updates asked for: always listed, or Telegram goes on with what somebody asked for before. */
export const ALLOWED = ['message', 'callback_query', 'pre_checkout_query', 'my_chat_member'] as const

export interface Intake {
  /**
   * Starts the answers to pre-checkout queries, which wait for nothing; resolves once everything else is committed. What cannot be
   * read is passed over: it would be given again and again, and nothing behind it.
   */
  take(updates: readonly Update[]): Promise<void>
  /** Only the answers to pre-checkout queries. */
  look(updates: readonly Update[]): void
}

export function createIntake(botId: string, accept: Accept, log: Log, cashier?: Cashier): Intake {
  const look = (updates: readonly Update[]) => {
    for (const update of updates)
      if (update.pre_checkout_query && isReadable(update)) cashier?.answer(update.pre_checkout_query)
  }
  const read = (update: Update): Incoming | undefined => {
    if (isReadable(update)) return incoming(botId, update)
    const { update_id: id, ...kinds } = update
    log.error({ bot: botId, update: id, kinds: Object.keys(kinds) }, 'an update that cannot be read is passed over')
    return undefined
  }
  return {
    look,
    async take(updates) {
      look(updates)
      const items = updates.flatMap((update) => read(update) ?? [])
      if (items.length > 0) await accept(items)
    },
  }
}

function incoming(botId: string, update: Update): Incoming | undefined {
  const { message, callback_query: press, my_chat_member: standing } = update
  const chat = message?.chat.id ?? press?.message?.chat.id ?? press?.from.id ?? standing?.chat.id
  if (chat === undefined) return undefined
  return { externalId: eventId(botId, update), chat: `${chat}`, payload: update }
}
