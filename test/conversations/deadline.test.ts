import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../core/platform/clock.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { called, openTelegram, type TelegramChannel } from './channels/telegram.ts'
import { buy, fill, order, orderIn } from './steps.ts'

const levelOf = async ({ program }: Channel, { sku }: Stocked) => (await program.shop.inventory.levels(sku, 0)).items[0]

describe.each(CHANNELS)('the time to pay on $name', ({ open }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  it('ends with a notice, the keys back on the shelf, and no way to pay', async () => {
    const { program, can } = channel
    const product = await program.product(2)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product, 2)
    const no = await order(alice)
    expect(await levelOf(channel, product)).toMatchObject({ available: 0, reserved: 2 })
    // Stars cannot be stopped once the invoice stands there but by the answer before the payment; the pretend payment
    // by what is said instead of it.
    const late = can.invoice ? undefined : alice.sight.newest(({ buttons }) => buttons.includes(t.sandboxPay))
    const invoice = can.invoice ? alice.sight.newest((seen) => seen.invoice !== undefined) : undefined
    program.stand.clock.advance(minutes(16))
    await alice.pay()
    await alice.see(t.checkoutProblems.expired)
    await program.pass(0)
    const notice = await alice.see(t.notices.expired(no))
    expect(notice.text).toContain(t.expiredNote)
    expect(await levelOf(channel, product)).toMatchObject({ available: 2, reserved: 0, sold: 0 })
    if (can.invoice) await alice.sight.gone((seen) => seen.invoice !== undefined)
    expect(late ?? invoice).toBeDefined()
    await alice.press(t.orderAgain)
    await alice.see(t.basketTitle)
    const again = await order(alice)
    expect(again).not.toBe(no)
    await alice.pay()
    await alice.see(t.notices.delivered(again))
    expect(await levelOf(channel, product)).toMatchObject({ available: 0, sold: 2 })
  })

  it('is extended by nothing but a payment, and says how long is left', async () => {
    const { program } = channel
    const product = await program.product(1)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    const no = await order(alice)
    await program.pass(minutes(10))
    await alice.say(no)
    const { text } = await alice.see(orderIn(alice, 'awaiting_payment'))
    expect(text).toContain(t.payWithin(5, '').split('(')[0] ?? '')
    await alice.pay()
    await alice.see(t.notices.delivered(no))
    await alice.pay().catch(() => {})
    await program.idle()
    expect(await levelOf(channel, product)).toMatchObject({ sold: 1 })
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})

describe('Stars that arrive too late', () => {
  let channel: TelegramChannel
  beforeAll(async () => {
    channel = await openTelegram()
  })

  it('buy keys while there are any', async () => {
    const { program, fake } = channel
    const product = await program.product(1)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    const no = await order(alice)
    const { updateId = 0 } = await alice.person.pay(alice.invoice(), { dropSuccessUpdate: true })
    await program.pass(minutes(30))
    await alice.see(t.notices.expired(no))
    fake.redeliver(updateId)
    await alice.see(t.notices.delivered(no))
    expect(await levelOf(channel, product)).toMatchObject({ available: 0, sold: 1 })
    expect(alice.person.stars().moves.map(({ amount }) => amount)).toEqual([-50])
  })

  it('go back when there are none', async () => {
    const { program, fake } = channel
    const product = await program.product(1)
    const [alice, bob] = [await channel.join('alice'), await channel.join('bob')]
    const { t } = alice
    await fill(alice, product)
    const no = await order(alice)
    const { balance } = alice.person.stars()
    const { updateId = 0 } = await alice.person.pay(alice.invoice(), { dropSuccessUpdate: true })
    expect(alice.person.stars().balance).toBe(balance - 50)
    await program.pass(minutes(30))
    await alice.see(t.notices.expired(no))
    await buy(bob, product)
    fake.redeliver(updateId)
    await alice.see(t.paymentNotices.refunded(no, '★ 50'))
    await called(fake, 'refundStarPayment')
    expect(alice.person.stars().balance).toBe(balance)
    expect(await levelOf(channel, product)).toMatchObject({ available: 0, sold: 1 })
    // The same update once more changes nothing.
    fake.redeliver(updateId)
    await fake.allConfirmed()
    await program.idle()
    expect(alice.person.stars().moves.map(({ amount }) => amount)).toEqual([-50, 50])
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
