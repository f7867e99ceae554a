import type { Channel } from '../channel.ts'
import { openTelegram } from './telegram.ts'
import { openTerminal } from './terminal.ts'
import { openWeb } from './web.ts'
import { openWechat } from './wechat.ts'

/** Every channel the shop is on, for `describe.each`. */
export const CHANNELS: readonly { readonly name: string; readonly open: () => Promise<Channel> }[] = [
  { name: 'Telegram', open: openTelegram },
  { name: 'web chat', open: openWeb },
  { name: 'WeChat', open: openWechat },
  { name: 'terminal', open: openTerminal },
]
