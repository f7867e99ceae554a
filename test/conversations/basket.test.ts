import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import { begins, buy, fill, holds, maskOf, order, orderIn, orderNoIn, reveal } from './steps.ts'
import { expectWording } from './wording.ts'

describe.each(CHANNELS)('the basket on $name', ({ open, languages }) => {
  let channel: Channel
  beforeAll(async () => {
    channel = await open()
  })

  const ordersOf = async ({ chat }: Chatter) =>
    channel.program.stand.rows<{ no: string; state: string }>('SELECT no, state FROM orders WHERE chat = $1', [chat])
  const set = (sku: string, field: string, value: string) =>
    channel.program.shop.catalog.set('operator', sku, field, value)
  const price = (cents: number, stars: number) => (channel.can.invoice ? `★ ${stars}` : (cents / 100).toFixed(2))

  it.each(languages)('holds several products, changes, and sells them in one order, in %s', async (language) => {
    const { program } = channel
    const [one, other] = [await program.product(5), await program.product(5)]
    const alice = await channel.join('alice', { language })
    const greeted = program.shown.length
    const { t } = alice
    await fill(alice, one, 1)
    await fill(alice, other, 2)
    // The same product again is another quantity, not another line.
    const both = await fill(alice, one, 3)
    expect(both.text).toContain(`${one.name} × 3`)
    expect(both.text).toContain(`${other.name} × 2`)
    expect(both.text).toContain(price(5 * 990, 250))
    await alice.press(t.removeLine(one.name))
    const less = await alice.see(t.basketTitle)
    expect(less.text).not.toContain(`${one.name} ×`)
    await alice.press(t.emptyBasket)
    await alice.see(t.basketEmptied)
    expect(alice.keysShown().some((label) => begins(t.checkout('')).test(label))).toBe(false)

    await fill(alice, one, 1)
    await fill(alice, other, 2)
    const no = await order(alice)
    await alice.pay()
    const delivered = await alice.see(t.notices.delivered(no))
    for (const code of [...one.codes.slice(0, 1), ...other.codes.slice(0, 2)])
      expect(delivered.text).toContain(maskOf(code))
    const keys = await reveal(alice)
    for (const code of [...one.codes.slice(0, 1), ...other.codes.slice(0, 2)]) expect(keys.text).toContain(code)
    for (const { name } of [one, other]) expect(keys.text).toContain(name)
    expectWording(program.shown.slice(greeted), alice.chat, language, [one.name, other.name])
  })

  it('takes only quantities that can be had', async () => {
    const { program } = channel
    const product = await program.product(50, { limit: '20' })
    const alice = await channel.join('alice')
    const { t, can } = alice
    for (const typed of ['21', '-1', '1.5', 'two', '１２３４５６７']) {
      await alice.say(`/start p_${product.sku}`)
      await alice.see(product.name)
      await alice.press(t.buy)
      if (can.buttons) {
        await alice.see(({ buttons }) => buttons.includes(t.otherQuantity))
        await alice.press(t.otherQuantity)
      }
      await alice.see(/20/)
      await alice.say(typed)
      await alice.see(t.badQuantity(20))
    }
    await alice.say('20')
    await alice.see(`${product.name} × 20`)
  })

  it('says what became of a product that was taken off the shelf meanwhile', async () => {
    const product = await channel.program.product(5)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    await set(product.sku, 'shelf', 'off')
    await alice.press(begins(t.checkout('')))
    await alice.see(t.lineGone(product.name))
    expect(await ordersOf(alice)).toEqual([])
    await alice.say(`/start p_${product.sku}`)
    await alice.see(t.unknownProduct)
  })

  it('asks again when the price has changed meanwhile', async () => {
    const product = await channel.program.product(5)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    await set(product.sku, 'price', '19.90')
    if (channel.can.invoice) await set(product.sku, 'stars', '99')
    await alice.press(begins(t.checkout('')))
    const asked = await alice.see(t.refused.price_changed)
    expect(asked.text).toContain(price(1990, 99))
    expect(await ordersOf(alice)).toEqual([])
    await order(alice)
    expect(await ordersOf(alice)).toHaveLength(1)
  })

  it('says how many are left when somebody else was quicker, and that there are none', async () => {
    const product = await channel.program.product(3)
    const [alice, bob] = [await channel.join('alice'), await channel.join('bob')]
    const { t } = alice
    await fill(alice, product, 2)
    await buy(bob, product, 2)
    await alice.press(begins(t.checkout('')))
    await alice.see(t.refused.sold_out(product.name, 1))
    await buy(bob, product, 1)
    await alice.press(begins(t.checkout('')))
    await alice.see(t.refused.sold_out(product.name, 0))
    expect(await ordersOf(alice)).toEqual([])
    await alice.say(`/start p_${product.sku}`)
    await alice.see(t.stock(t.levels.none))
    expect(alice.keysShown()).not.toContain(t.buy)
  })

  it('makes one order of a button that is pressed twice, and of an old one later', async () => {
    const product = await channel.program.product(5)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    const [label = ''] = alice.keysShown().filter((shown) => begins(t.checkout('')).test(shown))
    await Promise.all([alice.press(label), alice.press(label).catch(() => {})])
    await alice.see(orderIn(alice, 'awaiting_payment'))
    await channel.program.idle()
    const placed = await ordersOf(alice)
    expect(placed).toHaveLength(1)
    if (!alice.can.buttons) return
    // The old basket's button, under a message that has long become something else.
    const [{ basket_id: basket = '' } = {}] = await channel.program.stand.rows<{ basket_id: string }>(
      `SELECT split_part(idempotency_key, ':', 3) AS basket_id FROM orders WHERE chat = $1`,
      [alice.chat],
    )
    const again = `order-now:${basket}:${product.price}`
    await fill(alice, product, 2)
    await alice.forge(again)
    expect(orderNoIn(await alice.see(orderIn(alice, 'awaiting_payment'))).replace('-', '')).toBe(placed[0]?.no)
    // Under the order itself it says so, and shows nothing again.
    await alice.forge(again)
    await alice.see(t.alreadyOrdered)
    await alice.forge('order-now:12345678:990')
    await alice.see(t.oldButton)
    expect(await ordersOf(alice)).toHaveLength(1)
  })

  it('does what was pressed while the program was away', async () => {
    const { program, can } = channel
    const product = await program.product(5)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    const label = begins(t.checkout(''))
    await program.close()
    const pressing = can.waits ? alice.press(label) : undefined
    await program.reopen()
    await (pressing ?? alice.press(label))
    await alice.see(orderIn(alice, 'awaiting_payment'))
    expect(await ordersOf(alice)).toHaveLength(1)
    if (can.invoice) await alice.see(({ invoice }) => invoice !== undefined)
    await alice.pay()
    await alice.see(/\*\*\*\*/)
  })

  it('forgets the basket on /cancel', async () => {
    const product = await channel.program.product(5)
    const alice = await channel.join('alice')
    const { t } = alice
    await fill(alice, product)
    await alice.say('/cancel')
    await alice.see(t.cancelled)
    await alice.press(t.basket(0))
    await alice.see(t.basketEmpty)
    await alice.say('/cancel')
    await alice.see(t.nothingToCancel)
  })

  it('lets nobody keep more than three unpaid orders, and cancels one', async () => {
    const product = await channel.program.product(9)
    const alice = await channel.join('alice')
    const { t } = alice
    for (const _ of [1, 2, 3]) {
      await fill(alice, product)
      await order(alice)
    }
    await fill(alice, product)
    await alice.press(begins(t.checkout('')))
    const refused = await alice.see(t.refused.too_many_open(3))
    const no = orderNoIn(refused)
    await alice.press(t.cancelOrder)
    await alice.see(t.cancelledOrder)
    if (channel.can.invoice) await alice.sight.gone(({ invoice }) => invoice?.title === t.invoiceTitle(no))
    await alice.press(t.orderAgain)
    await alice.see(t.basketTitle)
    await order(alice)
    expect((await ordersOf(alice)).map(({ state }) => state).sort()).toEqual([
      ...Array<string>(3).fill('awaiting_payment'),
      'cancelled',
    ])
  })

  it('finds products by what is typed', async () => {
    const { program } = channel
    const product = await program.product(1, { 'name.en': 'Odd 100% name', 'name.zh': '怪名字' })
    const alice = await channel.join('alice')
    const { t } = alice
    await alice.say('100%')
    expect((await alice.see(t.found('100%', 1))).buttons.some((label) => label.includes('Odd 100% name'))).toBe(true)
    await alice.press(holds('Odd 100% name'))
    await alice.see(t.stock(t.levels.few))
    for (const typed of ['no such thing', '%%', '_', `1${'0'.repeat(300)}`]) {
      await alice.say(typed)
      await alice.see(({ text }) => text.startsWith(t.noMatch('').slice(0, 13)))
    }
    expect(product.sku).not.toBe('')
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
