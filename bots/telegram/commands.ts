import type { Log } from '../../core/platform/log.ts'
import type { BotApi } from './api.ts'
import { insist } from './sending.ts'

export interface Command {
  /** without the slash */
  readonly command: string
  readonly description: string
}

/** The commands menu in each language. */
export interface CommandMenus {
  readonly en: readonly Command[]
  readonly zh: readonly Command[]
}

/** Sets the commands menu: Chinese where the app speaks it, English elsewhere. A failure costs the menu only. */
export async function setCommands(api: BotApi, { en, zh }: CommandMenus, log: Log): Promise<void> {
  try {
    await insist(() => api.call('setMyCommands', { commands: en }))
    await insist(() => api.call('setMyCommands', { commands: zh, language_code: 'zh' }))
  } catch (err) {
    log.warn({ err }, 'the commands menu of the Telegram bot could not be set')
  }
}
