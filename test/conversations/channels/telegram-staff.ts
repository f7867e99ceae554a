import { connectStaffBot, connectTelegram } from '../../../bots/channels.ts'
import { createTelegram } from '../../../bots/telegram/shop-bot.ts'
import { createStaffBot } from '../../../bots/telegram-staff/staff-bot.ts'
import { STAFF_BOT } from '../../../core/customers/model.ts'
import { hours } from '../../../core/platform/clock.ts'
import type { Log } from '../../../core/platform/log.ts'
import type { FakeBot } from '../../fakes/telegram/fake.ts'
import { startFakeTelegram } from '../../fakes/telegram/server.ts'
import { atEnd } from '../../stand/closing.ts'
import type { Channel } from '../channel.ts'
import { openProgram, type Plug } from '../program.ts'
import { arrive } from './arrive.ts'
import { type Chatters, can, flyingClock, SALE, sit, type TelegramChatter, TOKEN, watched } from './telegram.ts'

export const STAFF_TOKEN = '7373:AAE-conversation-conversation-staff'

/** One Telegram with a bot for buyers and another for the staff: who joins as an owner sits at the latter. */
export interface TelegramStaffChannel extends Channel {
  readonly shopBot: FakeBot
  readonly staffBot: FakeBot
  join(...args: Parameters<Channel['join']>): Promise<TelegramChatter>
  /** Someone opens the chat with the other bot, where nothing has been said yet. */
  cross(chatter: TelegramChatter): TelegramChatter
}

export async function openTelegramStaff(): Promise<TelegramStaffChannel> {
  const shopBot = await startFakeTelegram({ token: TOKEN, limits: false, patienceMs: 10_000 })
  atEnd(() => shopBot.close())
  const staffBot = shopBot.addBot({ token: STAFF_TOKEN, limits: false, patienceMs: 10_000 })
  const seats = new Map<FakeBot, Chatters>([shopBot, staffBot].map((bot) => [bot, watched(bot)]))
  const settings = {
    TELEGRAM_BOT_TOKEN: TOKEN,
    STAFF_BOT_TOKEN: STAFF_TOKEN,
    TELEGRAM_API_ROOT: shopBot.url,
    PUBLIC_URL: 'https://shop.example',
  }
  const plug = (log: Log): Plug => {
    const options = { settings: { ...settings, TELEGRAM_WEBHOOK: false }, log, now: flyingClock() }
    const telegram = createTelegram(options)
    const staff = createStaffBot(options)
    return {
      settings,
      providers: [telegram.provider],
      open: async (shop, accept) => [
        await connectTelegram(shop, accept('telegram'), telegram, staff),
        connectStaffBot(shop, accept(STAFF_BOT), staff, telegram),
      ],
    }
  }
  const program = await openProgram(plug, SALE)
  const seat = (bot: FakeBot, id: number, { name, language }: Pick<TelegramChatter, 'name' | 'language'>) =>
    seats.get(bot)?.get(id) ?? sit(bot, seats.get(bot) ?? new Map(), id, name, language)
  const cross = (chatter: TelegramChatter) =>
    seat(chatter.fake === staffBot ? shopBot : staffBot, chatter.person.id, chatter)
  let people = 0
  return {
    name: 'telegram-staff',
    can,
    program,
    shopBot,
    staffBot,
    cross,
    async join(name, { language = 'en', owner = false } = {}) {
      const id = 1000 + ++people
      if (!owner) {
        const chatter = seat(shopBot, id, { name, language })
        await arrive(program, chatter, false)
        return chatter
      }
      const chatter = seat(staffBot, id, { name, language })
      chatter.shopSide = () => cross(chatter)
      await chatter.say('/start')
      await chatter.see(`https://t.me/${shopBot.username}`)
      await chatter.say(`/claim ${(await program.shop.staff.invite('operator', 'owner', hours(1))).code}`)
      await chatter.see(chatter.t.claimDone(chatter.staff.roles.owner ?? ''))
      return chatter
    },
  }
}
