import { beforeEach, expect, it } from 'vitest'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'

const DAY = '2026-06-01'
let stand: Stand
let buyer: Buyer
beforeEach(async () => {
  stand = await openShop({ providers: [{ name: 'vouchers', channel: 'test' }] })
  buyer = await stand.meet()
})

const books = () => stand.shop.reconciliation.compare(DAY)
const kindsOf = async () =>
  (await books()).differences
    .filter(({ kind }) => kind !== 'book_missing')
    .map(({ kind, subject, expected, actual }) => [kind, subject, expected, actual])

/** A day on which money goes into a wallet and out of it in every way. */
async function day(): Promise<void> {
  const { payments, sale } = stand.shop
  const product = await stand.product(4)
  const payer = buyer.name ?? ''
  await stand.receive({ no: 'ZZZZZZZZ', total: 1500 }, { provider: 'vouchers', payer, reference: 'credited', fee: 15 })
  const paid = await stand.order(buyer, product.sku)
  await payments.payFromWallet(paid.no, buyer.id, 'CNY')
  await sale.refund('staff', paid.no, 'goodwill')
  const over = await stand.order(buyer, product.sku)
  await stand.receive(over, { amount: 1200, reference: 'over', fee: 12 })
  await stand.receive({ no: 'ZZZZZZZZ', total: 40 }, { provider: 'vouchers', payer, reference: 'back' })
  await payments.refunded('vouchers', 'back')
  const second = await stand.order(buyer, product.sku)
  await payments.payFromWallet(second.no, buyer.id, 'CNY')
}

it('is no difference what a wallet took in and paid, and the books tell it apart from what went back', async () => {
  await day()
  expect(await kindsOf()).toEqual([])
  expect(await books()).toMatchObject({
    payments: [
      { provider: 'test-pay', count: 1, amount: 1200 },
      { provider: 'vouchers', count: 2, amount: 1540 },
      { provider: 'wallet', count: 2, amount: 1980 },
    ],
    refunds: [{ provider: 'wallet', count: 3, amount: 1500 + 990 + 40 }],
  })
  const sales = (await stand.shop.reports.today()).sales
  expect(sales).toEqual([{ currency: 'CNY', amount: 990 + 990 }])
})

it.each<[string, string, (id: number) => unknown[]]>([
  [
    'a balance that is not the sum of its history',
    'UPDATE wallet SET balance = balance + 1',
    (id) => ['wallet_balance', String(id), '720 CNY', '721 CNY'],
  ],
  [
    'a history of which the ledger knows nothing',
    `UPDATE ledger_transaction t SET ref = 'gone' FROM wallet_entry w WHERE w.ref = t.ref AND w.move = 'taken_back'`,
    () => ['wallet_ledger', expect.stringContaining('taken-back:'), undefined, '-40 CNY'],
  ],
  [
    'a booking that is in no wallet',
    `UPDATE wallet_entry SET ref = 'gone' WHERE move = 'excess'`,
    () => ['wallet_ledger', expect.stringContaining('payment:'), '210 CNY', undefined],
  ],
  [
    'a wallet that was paid from and had it booked elsewhere',
    `UPDATE ledger_entry SET debit = 'assets:wallet' WHERE debit LIKE 'liabilities:wallet:%' AND credit = 'income:sales'`,
    () => ['ledger', expect.stringContaining('payment:'), expect.stringContaining('liabilities:wallet:'), undefined],
  ],
  [
    'a fee that was not booked',
    `UPDATE ledger_entry SET amount = 1 WHERE debit = 'expenses:fees:vouchers'`,
    () => ['ledger', expect.stringContaining('payment:'), expect.stringContaining(' 15 CNY'), expect.anything()],
  ],
])('finds %s', async (_, change, found) => {
  await day()
  await stand.rows(change)
  expect(await kindsOf()).toContainEqual(found(buyer.id))
})
