import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Incoming } from '../../../bots/dialogue/channel.ts'
import { paymentOf, refundOf } from '../../../bots/telegram/payments.ts'
import { createTelegram, type Telegram, type TelegramPorts } from '../../../bots/telegram/shop-bot.ts'
import type { BotOptions } from '../../fakes/telegram/bot.ts'
import { TOKEN } from '../../fakes/telegram/testing.ts'
import { keepLog, withApi } from './stand.ts'

const commands = {
  en: [{ command: 'start', description: 'The shop' }],
  zh: [{ command: 'start', description: '商店' }],
}

/** A bot that hands what it hears to `handle`, committed at once. */
async function withBot(handle: (bot: Telegram, item: Incoming) => Promise<void>, options: Partial<BotOptions> = {}) {
  const all = await withApi(options)
  const { log, lines } = keepLog()
  const settings = {
    TELEGRAM_BOT_TOKEN: TOKEN,
    TELEGRAM_API_ROOT: all.fake.url,
    TELEGRAM_WEBHOOK: false,
    PUBLIC_URL: undefined,
  }
  const bot = createTelegram({ settings, log, now: () => new Date() })
  onTestFinished(() => bot.close())
  const ports: TelegramPorts = {
    accept: async (items) => {
      for (const item of items) void handle(bot, item)
    },
    checkout: { decide: async () => ({ ok: true }), undecided: () => 'later' },
    commands,
    lead: async () => ({ over: new AbortController().signal, resign: () => {} }),
  }
  return { ...all, bot, lines, settings, ports, start: () => bot.start(ports) }
}

describe('the shop bot', () => {
  it('serves a purchase and its refund', async () => {
    const money: unknown[] = []
    const { fake, alice, bot, start } = await withBot(async (bot, { payload }) => {
      const payment = paymentOf(payload)
      const refund = refundOf(payload)
      if (payment) await bot.provider.refund?.({ ...payment, refundId: '1', attempt: 1 })
      money.push(...[payment, refund].filter(Boolean))
      const event = bot.decode(payload)
      if (event?.content.kind === 'text')
        await bot.channel.send(event.chat, { text: ['Welcome'], buttons: [[{ label: 'Buy', action: 'buy' }]] }, 'reply')
      if (event?.content.kind !== 'press') return
      await bot.channel.acknowledge(event, { text: 'one moment' })
      const invoice = {
        title: 'Card',
        description: 'One',
        payload: 'K7MQ4XD2',
        currency: 'XTR',
        amount: 9,
        label: 'x',
      } as const
      await bot.channel.send(event.chat, { text: [], invoice }, 'reply')
    })
    await start()
    expect(bot.link()).toBe(`https://t.me/${fake.username}`)
    await alice.say('/start')
    expect(await alice.press(await alice.see('Welcome'), 'Buy')).toEqual({ text: 'one moment' })
    expect(await alice.pay(await alice.see('Card'))).toMatchObject({ ok: true })
    await vi.waitFor(() => expect(money).toHaveLength(2), { timeout: 20_000 })
    expect(money).toMatchObject([{ orderNo: 'K7MQ4XD2', payer: '7', amount: 9 }, { provider: 'telegram-stars' }])
    expect(alice.stars().moves.map(({ amount }) => amount)).toEqual([-9, 9])
    await vi.waitFor(() => expect(fake.commands('default', 'zh')).toEqual(commands.zh), { timeout: 20_000 })
    expect(fake.commands()).toEqual(commands.en)
    await bot.close()
    expect(fake.unconfirmed()).toEqual([])
  })

  it('starts without its menu when Telegram refuses it', async () => {
    const { bot, ports, lines } = await withBot(async () => {})
    await bot.start({ ...ports, commands: { en: [{ command: 'No!', description: 'x' }], zh: [] } })
    await vi.waitFor(() => expect(lines).toContain('the commands menu of the Telegram bot could not be set'), {
      timeout: 20_000,
    })
  })

  it('does not start with a token that Telegram does not know', async () => {
    const { settings, ports } = await withBot(async () => {})
    const { log } = keepLog()
    const wrong = { ...settings, TELEGRAM_BOT_TOKEN: '1:unknown' }
    const bot = createTelegram({ settings: wrong, log, now: () => new Date() })
    await expect(bot.start(ports)).rejects.toMatchObject({ code: 'telegram.token', message: /set TELEGRAM_BOT_TOKEN/ })
    await bot.close()
  })

  it('starts while Telegram cannot be reached, and hears as soon as it can', async () => {
    const heard: unknown[] = []
    const { fake, alice, start, lines } = await withBot(
      async (bot, { payload }) => void heard.push(bot.decode(payload)),
    )
    fake.fault({ method: 'getMe', kind: 'drop' })
    await start()
    expect(lines).toEqual(['Telegram cannot be reached; trying again'])
    await alice.say('hello')
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5000)
  })

  it('stops while Telegram cannot be reached', async () => {
    const { fake, bot, start } = await withBot(async () => {})
    fake.fault({ kind: 'drop', times: 1000 })
    await start()
    await bot.close()
  })

  it('is called by Telegram when it has a webhook', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const webhookOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { fake, alice, settings, ports } = await withBot(async () => {}, { webhookOrigin })
    const { log } = keepLog()
    const webhook = { ...settings, TELEGRAM_WEBHOOK: true, PUBLIC_URL: 'https://shop.example' }
    const bot = createTelegram({ settings: webhook, log, now: () => new Date() })
    onTestFinished(() => bot.close())
    server.on('request', (request, reply) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', async () => {
        const status =
          request.url === bot.webhook?.path
            ? await bot.webhook?.handle(request.headers, `${Buffer.concat(chunks)}`)
            : 404
        reply.writeHead(status ?? 404).end()
      })
    })
    const heard: Incoming[] = []
    await bot.start({ ...ports, accept: async (items) => void heard.push(...items) })
    await alice.say('through the webhook')
    await fake.allConfirmed()
    expect(heard.map(({ payload }) => bot.decode(payload)?.content)).toEqual([
      { kind: 'text', text: 'through the webhook' },
    ])
    expect(fake.calls('getUpdates')).toEqual([])
  })
})
