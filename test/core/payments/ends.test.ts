import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { type OrderState, TRANSITIONS } from '../../../core/orders/states.ts'
import type { PaymentNotice } from '../../../core/payments/model.ts'
import { DECISIONS, ENDS, type Sum, WAYS_BACK } from '../../../core/payments/policy.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

/**
 * Every payment there can be, through the shop: it ends where the tables say, once, and no cent of it is lost. Both providers'
 * payers are people of the channel `test`; `test-pay` gives money back, `vouchers` does not.
 */
let stand: Stand
let product: Stocked
let friend: Buyer
beforeAll(async () => {
  stand = await openShop({ providers: [{ name: 'vouchers', channel: 'test' }] })
  for (const rule of ['hourly-orders', 'payer-orders', 'group-orders'])
    await stand.shop.risk.setLimit('operator', rule, 'off')
  product = await stand.product(700)
  friend = await stand.meet({ id: 'friend' })
})

const AMOUNTS: Readonly<Record<Sum, Partial<PaymentNotice>>> = {
  exact: {},
  over: { amount: 1000 },
  under: { amount: 980 },
  other_currency: { currency: 'USD' },
}

/** An order in a state, in its own way where a buyer or staff can bring it there. */
async function orderIn(state: OrderState | 'none', buyer: Buyer): Promise<Pick<Order, 'no' | 'total'>> {
  if (state === 'none') return { no: 'ZZZZZZZZ', total: 990 }
  const order = await stand.order(buyer, product.sku)
  if (state === 'awaiting_payment') return order
  if (state === 'cancelled') await stand.shop.sale.cancel(order.no, buyer.id)
  else if (state === 'expired') {
    await stand.rows(`UPDATE orders SET reserved_until = $2 WHERE id = $1`, [order.id, stand.clock()])
    await stand.shop.sale.releaseDue()
  } else {
    await stand.receive(order)
    if (state !== 'delivered') await stand.rows(`UPDATE orders SET state = $2 WHERE id = $1`, [order.id, state])
  }
  return order
}

const walletOf = async (buyer: Buyer) => (await stand.shop.wallets.balances(buyer.id)).map((has) => ({ ...has }))

/** Where the cents of a payment are, by the ledger. */
async function placesOf(paymentId: bigint): Promise<Record<string, number>> {
  const rows = await stand.rows<{ account: string; amount: number }>(
    `SELECT s.account, sum(s.amount)::int AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     CROSS JOIN LATERAL (VALUES (e.credit, e.amount), (e.debit, -e.amount)) AS s (account, amount)
     WHERE t.ref = 'payment:' || $1::bigint OR t.ref IN (SELECT n || r.id FROM refund r, unnest('{refund-owed:,refund-paid:}'::text[]) AS n WHERE r.payment_id = $1)
     GROUP BY 1 HAVING sum(s.amount) <> 0`,
    [paymentId],
  )
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]))
}

const cases = (['none', ...(Object.keys(TRANSITIONS) as OrderState[])] as const).flatMap((state) =>
  (Object.keys(AMOUNTS) as Sum[]).flatMap((sum) =>
    (['test-pay', 'vouchers'] as const).flatMap((provider) =>
      (['buyer', 'friend', 'stranger'] as const).map((payer) => ({ state, sum, provider, payer })),
    ),
  ),
)

it.each(cases)('an order that is $state, $sum by $provider of the $payer', async ({ state, sum, provider, payer }) => {
  const buyer = await stand.meet()
  const order = await orderIn(state, buyer)
  const account = { buyer: buyer.name ?? '', friend: 'friend', stranger: 'stranger' }[payer]
  const notice = { provider, reference: randomUUID(), payer: account, ...AMOUNTS[sum] }
  const before = await walletOf(friend)
  const settled = await stand.receive(order, notice)

  const rule = DECISIONS[state][sum]
  expect(settled).toMatchObject({ rule, order: ENDS[rule] === 'back' ? undefined : 'delivered' })
  // `test-pay` knows nobody by their account, `vouchers` knows the people of `test`; an order makes its buyer known.
  const person = { buyer, friend, stranger: undefined }[payer]
  const known = (provider === 'vouchers' ? person : undefined) ?? (state === 'none' ? undefined : buyer)
  const way = WAYS_BACK[provider === 'vouchers' ? 'cannot' : 'can'][known ? 'known' : 'unknown']
  const { amount, currency } = { amount: 990, currency: 'CNY', ...AMOUNTS[sum] }
  const credited = ENDS[rule] === 'order_and_wallet' ? 10 : ENDS[rule] === 'back' && way === 'wallet' ? amount : 0

  const payment = await stand.shop.payments.byId(settled.paymentId)
  const outcome = ENDS[rule] !== 'back' ? 'settled' : way === 'wallet' ? 'credited' : 'refunding'
  expect(payment).toMatchObject({ outcome, rule, excess: ENDS[rule] === 'order_and_wallet' ? 10 : 0 })
  if (way === 'staff' && outcome === 'refunding')
    expect(payment?.refund).toMatchObject({ state: 'failed', problem: undefined })
  for (const one of [buyer, friend]) {
    const had = one === friend ? before.find((has) => has.currency === currency)?.amount : 0
    const has = (await walletOf(one)).find((balance) => balance.currency === currency)?.amount
    expect((has ?? 0) - (had ?? 0)).toBe(one === known ? credited : 0)
  }

  // Told again, it is the same payment; and once it is where it belongs, so is every cent.
  expect(await stand.receive(order, notice)).toEqual(settled)
  if (outcome === 'refunding' && way === 'source') await stand.refund(settled.paymentId)
  const places = await placesOf(settled.paymentId)
  const back = (await stand.shop.payments.byId(settled.paymentId))?.outcome === 'refunded'
  const inWallet = credited > 0 ? { [`liabilities:wallet:${known?.id}`]: credited } : {}
  const rest = amount - credited
  expect(places).toEqual(
    back
      ? {}
      : {
          [`assets:${provider}`]: -amount,
          ...inWallet,
          ...(rest > 0 ? { [outcome === 'settled' ? 'income:sales' : 'liabilities:refunds']: rest } : {}),
        },
  )
  expect(back).toBe(ENDS[rule] === 'back' && way === 'source')
})

