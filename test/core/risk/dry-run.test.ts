import { beforeAll, describe, expect, it } from 'vitest'
import type { Placing } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
let product: Stocked
let [ann, bob]: Buyer[] = []
const paid: string[] = []

/** A history of which everything can be counted by hand. */
beforeAll(async () => {
  stand = await openShop()
  for (const { name } of await stand.shop.risk.rules()) await stand.shop.risk.setLimit('operator', name, 'off')
  product = await stand.product(60)
  ann = await stand.meet()
  bob = await stand.meet()
  const buys = async (buyer: Buyer, quantity: number, payer: string, from: Partial<Placing> = {}) => {
    const { placed } = await stand.ask(buyer, product.sku, quantity, from)
    if (!placed) throw new Error('refused')
    await stand.receive(placed, { payer })
    paid.push(placed.no)
    return placed
  }
  // 20 days ago: too long for a trial of 14.
  await buys(ann, 1, 'ann')
  stand.clock.advance(hours(24 * 10))
  // Four orders of Ann's with 20 minutes between them; the last two by Bob's card, who then buys one himself.
  for (const payer of ['ann', 'ann', 'bob', 'bob']) {
    await buys(ann, 2, payer, { origin: { ip: '203.0.113.1' } })
    stand.clock.advance(minutes(20))
  }
  await buys(bob, 3, 'bob', { origin: { ip: '203.0.113.1' } })
  // One nobody pays, and one that is paid with too little.
  await stand.order(bob, product.sku)
  stand.clock.advance(minutes(1))
  await stand.receive(await stand.order(bob, product.sku), { amount: 1, payer: 'bob' })
  await stand.shop.sale.refund('staff', paid[2] as string, 'broken')
  await stand.shop.support.ask(ann, { channel: 'test', chat: ann.chat, event: 'q' }, 'broken', 'support', paid[3])
  stand.clock.advance(hours(24 * 10))
})

const trial = async (text: string, days = 14) => {
  const { risk } = stand.shop
  return risk.try(risk.read(text), days, () => {})
}

describe('a rule tried on the past', () => {
  it.each([
    // Ann's four orders come at 0, 20, 40 and 60 minutes; the window of the fourth begins behind the first.
    ['payment if orders by buyer in 1h > 2 then hold', 5, [3, 4]],
    ['payment if orders by buyer in 61m > 3 then hold', 5, [4]],
    ['payment if units by buyer in 61m > 7 then hold', 5, [4]],
    ['payment if units > 2 then hold', 5, [5]],
    ['payment if amount by buyer in 61m > 59.39 then hold', 5, [3, 4]],
    ['payment if orders by payer in 1h > 1 then hold', 5, [2, 4, 5]],
    ['payment if orders by payer in 1h > 2 then hold', 5, [5]],
    ['payment if orders by group in 2h > 4 then hold', 5, [5]],
    ['payment if orders by ip in 2h > 4 then hold', 5, [5]],
    ['payment if orders by device in 2h > 0 then hold', 5, []],
    ['payment if buyers by payer > 1 then hold', 5, [5]],
    ['payment if paid < 1 then hold', 5, [5]],
    ['payment if paid > 3 then hold', 5, [4]],
    ['payment if refunds by buyer in 30d > 0 then hold', 5, []],
  ])('strikes as it would have then: %s', async (text, orders, struck) => {
    const result = await trial(text)
    expect(result).toMatchObject({ orders, isWhole: true, days: 14, struck: struck.length })
    expect(result.newest).toEqual(struck.toReversed().map((n) => paid[n]))
  })

  it('is tried on all orders when it is about placing them', async () => {
    expect(await trial('order if units > 0 then deny')).toMatchObject({ orders: 7, struck: 7 })
    expect(await trial('order if unpaid by buyer in 1h > 0 then deny')).toMatchObject({ orders: 7, struck: 1 })
    expect(await trial('order if returned by buyer in 1h > 0 then deny')).toMatchObject({ struck: 0 })
    expect(await trial(`order if product in ${product.sku} and channel in test then deny`)).toMatchObject({ struck: 7 })
  })

  it('tells what became of those it would have struck', async () => {
    expect(await trial('payment if units > 0 then hold')).toMatchObject({ struck: 5, refunded: 1, disputed: 1 })
    expect(await trial('payment if units > 2 then hold')).toMatchObject({ struck: 1, refunded: 0, disputed: 0 })
  })

  it('looks back as far as it is asked to', async () => {
    expect(await trial('payment if units > 0 then hold', 30)).toMatchObject({ orders: 6, struck: 6, days: 30 })
    expect(await trial('payment if units > 0 then hold', 5)).toMatchObject({ orders: 0, struck: 0 })
  })

  it('writes nothing', async () => {
    const all = `SELECT (SELECT count(*) FROM risk_decision) AS decisions, (SELECT count(*) FROM risk_rule) AS rules,
      (SELECT count(*) FROM audit_entry) AS audit, (SELECT string_agg(state::text, ',' ORDER BY id) FROM orders) AS orders`
    const before = await stand.rows(all)
    await trial('payment if units > 0 then hold')
    expect(await stand.rows(all)).toEqual(before)
  })
})
