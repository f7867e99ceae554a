import { expect, it } from 'vitest'
import { hours } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'

it('asks again for a refund whose job has given up', async () => {
  const stand = await openShop()
  const { sku } = await stand.product(1)
  const order = await stand.bought(await stand.meet(), sku)
  await stand.shop.sale.refund('staff', order.no, 'broken')
  await stand.rows(`DELETE FROM graphile_worker._private_jobs`)
  stand.clock.advance(hours(2))
  await stand.shop.payments.recover()
  const [job] = await stand.rows<{ key: string }>(
    `SELECT key FROM graphile_worker.jobs WHERE task_identifier = 'refund'`,
  )
  expect(job?.key).toMatch(/^refund:/)
})
