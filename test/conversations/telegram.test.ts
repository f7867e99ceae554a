import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openChannels } from '../../bots/channels.ts'
import { TEXTS } from '../../bots/dialogue/locales/texts.ts'
import { createApi } from '../../bots/telegram/client.ts'
import { minutes } from '../../core/platform/clock.ts'
import { silentLog } from '../../core/platform/log.ts'
import { readSettings } from '../../core/platform/settings.ts'
import { startFakeTelegram } from '../fakes/telegram/server.ts'
import { atEnd } from '../stand/closing.ts'
import { openOwnDatabase } from '../stand/database.ts'
import type { Stocked } from '../stand/shop.ts'
import { called, openTelegram, TOKEN } from './channels/telegram.ts'
import { STAFF_TOKEN } from './channels/telegram-staff.ts'
import { buy, expectUnseen, fill, maskOf, order, reveal } from './steps.ts'

it('stocks, sells, shows and refunds from the first product to the last Star', async () => {
  const channel = await openTelegram()
  const { fake, program } = channel
  const [boss, alice] = [await channel.join('boss', { owner: true }), await channel.join('alice')]
  const { staff } = boss
  const { t } = alice

  const codes = Array.from({ length: 1000 }, (_, index) => `GAME-${String(index).padStart(6, '0')}-CARD`)
  for (const sku of ['GAME50', 'MUSIC']) {
    await boss.say(`/product add ${sku} | ${sku} card | 9.90 | 50`)
    await boss.see(staff.productAdded(sku))
  }
  await boss.sendFile('keys.csv', Buffer.from(codes.join('\n')), '/import GAME50')
  await boss.see(staff.previewNew(1000))
  await boss.press(staff.confirmImport(1000))
  await boss.see(staff.resultAdded(1000))
  await boss.say('/import MUSIC\nMUSIC-0001-CARD\nMUSIC-0002-CARD')
  await boss.see(staff.previewNew(2))
  await boss.press(staff.confirmImport(2))
  await boss.see(staff.resultAdded(2))
  expect(boss.own().join()).not.toMatch(/MUSIC-0001|keys\.csv/)

  const game = { sku: 'GAME50', name: 'GAME50 card' } as Stocked
  const music = { sku: 'MUSIC', name: 'MUSIC card' } as Stocked
  const before = alice.person.stars().balance
  const { no, delivered } = await buy(alice, game, 2)
  expect(alice.person.stars().balance).toBe(before - 100)
  for (const code of codes.slice(0, 2)) expect(delivered.text).toContain(maskOf(code))
  expectUnseen(program.shown, codes)
  for (const _ of [1, 2]) {
    expect((await reveal(alice)).spoilers).toEqual(codes.slice(0, 2))
    await alice.press(t.hideKeys)
    await alice.see(/\*\*\*\*/)
    program.stand.clock.advance(minutes(1))
  }
  expect((await program.stand.again({ no: no.replace('-', '') })).reveals).toHaveLength(2)

  const mallory = await channel.join('mallory')
  const message = alice.person.history().findLast(({ buttons }) => buttons.includes(t.revealAgain))
  if (!message) throw new Error('there is no message with the keys')
  expect(await mallory.person.pressData(message, `reveal:${no.replace('-', '')}`)).toMatchObject({
    text: t.orderUnknown,
    show_alert: true,
  })

  await fill(alice, game, 1)
  await fill(alice, music, 1)
  const both = await order(alice)
  const stranger = await mallory.person.pay(alice.invoice()).catch((error: Error) => error.message)
  expect(stranger).toMatch(/no Pay button/)
  await alice.pay()
  expect((await alice.see(t.notices.delivered(both))).text).toContain(maskOf('MUSIC-0001-CARD'))
  await expect(alice.person.pay(alice.invoice())).rejects.toThrow(/receipt/)
  expect(await alice.person.pay(alice.invoice(), { again: true })).toEqual({
    ok: false,
    error_message: t.checkoutProblems.already_paid,
  })

  // Somebody gives the first order's Stars back in another program with the bot's token.
  const paid = alice.person.stars().moves.find(({ amount }) => amount === -100)
  alice.sight.act()
  boss.sight.act()
  await createApi(TOKEN, fake.url).call('refundStarPayment', {
    user_id: alice.person.id,
    telegram_payment_charge_id: paid?.chargeId ?? '',
  })
  await alice.see(t.notices.refunded(no))
  await boss.see(staff.alerts.given_back(no))
  expect((await program.stand.again({ no: no.replace('-', '') })).state).toBe('refunded')

  await boss.say(`/refund ${both} wrong one`)
  await boss.see(staff.refundKeysUnseen)
  await boss.press(/^Refund /)
  await boss.see(staff.refundStarted)
  await alice.see(t.notices.refunded(both))
  await called(fake, 'refundStarPayment', 2)
  expect(alice.person.stars().balance).toBe(before)
  await fake.allConfirmed()
  await program.idle()
  expect(program.errors).toEqual([])
  expect(fake.commands()?.map(({ command }) => command)).toContain('paysupport')
  const { KEYTILL_RECORDING } = process.env
  if (KEYTILL_RECORDING) await writeFile(KEYTILL_RECORDING, fake.recording())
})

