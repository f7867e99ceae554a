import type { Channel } from '../channel.ts'

/** Every channel the shop is on, for `describe.each`. Whoever asks for one channel (`vitest -t Telegram`) loads no other's library. */
export const CHANNELS: readonly { readonly name: string; readonly open: () => Promise<Channel> }[] = [
  { name: 'Telegram', open: async () => (await import('./telegram.ts')).openTelegram() },
  { name: 'web chat', open: async () => (await import('./web.ts')).openWeb() },
  { name: 'WeChat', open: async () => (await import('./wechat.ts')).openWechat() },
  { name: 'terminal', open: async () => (await import('./terminal.ts')).openTerminal() },
]
