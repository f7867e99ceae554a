import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { COMMAND_MENUS, STAFF_COMMAND_MENUS } from '../../../bots/dialogue/command-menu.ts'
import { STAFF_ROUTES } from '../../../bots/dialogue/staff/routes.ts'
import type { BotPorts } from '../../../bots/telegram/bot.ts'
import { createTelegram } from '../../../bots/telegram/shop-bot.ts'
import { createStaffBot, type StaffBotOptions } from '../../../bots/telegram-staff/staff-bot.ts'
import { TOKEN } from '../../fakes/telegram/testing.ts'
import { keepLog, withApi } from '../telegram/stand.ts'

/** Staff bots of one token, as of two programs that know nothing of each other. */
async function withStaffBots() {
  const all = await withApi()
  const settings: StaffBotOptions['settings'] = {
    STAFF_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: all.fake.url,
    TELEGRAM_WEBHOOK: false,
    PUBLIC_URL: undefined,
  }
  const ports: BotPorts = {
    accept: async () => {},
    commands: STAFF_COMMAND_MENUS,
    lead: async () => ({ over: new AbortController().signal, resign: () => {} }),
  }
  const make = (different: Partial<typeof settings> = {}) => {
    const { log, lines } = keepLog()
    const bot = createStaffBot({ settings: { ...settings, ...different }, log, now: () => new Date() })
    onTestFinished(() => bot.close())
    return { bot, lines }
  }
  return { ...all, settings, ports, make }
}

describe('the staff bot', () => {
  it('can do what the shop bot can, but take payments', async () => {
    const { settings, make } = await withStaffBots()
    const { log } = keepLog()
    const shop = createTelegram({ settings: { ...settings, TELEGRAM_BOT_TOKEN: TOKEN }, log, now: () => new Date() })
    onTestFinished(() => shop.close())
    const { channel } = make().bot
    expect(channel.name).toBe('telegram-staff')
    expect(channel.capabilities).toEqual({ ...shop.channel.capabilities, invoice: false })
  })

  it('does not start with a token that Telegram does not know, and names the setting, not the token', async () => {
    const { ports, make } = await withStaffBots()
    const { bot } = make({ STAFF_BOT_TOKEN: '1:unknown' })
    const error: unknown = await bot.start(ports).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'telegram.token', message: expect.stringContaining('set STAFF_BOT_TOKEN') })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('1:unknown')
  })

  it('says so when another program polls with its token, and both go on', async () => {
    const { fake, alice, ports, make } = await withStaffBots()
    const [first, second] = [make(), make()]
    const heard: unknown[] = []
    const accept: BotPorts['accept'] = async (items) => void heard.push(...items)
    await first.bot.start({ ...ports, accept })
    await vi.waitFor(() => expect(fake.calls('getUpdates').length).toBeGreaterThan(0), { timeout: 20_000 })
    await second.bot.start({ ...ports, accept })
    const words = 'Telegram hands out no updates: another program uses STAFF_BOT_TOKEN. Stop it; this one keeps trying'
    await vi.waitFor(() => expect([...first.lines, ...second.lines]).toContain(words), { timeout: 20_000 })
    await alice.say('hi')
    await fake.allConfirmed()
    expect(heard).toHaveLength(1)
  })

  it('confirms nothing that is not committed, and survives what goes wrong meanwhile', async () => {
    const { fake, alice, ports, make } = await withStaffBots()
    const accept = vi.fn<BotPorts['accept']>().mockRejectedValueOnce(new Error('the database is away'))
    accept.mockResolvedValue()
    const { bot, lines } = make()
    await bot.start({ ...ports, accept })
    fake.fault({ method: 'getUpdates', kind: 'drop' })
    await alice.say('hi')
    await fake.allConfirmed()
    expect(lines).toContain('updates could not be committed; Telegram will give them again')
    const ids = accept.mock.calls.map(([items]) => items.map(({ externalId }) => externalId))
    expect(ids).toHaveLength(2)
    expect(ids[0]).toEqual(ids[1])
  })

  it('hears nothing of what somebody else wrote, was changed, or was posted', async () => {
    const { decode } = (await withStaffBots()).make().bot
    const from = { id: 9, is_bot: false, first_name: 'Boss' }
    const chat = { id: 9, type: 'private' }
    const group = { id: -5, type: 'supergroup' }
    const message = { message_id: 1, date: 1, from, chat, text: '/held' }
    const file = { message_id: 1, date: 1, from, chat, caption: '/import X', document: { file_id: 'f' } }
    const forward_origin = { type: 'hidden_user', sender_user_name: 'x', date: 1 }
    expect(decode({ update_id: 1, message })).toMatchObject({ private: true, content: { text: '/held' } })
    expect(decode({ update_id: 1, message: file })).toMatchObject({ content: { kind: 'file', caption: '/import X' } })
    expect(decode({ update_id: 1, message: { ...message, chat: group } })).toMatchObject({ private: false })
    for (const update of [
      { message: { ...message, forward_origin } },
      { message: { ...file, forward_origin } },
      { message: { ...message, chat: group, sender_chat: group } },
      { message: { ...message, from: { ...from, is_bot: true } } },
      { edited_message: message },
      { channel_post: { ...message, chat: { id: -6, type: 'channel' } } },
      { inline_query: { id: '1', from, query: '/held', offset: '' } },
    ])
      expect(decode({ update_id: 1, ...update })).toBeUndefined()
  })

  it('is called elsewhere than the shop bot, with another secret', async () => {
    const { settings, make, ports, fake } = await withStaffBots()
    const webhook = { TELEGRAM_WEBHOOK: true, PUBLIC_URL: 'https://shop.example' }
    const { log } = keepLog()
    const shop = createTelegram({
      settings: { ...settings, ...webhook, TELEGRAM_BOT_TOKEN: '99:other' },
      log,
      now: () => new Date(),
    })
    onTestFinished(() => shop.close())
    const { bot } = make(webhook)
    expect(bot.webhook?.path).not.toBe(shop.webhook?.path)
    await bot.start(ports)
    const [call] = fake.calls('setWebhook')
    const headers = { 'x-telegram-bot-api-secret-token': `${call?.params.secret_token}` }
    expect(await bot.webhook?.handle(headers, '{"update_id":1}')).toBe(200)
    expect(await shop.webhook?.handle(headers, '{"update_id":1}')).toBe(401)
  })
})

it.each(['zh', 'en'] as const)('the menu of commands holds all that staff can say, in %s', (language) => {
  const offered = STAFF_COMMAND_MENUS[language].map(({ command }) => command)
  const known = STAFF_ROUTES.flatMap(({ commands = {} }) => Object.keys(commands))
  expect(new Set(offered)).toEqual(new Set([...known, 'help', 'language', 'cancel']))
  expect(COMMAND_MENUS[language].map(({ command }) => command)).not.toContain('staff')
})
