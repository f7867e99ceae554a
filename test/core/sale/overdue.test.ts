import { beforeEach, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
let other: Stand
beforeEach(async () => {
  stand = await openShop()
  other = await openShop({ beside: stand })
  await stand.shop.risk.setLimit('operator', 'hourly-units', '1')
})

async function held(keys = 2) {
  const product = await stand.product(keys)
  const order = await stand.bought(await stand.meet(), product.sku, 2)
  expect(order.state).toBe('held')
  return { product, order }
}

/** Both processes look at the same moment. */
const decide = async () =>
  (await Promise.all([stand, other].map((one) => one.shop.sale.decideOverdue()))).reduce((a, b) => a + b, 0)
const audit = (no: string) =>
  stand.rows<{ action: string; actor: string }>(
    `SELECT action, actor FROM audit_entry WHERE subject = $1 ORDER BY id`,
    [`order:${no}`],
  )

describe('a held order that nobody has decided about', () => {
  it('waits until the promised time', async () => {
    await held()
    stand.clock.advance(hours(12) - minutes(1))
    expect(await decide()).toBe(0)
    stand.clock.advance(minutes(1))
    expect(await decide()).toBe(1)
  })

  it('is left to staff, who are told again, and the buyer is told a new time', async () => {
    const { order } = await held()
    stand.clock.advance(hours(13))
    expect(await decide()).toBe(1)
    expect(await stand.again(order)).toMatchObject({
      state: 'held',
      promisedAt: new Date(stand.clock().getTime() + hours(12)),
    })
    expect(await stand.jobs(`staff:${order.no}:overdue`)).toHaveLength(1)
    const [told] = await stand.jobs(`order:${order.no}:delayed`)
    expect(told?.payload).toMatchObject({ event: 'delayed', again: true })
    expect((await audit(order.no)).at(-1)).toEqual({ action: 'order.overdue', actor: 'system' })
    expect(await decide()).toBe(0)
    stand.clock.advance(hours(12))
    expect(await decide()).toBe(1)
  })

  it('is delivered once where the owner wants that', async () => {
    const { order } = await held()
    await stand.shop.profiles.set('boss', 'overdue', 'approve')
    await other.shop.profiles.set('boss', 'overdue', 'approve')
    stand.clock.advance(hours(12))
    expect(await decide()).toBe(1)
    expect(await stand.again(order)).toMatchObject({ state: 'delivered', deliveredAt: stand.clock() })
    expect((await audit(order.no)).map(({ action, actor }) => `${actor} ${action}`).slice(-2)).toEqual([
      'system order.overdue',
      'system order.delivered',
    ])
    expect(await stand.jobs(`order:${order.no}:delivered`)).toHaveLength(1)
  })

  it('is refunded once where the owner wants that', async () => {
    const { order } = await held()
    for (const one of [stand, other]) await one.shop.profiles.set('boss', 'overdue', 'reject')
    stand.clock.advance(hours(12))
    expect(await decide()).toBe(1)
    expect((await stand.again(order)).state).toBe('refunding')
    expect(await stand.rows('SELECT reason, requested_by FROM refund')).toEqual([
      { reason: 'overdue', requested_by: 'system' },
    ])
    expect(await decide()).toBe(0)
  })

  it('is left when there are no keys to deliver', async () => {
    const { order } = await held()
    for (const one of [stand, other]) await one.shop.profiles.set('boss', 'overdue', 'approve')
    const key = await stand.shop.inventory.find({ orderNo: order.no, unit: 1 })
    if (!key) throw new Error('no key')
    await stand.shop.inventory.void('staff', key, 'used')
    stand.clock.advance(hours(12))
    expect(await decide()).toBe(1)
    expect((await stand.again(order)).state).toBe('held')
    expect(await stand.jobs(`staff:${order.no}:overdue`)).toHaveLength(1)
  })

  it('is not decided about when staff were quicker', async () => {
    const { order } = await held()
    stand.clock.advance(hours(12))
    await stand.shop.sale.approve('staff', order.no)
    expect(await decide()).toBe(0)
  })
})
