import { beforeAll, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import type { Reason } from '../../../core/risk/model.ts'
import { vouchedBy } from '../../../core/risk/policy.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
let product: Stocked
beforeAll(async () => {
  stand = await openShop()
  await stand.shop.risk.setLimit('operator', 'hourly-orders', '2')
  product = await stand.product(60)
})

const buy = async (buyer: Buyer, times: number): Promise<string[]> => {
  const states: string[] = []
  for (let n = 0; n < times; n++) states.push((await stand.bought(buyer, product.sku)).state)
  return states
}
/** A buyer whose third order within the hour was let go. */
async function approved(by: string | undefined): Promise<Buyer> {
  const buyer = await stand.meet()
  await buy(buyer, 2)
  const { no } = await stand.bought(buyer, product.sku)
  if (by === undefined) {
    await stand.shop.profiles.set('operator', 'overdue', 'approve')
    stand.clock.advance(hours(12))
    await stand.shop.sale.decideOverdue()
    await stand.shop.profiles.set('operator', 'overdue', 'leave')
  } else await stand.shop.sale.approve(by, no)
  expect((await stand.again({ no })).state).toBe('delivered')
  return buyer
}

describe('letting a held order go', () => {
  it('lets others of its buyer go that the same rule would hold, up to twice as much', async () => {
    // It has seen three in the hour: up to six are let go.
    expect(await buy(await approved('ann'), 4)).toEqual(['delivered', 'delivered', 'delivered', 'held'])
  })

  it('counts for a day, and for nobody else', async () => {
    const buyer = await approved('ann')
    expect(await buy(await stand.meet(), 3)).toEqual(['delivered', 'delivered', 'held'])
    stand.clock.advance(hours(24) - minutes(1))
    expect(await buy(buyer, 3)).toEqual(['delivered', 'delivered', 'delivered'])
    stand.clock.advance(minutes(1))
    expect(await buy(buyer, 1)).toEqual(['held'])
  })

  it('says nothing when nobody did it', async () => {
    expect(await buy(await approved(undefined), 3)).toEqual(['delivered', 'delivered', 'held'])
  })

  it('leaves what is to be looked at every time', async () => {
    const watched = await stand.product(3)
    await stand.shop.risk.set('ann', 'watched', stand.shop.risk.read(`payment if product in ${watched.sku} then hold`))
    const buyer = await stand.meet()
    const first = await stand.bought(buyer, watched.sku)
    await stand.shop.sale.approve('ann', first.no)
    expect((await stand.bought(buyer, watched.sku)).state).toBe('held')
  })

  it('does not overrule the blocklist', async () => {
    const buyer = await stand.meet()
    const order = await stand.order(buyer, product.sku)
    await stand.shop.risk.blocklist.block('ann', { kind: 'customer', value: String(buyer.id) }, 'fraud')
    const next = await stand.ask(buyer, product.sku)
    await stand.receive(order)
    await stand.shop.sale.approve('ann', order.no)
    expect(next).toHaveProperty('refused')
    expect(await stand.rows('SELECT rule FROM risk_vouch WHERE customer_id = $1', [buyer.id])).toEqual([])
  })
})

it('is bounded by what was counted, and says nothing where nothing is', () => {
  const reason = (rule: string, verdict: Reason['verdict'], ...because: Reason['because']): Reason => ({
    rule,
    version: 1,
    verdict,
    because,
  })
  const orders = { fact: 'orders', by: 'buyer', within: 60, op: '>', value: 5 } as const
  const age = { fact: 'age', op: '<', value: 1440 } as const
  expect(
    vouchedBy([
      reason('many', 'hold', { condition: age, observed: 3 }, { condition: orders, observed: 7 }),
      reason('fresh', 'hold', { condition: age, observed: 3 }),
      reason('huge', 'hold', { condition: orders, observed: 2_000_000_000 }),
      reason('listed', 'hold', { condition: { fact: 'blocked' }, observed: 'customer' }),
      reason('asked', 'captcha', { condition: age, observed: 3 }),
    ]),
  ).toEqual({ many: 14, huge: 2_147_483_647 })
})
