import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { covers } from '../../../core/wallet/policy.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { expectSound } from '../sale/invariants.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop({ providers: [{ name: 'vouchers', channel: 'test' }], settings: { KEYTILL_SANDBOX: '1' } })
  for (const rule of ['hourly-orders', 'hourly-units']) await stand.shop.risk.setLimit('operator', rule, 'off')
})

/** Someone with so much in their wallet: a payment that bought nothing and cannot go back. */
async function owner(amount: number, currency = 'CNY'): Promise<Buyer> {
  const buyer = await stand.meet()
  const payment = { provider: 'vouchers', payer: buyer.name ?? '', amount, currency }
  await stand.receive({ no: 'ZZZZZZZZ', total: amount }, payment)
  return buyer
}
const pay = (order: { no: string }, buyer: Buyer, currency = 'CNY', at = stand) =>
  at.shop.payments.payFromWallet(order.no, buyer.id, currency)
const balances = (buyer: Buyer) => stand.shop.wallets.balances(buyer.id)
const movesOf = async (buyer: Buyer) =>
  (await stand.shop.wallets.history(buyer.id, 0)).items.map(({ move, amount, orderNo }) => [move, amount, orderNo])

it.each([
  [[], false],
  [[{ amount: 990, currency: 'CNY' }], true],
  [[{ amount: 989, currency: 'CNY' }], false],
  [[{ amount: 5000, currency: 'XTR' }], false],
])('%j covers 9.90 CNY: %s', (has, expected) => {
  expect(covers(has, { amount: 990, currency: 'CNY' })).toBe(expected)
})

describe('an order paid from the wallet', () => {
  it('is delivered, and the money is taken in the same moment', async () => {
    const buyer = await owner(2000)
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    expect(await pay(order, buyer)).toMatchObject({ settled: { rule: 'on_time', order: 'delivered' } })
    expect(await stand.again(order)).toMatchObject({ state: 'delivered', paid: { provider: 'wallet', amount: 990 } })
    expect(await balances(buyer)).toEqual([{ amount: 1010, currency: 'CNY' }])
    expect(await movesOf(buyer)).toEqual([
      ['paid', -990, order.no],
      ['returned', 2000, undefined],
    ])
    expect(await stand.jobs(`order:${order.no}:delivered`)).toHaveLength(1)
    await expectSound(stand)
  })

  it('may be held, and what is rejected goes back into the wallet at once', async () => {
    const buyer = await owner(990)
    await stand.shop.risk.setLimit('operator', 'hourly-units', '1')
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    await stand.shop.risk.setLimit('operator', 'hourly-orders', '1')
    await stand.bought(buyer, (await stand.product(1)).sku)
    expect(await pay(order, buyer)).toMatchObject({ settled: { order: 'held' } })
    expect(await balances(buyer)).toEqual([])
    await stand.shop.sale.reject('staff', order.no, 'no')
    for (const rule of ['hourly-orders', 'hourly-units']) await stand.shop.risk.setLimit('operator', rule, 'off')
    expect(await stand.again(order)).toMatchObject({ state: 'refunded', paid: { credited: true } })
    expect(await balances(buyer)).toEqual([{ amount: 990, currency: 'CNY' }])
    expect((await movesOf(buyer))[0]).toEqual(['refunded', 990, order.no])
    expect(await stand.jobs(`order:${order.no}:refunded`)).toHaveLength(1)
    await expectSound(stand)
  })

  it('may be paid in Stars, out of Stars', async () => {
    const buyer = await owner(50, 'XTR')
    const order = await stand.order(buyer, (await stand.product(1, { stars: '50' })).sku)
    expect(await pay(order, buyer)).toEqual({ problem: 'balance' })
    expect(await pay(order, buyer, 'XTR')).toMatchObject({ settled: { order: 'delivered' } })
    expect(await balances(buyer)).toEqual([])
  })

  it('is paid once, however often it is tapped, in whatever process', async () => {
    const buyer = await owner(5000)
    const order = await stand.order(buyer, (await stand.product(2)).sku)
    const other = await openShop({ beside: stand })
    const taps = await Promise.all([1, 2, 3, 4].flatMap(() => [pay(order, buyer), pay(order, buyer, 'CNY', other)]))
    expect(taps.filter(({ settled }) => settled)).toHaveLength(1)
    expect(new Set(taps.map(({ problem }) => problem))).toEqual(new Set([undefined, 'already_paid']))
    expect(await balances(buyer)).toEqual([{ amount: 4010, currency: 'CNY' }])
  })

  it('is not paid when another took the money first: one pays, the other is told', async () => {
    const buyer = await owner(990)
    const product = await stand.product(4)
    const orders = [await stand.order(buyer, product.sku), await stand.order(buyer, product.sku)]
    const other = await openShop({ beside: stand })
    const answers = await Promise.all(orders.map((order, n) => pay(order, buyer, 'CNY', n ? other : stand)))
    expect(answers.map(({ problem }) => problem).sort()).toEqual(['balance', undefined])
    expect((await Promise.all(orders.map((order) => stand.again(order)))).map(({ state }) => state).sort()).toEqual([
      'awaiting_payment',
      'delivered',
    ])
    expect(await balances(buyer)).toEqual([])
    await expectSound(stand)
  })

  it.each([
    ['is too little in it', 989, {}, 'balance'],
    ['is nothing of this currency in it', 990, { currency: 'USD' }, 'wrong_amount'],
    ['it is cancelled', 990, { before: 'cancel' }, 'cancelled'],
    ['its time is over', 990, { before: 'wait' }, 'expired'],
    ['it is another’s', 990, { before: 'other' }, 'not_yours'],
    ['its key is bad and there is no other', 990, { before: 'void' }, 'no_stock'],
    ['it is a demo', 990, { demo: 'on' }, 'demo'],
  ])('is not paid when there %s, and nothing has changed', async (_, amount, how, problem) => {
    const { before = '', currency = 'CNY', demo = 'off' } = how as Record<string, string>
    const buyer = await owner(amount)
    const who = before === 'other' ? await stand.meet() : buyer
    const order = await stand.order(who, (await stand.product(1, { demo })).sku)
    if (before === 'cancel') await stand.shop.sale.cancel(order.no, who.id)
    if (before === 'wait') stand.clock.advance(minutes(15))
    const key = before === 'void' ? await stand.shop.inventory.find({ orderNo: order.no, unit: 1 }) : undefined
    if (key) await stand.shop.inventory.void('operator', key, 'used')
    const { state } = await stand.again(order)
    expect(await pay(order, buyer, currency)).toEqual({ problem })
    expect(await balances(buyer)).toEqual([{ amount, currency: 'CNY' }])
    expect((await stand.again(order)).state).toBe(state)
    expect(await stand.rows(`SELECT FROM payment WHERE provider = 'wallet' AND order_no = $1`, [order.no])).toEqual([])
  })

  it('is not paid when there is no such order', async () => {
    expect(await pay({ no: 'ZZZZZZZZ' }, await owner(990))).toEqual({ problem: 'unknown_order' })
  })
})

