import { randomUUID } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'
import { expectSound } from '../sale/invariants.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

const entriesOf = (paymentId: bigint) =>
  stand.rows(
    `SELECT e.debit, e.credit, e.amount::int FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     WHERE t.ref = 'payment:' || $1::bigint ORDER BY e.position`,
    [paymentId],
  )

it('books what a provider keeps of a payment, beside the whole of it', async () => {
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  const settled = await stand.receive(order, { fee: 30 })
  expect(settled).toMatchObject({ rule: 'on_time', order: 'delivered' })
  expect(await entriesOf(settled.paymentId)).toEqual([
    { debit: 'assets:test-pay', credit: 'income:sales', amount: 990 },
    { debit: 'expenses:fees:test-pay', credit: 'assets:test-pay', amount: 30 },
  ])
  await expectSound(stand)
})

it('books it once for a payment told twice, and also of one that goes back whole', async () => {
  const notice = { fee: 30, reference: randomUUID() }
  const { paymentId } = await stand.receive({ no: 'ZZZZZZZZ', total: 990 }, notice)
  await stand.receive({ no: 'ZZZZZZZZ', total: 990 }, notice)
  expect(await entriesOf(paymentId)).toEqual([
    { debit: 'assets:test-pay', credit: 'liabilities:received', amount: 990 },
    { debit: 'expenses:fees:test-pay', credit: 'assets:test-pay', amount: 30 },
  ])
  await stand.refund(paymentId)
  await expectSound(stand)
  const { differences } = await stand.shop.reconciliation.compare('2026-06-01')
  expect(differences.filter(({ kind }) => kind.startsWith('ledger'))).toEqual([])
})

it('books none where there is none', async () => {
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  expect(await entriesOf((await stand.receive(order)).paymentId)).toHaveLength(1)
})
