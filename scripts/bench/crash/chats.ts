import type { FakeTelegram } from '../../../test/fakes/telegram/server.ts'

/** What the keys of this test look like, wherever they turn up. */
export const KEY = /CRASH-[A-C]-\d{6}-[A-Z]{6}/g

/** What was put into the chats, told from the calls as they come in: a later edit does not hide what somebody saw. */
export interface Chats {
  /** messages that told of an order's delivery with its masked keys, by `chat order-number` */
  readonly told: ReadonlyMap<string, number>
  /** `chat order-number` under which each key was shown in plain */
  readonly shown: ReadonlyMap<string, ReadonlySet<string>>
}

export function watchChats(fake: FakeTelegram): Chats {
  const told = new Map<string, number>()
  const shown = new Map<string, Set<string>>()
  fake.on('call', ({ method, params, answer }) => {
    const { chat_id, text } = params
    const wasDone = (answer as { ok?: boolean } | undefined)?.ok === true
    if (!wasDone || typeof text !== 'string' || !/^(sendMessage|editMessageText)$/.test(method)) return
    const no = /Order ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text)?.[1]
    const place = `${chat_id} ${no}`
    if (no && text.includes(`Order ${no} is delivered`) && text.includes('****'))
      told.set(place, (told.get(place) ?? 0) + (method === 'sendMessage' ? 1 : 0))
    for (const key of text.match(KEY) ?? []) shown.set(key, (shown.get(key) ?? new Set()).add(place))
  })
  return { told, shown }
}
