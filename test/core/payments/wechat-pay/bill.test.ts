import { beforeEach, describe, expect, it } from 'vitest'
import { daysOf, readBill } from '../../../../core/payments/providers/wechat-pay/bill.ts'
import { hours } from '../../../../core/platform/clock.ts'
import { fakeKeys } from '../../../fakes/wechat-pay/fake.ts'
import { openPayStand, type PayStand } from './stand.ts'

const keys = fakeKeys()
let pay: PayStand
beforeEach(async () => {
  pay = await openPayStand(keys)
})

const DAY = '2026-06-01'
const later = () => pay.clock.set(new Date('2026-06-03T02:00:00Z'))
const compare = () => pay.stand.shop.reconciliation.compare(DAY)
const fees = async () =>
  await pay.stand.rows<{ debit: string; credit: string; amount: number }>(
    `SELECT debit, credit, amount::int AS amount FROM ledger_entry WHERE debit LIKE 'expenses:fees%' OR credit LIKE 'expenses:fees%' ORDER BY debit`,
  )

describe('the bill', () => {
  it.each(['gzip', 'plain'] as const)('agrees with our books (%s), and its fees are booked once', async (kind) => {
    pay.fake.bills = kind
    await pay.bought()
    const back = await pay.bought()
    await pay.stand.shop.sale.refund('staff', back.order.no, 'goodwill')
    await pay.stand.refund(back.paymentId)
    later()
    const books = await compare()
    expect(books).toMatchObject({ unasked: [], differences: [] })
    const kept = { debit: 'expenses:fees:wechat-pay', credit: 'assets:wechat-pay', amount: 6 }
    expect(await fees()).toEqual([
      { debit: 'assets:wechat-pay', credit: 'expenses:fees:wechat-pay', amount: 6 },
      kept,
      kept,
    ])
    await compare()
    expect(await fees()).toHaveLength(3)
    expect(
      (await pay.stand.shop.reconciliation.compare('2026-06-03')).differences,
      'of the day they were booked',
    ).toEqual([])
  })

  it('shows a payment we never heard of, and one that is not in it', async () => {
    await pay.bought()
    const transaction = await pay.paid(await pay.order())
    await pay.stand.rows('DELETE FROM payment_intent WHERE trade_no = $1', [transaction.out_trade_no])
    await pay.stand.rows(`UPDATE payment SET reference = 'never-made'`)
    later()
    const kinds = (await compare()).differences.map(({ kind, subject }) => [kind, subject])
    expect(kinds).toContainEqual(['book_unknown', transaction.transaction_id])
    expect(kinds).toContainEqual(['book_missing', 'never-made'])
  })

  it('is waited for until ten in the morning in Beijing, and while it is being written', async () => {
    await pay.bought()
    pay.clock.set(new Date('2026-06-02T00:10:00Z'))
    expect((await compare()).unasked).toEqual(['wechat-pay'])
    const reconcile = () => pay.stand.shop.reconciliation.tasks.reconcile?.({ date: DAY })
    await expect(reconcile()).rejects.toMatchObject({ code: 'books.provider_later' })
    later()
    pay.fake.bills = 'creating'
    await expect(reconcile()).rejects.toMatchObject({ code: 'books.provider_later', wait: hours(0.5) })
    pay.fake.bills = 'gzip'
    await reconcile()
  })

  it('that came damaged is not believed', async () => {
    await pay.bought()
    pay.fake.bills = 'damaged'
    later()
    expect((await compare()).unasked).toEqual(['wechat-pay'])
    expect(await fees()).toEqual([])
  })

  it('has the days of Beijing that a time touches', () => {
    expect(daysOf(new Date('2026-06-01T00:00:00Z'), new Date('2026-06-02T00:00:00Z'))).toEqual([
      '2026-06-01',
      '2026-06-02',
    ])
    expect(daysOf(new Date('2026-06-01T16:00:00Z'), new Date('2026-06-02T16:00:00Z'))).toEqual(['2026-06-02'])
  })

  it.each([
    ['nothing', ''],
    ['a page of something else', '<html></html>'],
    ['fewer rows than its sum', '交易时间,微信订单号\n总交易单数,x\n`1,`0'],
    ['no row of sums', '交易时间,微信订单号\n`a,`b'],
  ])('that is %s is refused', (_, text) => {
    expect(() => readBill(text)).toThrow(expect.objectContaining({ code: 'wechat_pay.bill_malformed' }))
  })
})