describe('a refund', () => {
  it('of an overpaid order goes where the rest of the money is, whole, once', async () => {
    const buyer = await stand.meet()
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    await stand.receive(order, { amount: 1100 })
    expect((await stand.again(order)).paid).toMatchObject({ amount: 990 })
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect((await stand.again(order)).state).toBe('refunded')
    expect(await balances(buyer)).toEqual([{ amount: 1100, currency: 'CNY' }])
    expect(await movesOf(buyer)).toEqual([
      ['refunded', 990, order.no],
      ['excess', 110, order.no],
    ])
    await expectSound(stand)
  })

  it('of an order whose provider gives nothing back goes into the wallet; keys nobody saw are sold again', async () => {
    const product = await stand.product(1)
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku)
    await stand.receive(order, { provider: 'vouchers', payer: 'somebody' })
    await stand.shop.sale.refund('staff', order.no, 'goodwill')
    expect(await stand.again(order)).toMatchObject({ state: 'refunded', paid: { credited: true } })
    const again = await stand.order(buyer, product.sku)
    expect(await pay(again, buyer)).toMatchObject({ settled: { order: 'delivered' } })
    await expectSound(stand)
  })

  it('that was refused may go into the wallet instead: once, and not while it is still asked for', async () => {
    const buyer = await stand.meet()
    const order = await stand.bought(buyer, (await stand.product(1)).sku)
    const { paymentId } = await stand.receive(order)
    const { payments } = stand.shop
    expect(await payments.creditRefund('staff', paymentId)).toBe(false)
    expect(await payments.creditee(paymentId)).toBeUndefined()
    stand.pay.mood = 'refusing'
    await stand.refund(paymentId)
    stand.pay.mood = 'willing'
    expect(await payments.creditee(paymentId)).toBe(buyer.id)
    const twice = await Promise.all([
      payments.creditRefund('staff', paymentId),
      payments.creditRefund('staff', paymentId),
    ])
    expect(twice.sort()).toEqual([false, true])
    expect(await payments.byId(paymentId)).toMatchObject({ outcome: 'credited', refund: { state: 'done' } })
    expect(await payments.retryRefund('staff', paymentId)).toBe(false)
    await stand.refund(paymentId)
    expect(await balances(buyer)).toEqual([{ amount: 990, currency: 'CNY' }])
    expect((await stand.again(order)).state).toBe('delivered')
    await expectSound(stand)
  })

  it('of a payment whose payer nobody knows stays with staff until they have given it back by hand', async () => {
    const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 }, { provider: 'vouchers' })
    const { payments } = stand.shop
    expect(await payments.creditRefund('staff', paymentId)).toBe(false)
    const open = async () =>
      (await stand.shop.reconciliation.compare('2026-06-01')).differences.filter(({ kind }) => kind === 'refund_open')
    expect(await open()).toMatchObject([{ actual: 'failed' }])
    expect(await payments.refundedByHand('staff', paymentId)).toBe(true)
    expect(await payments.refundedByHand('staff', paymentId)).toBe(false)
    expect(await payments.byId(paymentId)).toMatchObject({ outcome: 'refunded' })
    expect(await open()).toEqual([])
    await expectSound(stand)
  })
})

