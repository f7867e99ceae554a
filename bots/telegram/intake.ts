import type { Update } from 'grammy/types'
import type { Accept, Incoming } from '../dialogue/channel.ts'
import type { Cashier } from './checkout.ts'
import { eventId } from './ids.ts'

/** The kinds of updates asked for: always listed, or Telegram goes on with what somebody asked for before. */
export const ALLOWED = ['message', 'callback_query', 'pre_checkout_query', 'my_chat_member'] as const

export interface Intake {
  /** Starts the answers to pre-checkout queries, which wait for nothing; resolves once everything else is committed. */
  take(updates: readonly Update[]): Promise<void>
  /** Only the answers to pre-checkout queries. */
  look(updates: readonly Update[]): void
}

export function createIntake(botId: string, accept: Accept, cashier?: Cashier): Intake {
  const look = (updates: readonly Update[]) => {
    for (const { pre_checkout_query: query } of updates) if (query) cashier?.answer(query)
  }
  return {
    look,
    async take(updates) {
      look(updates)
      const items = updates.flatMap((update) => incoming(botId, update) ?? [])
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
