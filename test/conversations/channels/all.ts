import type { Language } from '../../../core/customers/model.ts'
import type { Channel } from '../channel.ts'

interface Driver {
  readonly name: string
  readonly languages: readonly Language[]
  readonly open: () => Promise<Channel>
}

/**
 * Every channel the shop is on, for `describe.each`. Whoever asks for one channel (`vitest -t Telegram`) loads no other's library.
 * A script that reads texts is run in this language there: together both, with buttons (Telegram, web chat) and with numbers.
 */
export const CHANNELS: readonly Driver[] = [
  { name: 'Telegram', languages: ['en'], open: async () => (await import('./telegram.ts')).openTelegram() },
  { name: 'web chat', languages: ['zh'], open: async () => (await import('./web.ts')).openWeb() },
  { name: 'WeChat', languages: ['zh'], open: async () => (await import('./wechat.ts')).openWechat() },
  {
    name: 'WeChat service',
    languages: ['zh'],
    open: async () => (await import('./wechat-service.ts')).openWechatService(),
  },
  {
    name: 'official account',
    languages: ['zh'],
    open: async () => (await import('./official-account.ts')).openOfficialAccount(),
  },
  { name: 'terminal', languages: ['en'], open: async () => (await import('./terminal.ts')).openTerminal() },
]

/** And Telegram with a bot of its own for whoever is to be staff. */
export const STAFF_CHANNELS: readonly Driver[] = [
  ...CHANNELS,
  {
    name: 'the staff bot',
    languages: ['zh'],
    open: async () => (await import('./telegram-staff.ts')).openTelegramStaff(),
  },
]
