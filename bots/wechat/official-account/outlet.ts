import type { Kind } from '../../../core/allowances/model.ts'
import type { Allowances } from '../../../core/allowances/service.ts'
import { after, type Clock, hours } from '../../../core/platform/clock.ts'
import { hasCode, type KeytillError } from '../../../core/platform/errors.ts'
import type { Log } from '../../../core/platform/log.ts'
import { type Option, printedOption } from '../../dialogue/screen.ts'
import type { OfficialApi } from './api.ts'
import { isRefused, notFollowing, wasRefused, windowClosed } from './errors.ts'
import type { Holding } from './holding.ts'
import { menuId } from './pushes.ts'

/** As what messages are counted; of one that was not counted WeChat alone knows. */
const COUNTED: readonly Kind[] = ['message', 'event']
/** Most bytes of one text. */
export const TEXT_BYTES = 2048
/** The last of an allowance is left for what has no other way: a picture, a notice. */
const KEPT_BACK = 1
/** When WeChat says that the account may send no menus, it is asked again after so long, in ms. */
const NO_MENUS = hours(1)

export interface OutletParts {
  readonly channel: string
  readonly api: Pick<OfficialApi, 'send' | 'upload' | 'follows'>
  readonly holding: Pick<Holding, 'give' | 'waits'>
  readonly allowances: Pick<Allowances, 'take' | 'giveBack' | 'left' | 'forfeit'>
  readonly log: Log
  readonly now: Clock
}

/**
 * What goes out to followers. A text goes as the answer to a push that waits for one, which costs nothing; everything else, and a
 * text that comes too late, as customer-service messages, of which WeChat allows few: they are counted here, for all processes.
 * Each throws KeytillError `chat.window_closed` when none is left, `chat.unreachable` when the person is gone.
 */
export interface Outlet {
  text(openid: string, text: string): Promise<void>
  /** A menu whose lines can be tapped; printed where WeChat takes none, or to spare the last message. */
  menu(openid: string, text: string, options: readonly Option[]): Promise<void>
  picture(openid: string, picture: Parameters<OfficialApi['upload']>[0]): Promise<void>
}

export function createOutlet({ channel, api, holding, allowances, log, now }: OutletParts): Outlet {
  let noMenusUntil = new Date(0)

  /** Of what the database cannot tell, WeChat is asked: people are to be told something while it is away. */
  const counting = <T>(asked: Promise<T>): Promise<T | 'unknown'> =>
    asked.catch((err: unknown) => {
      log.warn({ err }, 'a message to WeChat could not be counted')
      return 'unknown' as const
    })

  async function send(openid: string, message: Readonly<Record<string, unknown>>): Promise<void> {
    const taken = await counting(allowances.take(channel, openid, COUNTED))
    if (taken === undefined) throw await closed(openid)
    try {
      await api.send(openid, message)
    } catch (error) {
      if (hasCode(error, 'chat.window_closed')) {
        // They may have written again while WeChat was asked: what that allows stays.
        await counting(allowances.forfeit(channel, openid, COUNTED, taken === 'unknown' ? [] : taken.causes))
        throw await closed(openid, error)
      }
      if (wasRefused(error) && taken !== 'unknown') await counting(allowances.giveBack(channel, openid, taken))
      throw error
    }
  }

  /** WeChat says the same of whoever has not written for long and of whoever has left: only its list of followers tells. */
  async function closed(openid: string, cause?: unknown): Promise<KeytillError> {
    const follows = await api.follows(openid).catch((err: unknown) => {
      log.warn({ err }, 'WeChat did not say whether somebody follows the account')
      return true
    })
    return follows ? windowClosed(cause) : notFollowing(cause)
  }

  const outlet: Outlet = {
    async text(openid, text) {
      for (const content of pieces(harmless(text)))
        if (!(await holding.give(openid, content))) await send(openid, { msgtype: 'text', text: { content } })
    },
    async menu(openid, text, options) {
      const printed = `${text}\n\n${options.map(printedOption).join('\n')}`
      const print = () => outlet.text(openid, printed)
      if (now() < noMenusUntil) return print()
      const waits = holding.waits(openid)
      if (waits) {
        const left = await counting(allowances.left(channel, openid, COUNTED))
        if (typeof left === 'number' && left <= KEPT_BACK) return print()
      }
      const list = options.map((option) => ({ id: menuId(option), content: harmless(printedOption(option)) }))
      try {
        await send(openid, { msgtype: 'msgmenu', msgmenu: { head_content: harmless(text), list, tail_content: '' } })
      } catch (error) {
        if (isRefused(error, 'forbidden')) {
          noMenusUntil = after(now(), NO_MENUS)
          log.warn({ err: error }, 'WeChat takes no menus from this account; they are printed')
        } else if (isRefused(error, 'wrong')) log.error({ err: error }, 'WeChat did not take a menu; it is printed')
        else if (!(hasCode(error, 'chat.window_closed') && waits)) throw error
        return print()
      }
    },
    async picture(openid, picture) {
      // Nothing is uploaded that could not be sent.
      if ((await counting(allowances.left(channel, openid, COUNTED))) === 0) throw await closed(openid)
      const id = await api.upload(picture)
      await send(openid, { msgtype: 'image', image: { media_id: id } })
    },
  }
  return outlet
}

/** WeChat makes links of `<a href>` in texts: what a person typed is to be seen as typed. */
const harmless = (text: string): string => text.replace(/<(?=\/?a[\s>])/gi, '<\u200b')

/** Cuts a text into pieces of at most {@link TEXT_BYTES}, at line ends where there are any. */
function pieces(text: string): string[] {
  const out: string[] = []
  let rest = Buffer.from(text)
  while (rest.length > TEXT_BYTES) {
    const line = rest.lastIndexOf('\n', TEXT_BYTES)
    let cut = line > 0 ? line : TEXT_BYTES
    // a character stays whole: those that continue one begin with the bits 10
    while (line <= 0 && ((rest[cut] ?? 0) & 0xc0) === 0x80) cut--
    out.push(rest.subarray(0, cut).toString())
    rest = rest.subarray(line > 0 ? cut + 1 : cut)
  }
  return [...out, rest.toString()]
}
