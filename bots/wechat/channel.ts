import { WechatyBuilder } from 'wechaty'
import { type Puppet, log as wechatyLog } from 'wechaty-puppet'
import { type Clock, seconds } from '../../core/platform/clock.ts'
import { KeytillError } from '../../core/platform/errors.ts'
import type { Log } from '../../core/platform/log.ts'
import type { Accept, Channel, Decode } from '../dialogue/channel.ts'
import { createIntake } from './intake.ts'
import { decode, type Payload } from './payload.ts'
import { createPresence, type Watch } from './presence.ts'
import { type Traits, wechatChannel } from './sending.ts'

export interface WechatOptions {
  /** how WeChat is reached; see puppets.ts */
  readonly puppet: Puppet
  readonly accept: Accept
  readonly log: Log
  readonly now: Clock
  /** who is told when the account is away and back */
  readonly watch?: Watch
  /** in what this way to WeChat differs from the usual */
  readonly traits?: Traits
  /** how long the account may take to log in, in ms; default 30 seconds */
  readonly loginWithin?: number
}

export interface Wechat {
  readonly channel: Channel
  readonly decode: Decode
  /** Stops Wechaty and resolves once everything heard is committed. Nothing is heard or sent afterwards. */
  close(): Promise<void>
}

const NOBODY: Watch = { away: async () => {}, back: async () => {} }

/**
 * Opens the shop on WeChat through Wechaty (SPEC C2). Private texts, files and pictures are handed in, and in a group only
 * texts that mention the bot; old messages count too, since what was handled before is known by its id.
 * @throws KeytillError `wechat.no_login` when no account is logged in within `loginWithin`: Wechaty itself reports a wrong
 * token or an account that was logged out only as an event
 */
export async function startWechat(options: WechatOptions): Promise<Wechat> {
  const { puppet, accept, log, now, watch = NOBODY, traits, loginWithin = seconds(30) } = options
  // It writes to the console, from some levels on with the texts of messages.
  wechatyLog.level('silent')
  // Without a name its memory card keeps nothing on disk.
  const wechaty = WechatyBuilder.build({ puppet })
  const presence = createPresence(puppet, watch, log, now)
  const hear: Accept = async (items) => {
    for (const { chat, payload } of items) if ((payload as Payload).private) presence.heard(chat)
    await accept(items)
  }
  const intake = createIntake(hear, log, now)
  let reported: unknown
  let closing = false
  wechaty.on('error', (error) => {
    reported = error
    // Stopping is reported as a failure to look up the account that is gone.
    if (!closing) log.error({ err: error }, 'WeChat reported an error')
  })
  wechaty.on('message', (message) => intake.take(message))

  const close = async () => {
    closing = true
    presence.close()
    await intake.settled()
    await wechaty.stop()
    // what came while it stopped
    await intake.settled()
  }

  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(reported), loginWithin)
      wechaty.once('login', () => resolve())
      wechaty.start().catch(reject)
    })
  } catch (cause) {
    await close().catch((error: unknown) => log.warn({ err: error }, 'Wechaty did not stop'))
    throw new KeytillError(
      'wechat.no_login',
      `No WeChat account logged in within ${Math.ceil(loginWithin / 1000)} s: check the WECHAT_ settings (a wrong token ` +
        'looks just like this) and that the account is not logged out or blocked, then start again.',
      { cause },
    )
  } finally {
    clearTimeout(timer)
  }
  return { channel: wechatChannel(wechaty, presence, log, traits), decode, close }
}