describe('a second payment of the same order', () => {
  it.each([
    ['test-pay', 'test-pay', 'refunding'],
    ['vouchers', 'test-pay', 'refunding'],
    ['test-pay', 'vouchers', 'credited'],
    ['vouchers', 'vouchers', 'credited'],
  ])('by %s and then by %s: %s', async (first, second, outcome) => {
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku)
    const reference = randomUUID()
    expect(await stand.receive(order, { provider: first, reference })).toMatchObject({ rule: 'on_time' })
    // Two providers may well call two payments by the same name.
    const again = first === second ? randomUUID() : reference
    const settled = await stand.receive(order, { provider: second, reference: again })
    expect(settled).toMatchObject({ rule: 'already_paid', order: undefined })
    expect(await stand.shop.payments.byId(settled.paymentId)).toMatchObject({ outcome })
    expect(await walletOf(buyer)).toEqual(outcome === 'credited' ? [{ amount: 990, currency: 'CNY' }] : [])
    expect((await stand.again(order)).state).toBe('delivered')
  })
})

describe('a late payment without stock', () => {
  it.each([
    ['test-pay', 990, 'refunding', 0],
    ['vouchers', 990, 'credited', 990],
    ['vouchers', 1200, 'credited', 1200],
  ])('by %s of %i: %s, and nothing is delivered', async (provider, amount, outcome, credited) => {
    const rare = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.order(buyer, rare.sku)
    stand.clock.advance(minutes(16))
    await stand.bought(await stand.meet(), rare.sku)
    const settled = await stand.receive(order, { provider, amount })
    expect(settled).toMatchObject({ rule: 'late_no_stock', order: undefined })
    expect(await stand.shop.payments.byId(settled.paymentId)).toMatchObject({ outcome, excess: 0 })
    expect(await walletOf(buyer)).toEqual(credited > 0 ? [{ amount: credited, currency: 'CNY' }] : [])
    expect((await stand.again(order)).state).toBe('expired')
  })
})

it('tells whoever has the money in their wallet, and staff of what is odd', async () => {
  const buyer = await stand.meet()
  const order = await stand.order(buyer, product.sku)
  const over = await stand.receive(order, { amount: 1000 })
  expect(await stand.jobs(`payment:${over.paymentId}`)).toMatchObject([{ payload: { to: { chat: buyer.chat } } }])
  expect(await stand.jobs(`alert:${over.paymentId}:overpaid`)).toHaveLength(1)
  expect(await stand.jobs(`order:${order.no}:delivered`)).toHaveLength(1)
  const lost = await stand.receive({ no: 'ZZZZZZZZ', total: 5 }, { provider: 'vouchers', payer: 'friend' })
  expect(await stand.jobs(`payment:${lost.paymentId}`)).toMatchObject([{ payload: { to: { chat: 'chat-friend' } } }])
  expect(await stand.jobs(`alert:${lost.paymentId}:odd_payment`)).toHaveLength(1)
  const [entry] = await stand.rows<{ data: unknown }>(
    `SELECT data FROM audit_entry WHERE subject = 'wallet:' || $1 ORDER BY id DESC LIMIT 1`,
    [friend.pseudonym],
  )
  expect(entry?.data).toEqual({ amount: 5, currency: 'CNY', move: 'returned', payment: String(lost.paymentId) })
})
