import { expect, it } from 'vitest'
import { openShop } from '../../stand/shop.ts'
import { expectSound } from './invariants.ts'

it('neither loses a key nor offers a frozen one when staff and buyers act on it at the same moment', async () => {
  const stand = await openShop()
  const product = await stand.product(40)
  const { inventory, sale } = stand.shop
  const keyOf = async (no: string) => {
    const key = await inventory.find({ orderNo: no, unit: 1 })
    if (!key) throw new Error('no key')
    return key
  }
  const placed = await Promise.all(
    product.codes.map(async () => {
      const order = await stand.order(await stand.meet(), product.sku)
      return { order, key: await keyOf(order.no) }
    }),
  )
  await Promise.all(
    placed.map(async ({ order, key }, index) => {
      const isThawing = index % 2 === 0
      if (isThawing) await inventory.freeze('staff', key, 'complaint')
      const done = await Promise.all([
        sale.cancel(order.no, order.customerId),
        isThawing ? inventory.unfreeze('staff', key) : inventory.freeze('staff', key, 'complaint'),
      ])
      expect(done).toEqual([true, true])
    }),
  )
  await expectSound(stand)
  expect((await inventory.levels(product.sku, 0)).items).toMatchObject([{ available: 20, frozen: 20, reserved: 0 }])
})
