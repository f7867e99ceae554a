import type { Notice } from '../../../core/notifications/model.ts'
import { hashOf, randomOf } from '../crash/random.ts'

/** Everybody's chats, which outlive the shop: what was told, and how often. */
export interface Chats {
  /** by {@link newsOf} */
  readonly told: ReadonlyMap<string, number>
  /** While it is calm every message arrives, and its sender learns that. */
  calm: boolean
  /** @throws Error when it did not arrive, or did and its sender shall not know */
  tell(notice: Notice): Promise<void>
}

const LOST = 0.04
const UNCLEAR = 0.04

/** What a notice is about, and for whom: the same news twice is one message too many. */
export function newsOf(notice: Notice): string[] {
  const { chat } = notice.to
  switch (notice.kind) {
    case 'order':
    case 'staff':
      return [`${chat} ${notice.event} ${notice.orderNo}`]
    case 'sales':
      return notice.orderNos.map((no) => `${chat} sale ${no}`)
    case 'alert':
      return [`${chat} ${notice.event} ${notice.paymentId}`]
    case 'payment':
      return [`${chat} payment ${notice.paymentId}`]
    case 'ticket':
    case 'complaint':
    case 'link':
    case 'root':
    case 'jobs':
    case 'approval':
    case 'export':
    case 'wallet':
    case 'books':
    case 'outage':
    case 'missed':
    case 'feedback':
    case 'account':
      return []
  }
}

export function openChats(seed: number): Chats {
  const told = new Map<string, number>()
  const tries = new Map<string, number>()
  const chats: Chats = {
    told,
    calm: false,
    async tell(notice) {
      const news = newsOf(notice)
      const [first = ''] = news
      const nth = (tries.get(first) ?? 0) + 1
      tries.set(first, nth)
      const die = chats.calm ? 1 : randomOf(seed, hashOf(first), nth).next()
      if (die < LOST) throw new Error('the message did not arrive')
      for (const one of news) told.set(one, (told.get(one) ?? 0) + 1)
      if (die < LOST + UNCLEAR) throw new Error('the message arrived and its sender shall not know')
    },
  }
  return chats
}
