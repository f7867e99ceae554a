import { expect, it } from 'vitest'
import { loadDemo } from '../../core/demo.ts'
import { openShop } from '../stand/shop.ts'

it('fills an empty shop with keys of every format, each as its product wants it', async () => {
  const { shop } = await openShop()
  await loadDemo(shop)
  const { items } = await shop.inventory.levels(undefined, 0)
  const counts = new Map(items.map(({ sku, available }) => [sku, available]))
  expect(counts).toEqual(
    new Map([
      ['DEMO-STREAM', 40],
      ['DEMO-MUSIC', 6],
      ['DEMO-GAME', 300],
      ['DEMO-ESIM', 12],
      ['DEMO-COFFEE', 0],
    ]),
  )
})
