import { beforeAll, describe, expect, it } from 'vitest'
import type { Order } from '../../../core/orders/model.ts'
import { openShop, type Stand } from '../../stand/shop.ts'
import { expectSound } from './invariants.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop()
})

/** What sold keys have cost by the ledger, minor units. */
async function costs(): Promise<number | undefined> {
  const [row] = await stand.rows<{ amount: number }>(
    `SELECT coalesce(sum(CASE WHEN debit = 'expenses:goods' THEN amount ELSE -amount END), 0)::int AS amount
     FROM ledger_entry WHERE 'expenses:goods' IN (debit, credit)`,
  )
  return row?.amount
}

/** Gives an order's money back, to its end. */
async function refund(order: Order): Promise<void> {
  await stand.shop.sale.refund('staff', order.no, 'goodwill')
  const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment WHERE order_id = $1', [order.id])
  await stand.refund(payment?.id ?? 0n)
}

describe('the cost of refunded goods', () => {
  it('is not given back for an order that was sold at unknown cost', async () => {
    const product = await stand.product(0)
    await stand.stock(product, [`${product.sku}-1,,,2.00`, `${product.sku}-2`])
    const before = await costs()
    const order = await stand.bought(await stand.meet(), product.sku, 2)
    await refund(order)
    expect(await costs()).toBe(before)
    await expectSound(stand)
  })

  it.each(['delivered', 'held'])('is given back for keys of a %s order that are frozen', async (state) => {
    const product = await stand.product(0)
    await stand.stock(product, [`${product.sku}-1,,,2.00`, `${product.sku}-2,,,3.00`])
    const before = (await costs()) ?? 0
    if (state === 'held') await stand.shop.risk.setLimit('staff', 'hourly-units', '1')
    const order = await stand.bought(await stand.meet(), product.sku, 2)
    await stand.shop.risk.setLimit('staff', 'hourly-units', '200')
    expect(order.state).toBe(state)
    expect(await costs()).toBe(before + 500)
    const key = await stand.shop.inventory.find({ text: `${product.sku}-1` })
    if (!key) throw new Error('no key')
    await stand.shop.inventory.freeze('staff', key, 'complaint')
    await refund(order)
    expect(await costs()).toBe(before)
    await expectSound(stand)
  })
})