it('sells through a webhook, each update taken once, as the program itself is wired, with a staff bot beside', async () => {
  const port = await freePort()
  const webhooks = { webhookOrigin: `http://127.0.0.1:${port}`, duplicateUpdates: true }
  const fake = await startFakeTelegram({ token: TOKEN, ...webhooks })
  const staffBot = fake.addBot({ token: STAFF_TOKEN, ...webhooks })
  atEnd(() => fake.close())
  const folder = await mkdtemp(join(tmpdir(), 'keytill-webhook-'))
  atEnd(() => rm(folder, { recursive: true }))
  const settings = readSettings({
    KEYTILL_DATA: folder,
    DATABASE_URL: urlOf(await openOwnDatabase()),
    TELEGRAM_BOT_TOKEN: TOKEN,
    STAFF_BOT_TOKEN: STAFF_TOKEN,
    KEYTILL_OWNERS: 'telegram:9',
    TELEGRAM_API_ROOT: fake.url,
    TELEGRAM_WEBHOOK: '1',
    PUBLIC_URL: 'https://shop.example.com',
    HTTP_PORT: String(port),
  })
  const program = await openChannels(settings, silentLog, () => {})
  const { shop, close } = program
  atEnd(close)
  const urls = [`https://t.me/${fake.username}`, `https://t.me/${staffBot.username}`]
  expect([program.telegram?.url, program.staffBot?.url]).toEqual(urls)
  const boss = staffBot.user({ id: 9, first_name: 'Boss', language_code: 'en' })
  await boss.say('/start')
  await boss.see(TEXTS.en.staff.last24Hours)
  await shop.catalog.add('operator', { sku: 'CARD', name: 'A card', price: 990, stars: 50 })
  const product = await shop.catalog.product('CARD', 'en')
  if (!product) throw new Error('there is no product')
  await shop.inventory.import('operator', product, 'shell', [Buffer.from('AAAA-BBBB-CCCC-1\nAAAA-BBBB-CCCC-2')])

  const t = TEXTS.en.buyer
  const alice = fake.user({ id: 7, first_name: 'Alice', language_code: 'en', stars: 100 })
  await alice.say('/start p_CARD')
  await alice.press(await alice.see('A card'), t.buy)
  await alice.press(await alice.see(t.howMany('A card', product.limit)), '1')
  await alice.press(await alice.see(t.basketTitle), /^Order and pay/)
  expect(await alice.pay(await alice.see((message) => message.invoice !== undefined))).toMatchObject({ ok: true })
  const delivered = await alice.see(/is delivered/)
  await alice.press(delivered, t.reveal)
  await alice.see('AAAA-BBBB-CCCC-1')
  expect(alice.stars().balance).toBe(50)
  await boss.see(/^💰 Sold: /)
  expect((await shop.inventory.levels('CARD', 0)).items[0]).toMatchObject({ available: 1, sold: 1 })
})

/** The same connection as one address. */
function urlOf(connection: Awaited<ReturnType<typeof openOwnDatabase>>): string {
  if ('connectionString' in connection) return connection.connectionString
  const { host, port, user, database } = connection
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}

/** A port that nothing listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
