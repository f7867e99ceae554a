import { expect, it } from 'vitest'
import { lookBack } from '../../../core/payments/policy.ts'
import type { PaymentProvider } from '../../../core/payments/provider.ts'
import { after, hours, minutes } from '../../../core/platform/clock.ts'
import { openShop } from '../../stand/shop.ts'

const NOW = new Date('2026-06-10T08:00:00Z')
const ago = (hoursAgo: number) => after(NOW, -hours(hoursAgo))

it.each([
  ['at first 48 hours', undefined, 48],
  ['on a normal day 48 hours', ago(0.1), 48],
  ['after a night off 48 hours', ago(12), 48],
  ['just before that the overlap counts', ago(47.5), 48.5],
  ['after five days off to an hour before the last success', ago(120), 121],
])('%s', (_, last, expected) => {
  expect(lookBack(last, NOW)).toEqual(ago(expected))
})

it('asks since the last time everything was taken up, in every process, and not since a pass that failed', async () => {
  const asked: Date[] = []
  let refunds: { provider: string; reference: string }[] = []
  let isAway = false
  const book: PaymentProvider = {
    name: 'book',
    refund: async () => {},
    async recent(since) {
      asked.push(since)
      if (isAway) throw new Error('ECONNREFUSED')
      return { payments: [], refunds }
    },
  }
  const stand = await openShop({ providers: [book] })
  const { clock } = stand
  const first = clock()
  await stand.shop.payments.recover()
  expect(asked.pop()).toEqual(after(first, -hours(48)))

  clock.advance(hours(100))
  isAway = true
  await stand.shop.payments.recover()
  expect(asked.pop()).toEqual(after(first, -hours(1)))
  isAway = false

  // One fact of this pass cannot be taken up.
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  await stand.receive(order, { provider: 'book', reference: 'stuck' })
  refunds = [{ provider: 'book', reference: 'stuck' }]
  await stand.rows(`ALTER TABLE payment ADD CONSTRAINT broken CHECK (outcome <> 'refunded')`)
  await stand.shop.payments.recover()
  expect(asked.pop()).toEqual(after(first, -hours(1)))
  clock.advance(minutes(1))

  const next = await openShop({ beside: stand, providers: [book] })
  await stand.rows('ALTER TABLE payment DROP CONSTRAINT broken')
  await next.shop.payments.recover()
  expect(asked.pop()).toEqual(after(first, -hours(1)))
  expect((await stand.again(order)).state).toBe('refunded')
  await stand.shop.payments.recover()
  expect(asked.pop()).toEqual(after(clock(), -hours(48)))
})
