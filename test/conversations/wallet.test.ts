import { beforeAll, describe, expect, it } from 'vitest'
import { formatMoney } from '../../core/platform/money.ts'
import type { Stocked } from '../stand/shop.ts'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { begins, fill, order } from './steps.ts'
import { expectWording } from './wording.ts'

const cases = CHANNELS.flatMap(({ name, open }) =>
  (['zh', 'en'] as const).map((language) => ({ name, open, language })),
)

describe.each(cases)('a wallet on $name, in $language', ({ open, language }) => {
  let channel: Channel
  let alice: Chatter
  let boss: Chatter
  /** one that can be paid for here in the usual way, and one that on most channels has no other way than the wallet */
  let usual: Stocked
  let real: Stocked
  /** what one of the product costs on this channel */
  let price: { amount: number; currency: string }
  beforeAll(async () => {
    channel = await open()
    boss = await channel.join('boss', { language, owner: true })
    alice = await channel.join('alice', { language })
    usual = await channel.program.product(9)
    real = await channel.program.product(9, { demo: 'off' })
    price = channel.can.invoice ? { amount: 50, currency: 'XTR' } : { amount: real.price, currency: 'CNY' }
  })

  const money = (times: number) => formatMoney(price.amount * times, price.currency, language)
  const fromWallet = () => begins(alice.t.payFromWallet(''))
  const canPay = () => alice.keysShown().some((label) => fromWallet().test(label))
  const place = async (product: Stocked) => {
    await fill(alice, product)
    return order(alice)
  }

  it('fills with what was paid too much, is shown, and pays for the next order', async () => {
    const { t } = alice
    const { stand } = channel.program
    const begin = channel.program.shown.length
    const first = await place(usual)
    expect(canPay()).toBe(false)
    await alice.say('/wallet')
    await alice.see(t.walletEmpty)

    const no = first.replace('-', '')
    await stand.receive({ no, total: 0 }, { amount: price.amount * 2, currency: price.currency })
    await alice.see(t.paymentNotices.settled(first, money(1)))
    await alice.see(t.notices.delivered(first))
    await boss.see(boss.staff.alerts.overpaid(first))
    await alice.say('/wallet')
    const wallet = await alice.see(t.walletBalance(money(1)))
    expect(wallet.text).toContain(`+${money(1)}`)
    expect(wallet.text).toContain(t.walletMoves.excess(first))

    const second = await place(real)
    expect(alice.keysShown()).toContain(t.payFromWallet(money(1)))
    await alice.press(fromWallet())
    const delivered = await alice.see(t.notices.delivered(second))
    expect(delivered.text).toContain(t.paidWith(money(1)))
    if (channel.can.invoice) await alice.sight.gone(({ invoice }) => invoice?.title === t.invoiceTitle(second))
    if (alice.can.buttons) {
      await alice.forge(`pay-wallet:${second.replace('-', '')}`)
      await alice.see(t.checkoutProblems.already_paid)
    }
    await alice.say('/wallet')
    expect((await alice.see(t.walletEmpty)).text).toContain(t.walletMoves.paid(second))
    if (channel.can.invoice) await place(real)
    else expect((await fill(alice, real)).text).toContain(t.notPayableHere)
    expect(canPay()).toBe(false)

    const { staff } = boss
    await boss.say(`/wallet ${second}`)
    const { customerId } = await stand.again({ no: second.replace('-', '') })
    const name = (await channel.program.shop.customers.get(customerId))?.name ?? staff.nameless
    expect((await boss.see(t.walletEmpty)).text).toContain(staff.walletTitle(name, customerId))
    await boss.say(`/refund ${second} wrong`)
    await boss.see(staff.refundKeysUnseen)
    await boss.press(begins(staff.refundConfirm('')))
    await boss.see(staff.credited)
    const refunded = await alice.see(t.notices.refunded(second))
    expect(refunded.text).toContain(t.refundedToWallet)
    await alice.say('/start')
    await alice.see(({ buttons }) => buttons.includes(t.wallet))
    await alice.press(t.wallet)
    expect((await alice.see(t.walletBalance(money(1)))).text).toContain(t.walletMoves.refunded(second))
    await alice.say('/orders')
    await alice.see(t.ordersTitle)

    const said = channel.program.shown.slice(begin)
    expectWording(said, alice.chat, language, [usual.name, real.name])
    expectWording(said, boss.chat, language, [usual.name, real.name, 'test-pay'])
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
