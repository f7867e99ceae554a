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

it('tells staff once of a refund that takes more than a day, and keeps what the provider said last', async () => {
  const stand = await openShop()
  const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await stand.shop.sale.refund('staff', order.no, 'broken')
  const [payment] = await stand.rows<{ id: bigint }>('SELECT id FROM payment')
  const id = payment?.id ?? 0n
  const alerts = async () => {
    const key = `alert:${id}:refund_slow`
    return (await stand.rows('DELETE FROM graphile_worker._private_jobs WHERE key = $1 RETURNING 1', [key])).length
  }
  const problem = async () => (await stand.shop.payments.byId(id))?.refund?.problem
  stand.pay.mood = 'away'
  await expect(stand.refund(id)).rejects.toThrow('ECONNREFUSED')
  expect(await problem()).toBe('The payment provider gave no answer that could be understood.')
  stand.clock.advance(hours(23))
  await stand.shop.payments.recover()
  expect(await alerts()).toBe(0)
  stand.clock.advance(hours(2))
  await stand.shop.payments.recover()
  expect(await alerts()).toBe(1)
  await stand.shop.payments.recover()
  await stand.shop.payments.recover()
  expect(await alerts()).toBe(0)
  stand.pay.mood = 'willing'
  await stand.refund(id)
  expect(await problem()).toBeUndefined()
})