describe('money that its provider gives back after it was credited', () => {
  it.each([
    ['is taken out of the wallet', 0, [], 0],
    ['and is spent in part: the rest is taken, what is missing is lost', 990, [], 990],
  ])('%s', async (_, spent, left, loss) => {
    const buyer = await stand.meet()
    const reference = randomUUID()
    const payment = { reference, provider: 'vouchers', payer: buyer.name ?? '' }
    await stand.receive({ no: 'ZZZZZZZZ', total: 1500 }, payment)
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    if (spent > 0) await pay(order, buyer)
    await stand.shop.payments.refunded('vouchers', reference)
    await stand.shop.payments.refunded('vouchers', reference)
    expect(await balances(buyer)).toEqual(left)
    expect((await movesOf(buyer))[0]).toEqual(['taken_back', -(1500 - spent), undefined])
    const booked = await stand.rows(
      `SELECT e.debit, e.amount::int FROM ledger_entry e JOIN wallet_entry w ON w.customer_id = $1 JOIN ledger_transaction t ON t.id = e.transaction_id AND t.ref = w.ref
       WHERE w.move = 'taken_back' AND e.debit = 'expenses:losses'`,
      [buyer.id],
    )
    expect(booked).toEqual(loss > 0 ? [{ debit: 'expenses:losses', amount: loss }] : [])
    await expectSound(stand)
  })

  it('with an overpaid order refunds the order, and takes out what was over', async () => {
    const buyer = await stand.meet()
    const order = await stand.order(buyer, (await stand.product(1)).sku)
    const reference = randomUUID()
    await stand.receive(order, { amount: 1200, reference })
    await stand.shop.payments.refunded('test-pay', reference)
    expect((await stand.again(order)).state).toBe('refunded')
    expect(await balances(buyer)).toEqual([])
    await expectSound(stand)
  })
})

it('cannot go below zero, whoever writes it', async () => {
  const buyer = await owner(100)
  const broken = stand.rows('UPDATE wallet SET balance = balance - 101 WHERE customer_id = $1', [buyer.id])
  await expect(broken).rejects.toThrow('wallet_never_below_zero')
})

it('shows its history in pages, newest first', async () => {
  const buyer = await owner(1)
  for (const amount of [2, 3, 4, 5, 6, 7, 8])
    await stand.receive({ no: 'ZZZZZZZZ', total: amount }, { provider: 'vouchers', payer: buyer.name ?? '' })
  const first = await stand.shop.wallets.history(buyer.id, 0)
  expect(first).toMatchObject({ page: 0, pages: 2, total: 8 })
  expect(first.items.map(({ amount }) => amount)).toEqual([8, 7, 6, 5, 4, 3])
  expect((await stand.shop.wallets.history(buyer.id, 9)).items.map(({ amount }) => amount)).toEqual([2, 1])
})
