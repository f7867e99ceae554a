import { beforeEach, describe, expect, it } from 'vitest'
import type { Placing } from '../../../core/orders/model.ts'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { openDatabase } from '../../../core/platform/database/database.ts'
import { silentLog } from '../../../core/platform/log.ts'
import type { Stage } from '../../../core/risk/model.ts'
import { passed } from '../../../core/risk/service.ts'
import { atEnd } from '../../stand/closing.ts'
import { type Buyer, openShop, type Stand, type Stocked } from '../../stand/shop.ts'

let stand: Stand
let product: Stocked
let buyer: Buyer
beforeEach(async () => {
  stand = await openShop()
  // Only the rule of the test strikes.
  for (const { name } of await stand.shop.risk.rules()) await stand.shop.risk.setLimit('operator', name, 'off')
  product = await stand.product(60)
  buyer = await stand.meet()
})

const set = (text: string) => stand.shop.risk.set('ann', 'tested', stand.shop.risk.read(text))
/** Whether the tested rule strikes the next order of the buyer. */
async function strikes(text: string, from: Partial<Placing> = {}, of = buyer, quantity = 1): Promise<boolean> {
  const { definition } = await set(text)
  const stage: Stage = definition.at
  if (stage === 'order') {
    const { refused, placed } = await stand.ask(of, product.sku, quantity, from)
    if (placed) await stand.shop.sale.cancel(placed.no, of.id)
    await stand.shop.risk.setLimit('ann', 'tested', 'off')
    return refused?.reason === 'denied'
  }
  const { placed } = await stand.ask(of, product.sku, quantity, from)
  if (!placed) throw new Error('the order was refused')
  const settled = await stand.receive(placed)
  await stand.shop.risk.setLimit('ann', 'tested', 'off')
  return settled.order === 'held'
}

/** Buys and pays, with this of the order and its payment different. */
async function buys(of: Buyer, quantity = 1, from: Partial<Placing> = {}, payer?: string) {
  const { placed } = await stand.ask(of, product.sku, quantity, from)
  if (!placed) throw new Error('the order was refused')
  await stand.receive(placed, payer === undefined ? {} : { payer })
  return placed
}
const origin = (ip: string, device?: string) => ({ origin: { ip, ...(device ? { device } : {}) } })

describe('the order at hand', () => {
  it('has a number of units, a price, and a price of a unit', async () => {
    expect(await strikes('order if units > 2 then deny', {}, buyer, 2)).toBe(false)
    expect(await strikes('order if units > 2 then deny', {}, buyer, 3)).toBe(true)
    expect(await strikes('order if amount > 19.80 then deny', {}, buyer, 2)).toBe(false)
    expect(await strikes('order if amount > 19.79 then deny', {}, buyer, 2)).toBe(true)
    expect(await strikes('order if unit_price < 9.90 then deny', {}, buyer, 2)).toBe(false)
    expect(await strikes('order if unit_price < 9.91 then deny', {}, buyer, 2)).toBe(true)
    expect(await strikes('payment if amount > 19.79 and units < 3 then hold', {}, buyer, 2)).toBe(true)
  })

  it('is of products and categories, and came through a door', async () => {
    const other = await stand.product(1, { category: 'Game cards' })
    for (const at of ['order', 'payment']) {
      const verdict = at === 'order' ? 'deny' : 'hold'
      expect(await strikes(`${at} if product in ${product.sku.toLowerCase()}, X then ${verdict}`)).toBe(true)
      expect(await strikes(`${at} if product in ${other.sku} then ${verdict}`)).toBe(false)
      expect(await strikes(`${at} if category in "Game cards" then ${verdict}`)).toBe(false)
      expect(await strikes(`${at} if channel in test then ${verdict}`)).toBe(true)
      expect(await strikes(`${at} if channel in web then ${verdict}`)).toBe(false)
    }
    await stand.shop.catalog.set('ann', product.sku, 'category', 'Game cards')
    expect(await strikes('order if category in "Game cards" then deny')).toBe(true)
    expect(await strikes('payment if category in "Game cards" then hold')).toBe(true)
  })

  it('is of a buyer who came some time ago, and has paid before or not', async () => {
    // The database has its own clock for when a buyer came.
    await stand.rows('UPDATE customer SET created_at = $2 WHERE id = $1', [buyer.id, stand.clock()])
    stand.clock.advance(hours(2))
    expect(await strikes('order if age < 2h then deny')).toBe(false)
    expect(await strikes('order if age < 121 then deny')).toBe(true)
    expect(await strikes('order if paid < 1 then deny')).toBe(true)
    await buys(buyer)
    expect(await strikes('order if paid < 1 then deny')).toBe(false)
    expect(await strikes('payment if paid > 0 then hold')).toBe(true)
  })
})

describe('what was paid within a window', () => {
  it('is counted by buyer, the order at hand included, in orders, units and money', async () => {
    await buys(buyer, 2)
    await buys(await stand.meet(), 5)
    expect(await strikes('payment if orders by buyer in 1h > 2 then hold')).toBe(false)
    expect(await strikes('payment if orders by buyer in 1h > 2 then hold')).toBe(true)
    expect(await strikes('order if units by buyer in 1h > 5 then deny')).toBe(false)
    expect(await strikes('order if units by buyer in 1h > 4 then deny')).toBe(true)
    expect(await strikes('order if amount by buyer in 1h > 49.49 then deny')).toBe(true)
    expect(await strikes('order if amount by buyer in 1h > 49.50 then deny')).toBe(false)
    stand.clock.advance(minutes(60))
    expect(await strikes('order if orders by buyer in 1h > 1 then deny')).toBe(false)
    expect(await strikes('order if orders by buyer in 61m > 1 then deny')).toBe(true)
  })

  it('is counted by payer, whoever they pay for', async () => {
    const rule = 'payment if orders by payer in 1h > 2 then hold'
    for (const state of ['delivered', 'delivered', 'held']) {
      const { no } = await set(rule).then(async () => buys(await stand.meet(), 1, {}, 'one payer'))
      expect((await stand.again({ no })).state).toBe(state)
    }
    const { no } = await buys(await stand.meet(), 1, {}, 'another')
    expect((await stand.again({ no })).state).toBe('delivered')
    // Another provider's payer of the same name is another.
    const { placed } = await stand.ask(await stand.meet(), product.sku)
    expect(await stand.receive(placed as never, { payer: 'one payer', provider: 'other-pay' })).toMatchObject({
      order: 'delivered',
    })
    // Nor is somebody one payer with everyone whose provider does not say.
    for (let n = 0; n < 4; n++) {
      const order = await stand.order(await stand.meet(), product.sku)
      expect(await stand.receive(order, { payer: '' })).toMatchObject({ order: 'delivered' })
    }
  })

  it('is counted by address and device, where a door shows them', async () => {
    const [here, there] = [origin('198.51.100.7', 'd1'), origin('198.51.100.8', 'd2')]
    await buys(await stand.meet(), 1, here)
    await buys(await stand.meet(), 1, origin('::ffff:198.51.100.7', 'd3'))
    expect(await strikes('order if orders by ip in 1h > 2 then deny', here)).toBe(true)
    expect(await strikes('order if orders by ip in 1h > 2 then deny', there)).toBe(false)
    expect(await strikes('order if orders by ip in 1h > 0 then deny')).toBe(false)
    expect(await strikes('order if orders by device in 1h > 1 then deny', here)).toBe(true)
    expect(await strikes('order if orders by device in 1h > 1 then deny', there)).toBe(false)
    expect(await strikes('payment if orders by ip in 1h > 2 then hold', here, await stand.meet())).toBe(true)
    expect(await strikes('payment if orders by device in 1h > 3 then hold', here, await stand.meet())).toBe(false)
  })

  it('is counted by phone number, once it is known', async () => {
    const db = openDatabase(stand.connection, silentLog)
    atEnd(() => db.close())
    const [ann, bob] = [await stand.meet(), await stand.meet()]
    await buys(ann)
    expect(await strikes('order if orders by phone in 1h > 0 then deny', {}, bob)).toBe(false)
    for (const { id } of [ann, bob])
      await db.transaction((sql) => stand.shop.risk.knowPhone(sql, id, '+86 138 0000 0000'))
    expect(await strikes('order if orders by phone in 1h > 1 then deny', {}, bob)).toBe(true)
    expect(await strikes('order if orders by group in 1h > 1 then deny', {}, bob)).toBe(true)
    expect(await strikes('order if buyers by phone > 1 then deny', {}, bob)).toBe(true)
    expect(await strikes('order if buyers by phone > 2 then deny', {}, bob)).toBe(false)
  })
})

describe('buyers who share something', () => {
  it('are one group, by payer and by device, and not by address', async () => {
    const [a, b, c, d] = [await stand.meet(), await stand.meet(), await stand.meet(), await stand.meet()]
    await buys(a, 1, origin('203.0.113.1', 'laptop'), 'card 1')
    await buys(b, 1, origin('203.0.113.1'), 'card 1')
    await buys(c, 1, origin('203.0.113.2', 'laptop'), 'card 2')
    await buys(d, 1, origin('203.0.113.1', 'phone'), 'card 3')
    expect(await strikes('order if orders by group in 1h > 3 then deny', {}, a)).toBe(true)
    expect(await strikes('order if orders by group in 1h > 3 then deny', {}, c)).toBe(true)
    expect(await strikes('order if orders by group in 1h > 2 then deny', {}, d)).toBe(false)
    expect(await strikes('order if buyers by group > 2 then deny', {}, b)).toBe(true)
    expect(await strikes('order if buyers by ip > 2 then deny', origin('203.0.113.1'), a)).toBe(true)
    expect(await stand.rows('SELECT group_id, count(*)::int AS members FROM customer_group GROUP BY 1')).toEqual([
      { group_id: a.id, members: 3 },
    ])
    // A card that two groups use makes them one.
    await buys(d, 1, {}, 'card 2')
    expect(await stand.rows('SELECT group_id, count(*)::int AS members FROM customer_group GROUP BY 1')).toEqual([
      { group_id: a.id, members: 4 },
    ])
  })

  it('are counted by the payer they share', async () => {
    for (let n = 0; n < 3; n++) {
      await set('payment if buyers by payer > 2 then hold')
      const { no } = await buys(await stand.meet(), 1, {}, 'shared')
      expect((await stand.again({ no })).state).toBe(n === 2 ? 'held' : 'delivered')
    }
  })
})

describe('what went wrong before', () => {
  it('are orders that were not paid', async () => {
    const deny = 'order if unpaid by buyer in 1h > 1 then deny'
    expect(await strikes(deny)).toBe(false)
    expect(await strikes(deny)).toBe(false)
    expect(await strikes(deny)).toBe(true)
    expect(await strikes('order if unpaid by ip in 1h > 0 then deny', origin('203.0.113.9'))).toBe(false)
    expect(await strikes('order if unpaid by ip in 1h > 0 then deny', origin('203.0.113.9'), await stand.meet())).toBe(
      true,
    )
    stand.clock.advance(hours(1))
    expect(await strikes(deny)).toBe(false)
  })

  it('are payments that bought nothing', async () => {
    const order = await stand.order(buyer, product.sku)
    await stand.receive(order, { amount: 1, payer: 'poor' })
    expect(await strikes('order if returned by buyer in 1h > 0 then deny')).toBe(true)
    expect(await strikes('order if returned by buyer in 1h > 1 then deny')).toBe(false)
    await set('payment if returned by payer in 1h > 0 then hold')
    const { no } = await buys(await stand.meet(), 1, {}, 'poor')
    expect((await stand.again({ no })).state).toBe('held')
  })

  it('are refunds, and their share of what was paid', async () => {
    const first = await buys(buyer)
    await buys(buyer)
    await stand.shop.sale.refund('ann', first.no, 'broken')
    expect(await strikes('order if refunds by buyer in 30d > 0 then deny')).toBe(true)
    expect(await strikes('order if refunds by buyer in 30d > 1 then deny')).toBe(false)
    expect(await strikes('order if refund_share by buyer in 30d > 49 then deny')).toBe(true)
    expect(await strikes('order if refund_share by buyer in 30d > 50 then deny')).toBe(false)
    expect(await strikes('order if refund_share by buyer in 30d > 0 then deny', {}, await stand.meet())).toBe(false)
  })

  it('are probes and complaints, each about another thing', async () => {
    const note = (kind: 'probe' | 'complaint', subject: string, event: string) =>
      stand.shop.risk.note({ kind, customerId: buyer.id, subject, event })
    await note('probe', 'AAAA2222', 'test:1')
    await note('probe', 'AAAA2222', 'test:2')
    await note('probe', 'BBBB2222', 'test:3')
    // The same event handled again.
    await note('probe', 'CCCC2222', 'test:3')
    expect(await strikes('order if probes by buyer in 1h > 1 then deny')).toBe(true)
    expect(await strikes('order if probes by buyer in 1h > 2 then deny')).toBe(false)
    expect(await strikes('order if complaints by buyer in 1h > 0 then deny')).toBe(false)
    await note('complaint', 'BBBB2222', 'test:4')
    expect(await strikes('order if complaints by group in 1h > 0 then deny')).toBe(true)
    expect(await strikes('order if probes by group in 1h > 0 then deny', {}, await stand.meet())).toBe(false)
    stand.clock.advance(hours(1))
    expect(await strikes('order if probes by buyer in 1h > 0 then deny')).toBe(false)
  })
})

describe('the blocklist', () => {
  const deny = 'order if blocked then deny'
  it.each(['customer', 'account', 'ip', 'device'] as const)('knows a %s, until it is lifted', async (kind) => {
    const { blocklist } = stand.shop.risk
    const values = { customer: String(buyer.id), account: `test:${buyer.name}`, ip: '203.0.113.5', device: 'phone-5' }
    const value = values[kind]
    const from = origin('203.0.113.5', 'phone-5')
    expect(await strikes(deny, from)).toBe(false)
    const id = await blocklist.block('ann', { kind, value }, 'fraud')
    expect(await blocklist.block('bob', { kind, value }, 'fraud again')).toBe(id)
    expect(await strikes(deny, from)).toBe(true)
    expect(await strikes(deny, origin('203.0.113.6'), await stand.meet())).toBe(false)
    expect(await blocklist.list(0)).toMatchObject({ total: 1, items: [{ id, kind, reason: 'fraud', by: 'ann' }] })
    expect(await blocklist.unblock('bob', id)).toBe(true)
    expect(await blocklist.unblock('bob', id)).toBe(false)
    expect(await strikes(deny, from)).toBe(false)
    await blocklist.block('ann', { kind, value }, 'for an hour', new Date(stand.clock().getTime() + hours(1)))
    expect(await strikes(deny, from)).toBe(true)
    stand.clock.advance(hours(1))
    expect(await strikes(deny, from)).toBe(false)
    expect(await blocklist.list(0)).toMatchObject({ total: 0 })
    const log = await stand.rows(`SELECT actor, action FROM audit_entry WHERE subject = $1 ORDER BY id`, [
      `block:${id}`,
    ])
    expect(log).toEqual([
      { actor: 'ann', action: 'risk.blocked' },
      { actor: 'bob', action: 'risk.unblocked' },
    ])
  })

  it('knows a payer at payment, and then holds', async () => {
    await stand.shop.risk.blocklist.block('ann', { kind: 'payer', value: 'test-pay:stolen' }, 'fraud')
    await set('payment if blocked then hold')
    const { no } = await buys(buyer, 1, {}, 'stolen')
    expect(await stand.again({ no })).toMatchObject({
      state: 'held',
      holdReasons: [{ because: [{ condition: { fact: 'blocked' }, observed: 'payer' }] }],
    })
  })

  it('holds no address, phone number or device in plain text', async () => {
    const { blocklist } = stand.shop.risk
    await blocklist.block('ann', { kind: 'phone', value: '+86 138 0000 0000' }, 'fraud')
    await blocklist.block('ann', { kind: 'ip', value: '203.0.113.5' }, 'fraud')
    await buys(buyer, 1, origin('203.0.113.77', 'a-device'))
    const all = await stand.rows(
      `SELECT b::text AS row FROM blocklist b UNION ALL SELECT o::text FROM orders o UNION ALL SELECT t::text FROM customer_trait t
       UNION ALL SELECT d::text FROM risk_decision d`,
    )
    expect(JSON.stringify(all)).not.toMatch(/138\s*0000|203\.0\.113|a-device/)
  })
})

describe('a challenge', () => {
  it('is asked for until it is passed, and again after 30 days', async () => {
    const db = openDatabase(stand.connection, silentLog)
    atEnd(() => db.close())
    await set('order if units > 0 then challenge captcha')
    const refused = async () => (await stand.ask(buyer, product.sku)).refused
    expect(await refused()).toEqual({ reason: 'challenge', challenge: 'captcha' })
    await db.transaction((sql) => passed(sql, buyer.id, 'contact', stand.clock()))
    expect(await refused()).toEqual({ reason: 'challenge', challenge: 'captcha' })
    await db.transaction((sql) => passed(sql, buyer.id, 'captcha', stand.clock()))
    expect(await refused()).toBeUndefined()
    stand.clock.advance(hours(24 * 30))
    expect(await refused()).toEqual({ reason: 'challenge', challenge: 'captcha' })
  })
})

describe('a refused order', () => {
  it('is kept once with who, what and why, reserves nothing, and may be taken later', async () => {
    const rule = await set('order if units > 2 then deny')
    const free = async () => (await stand.shop.inventory.levels(product.sku, 0)).items[0]?.available
    const before = await free()
    const asked = { idempotencyKey: 'basket:1' }
    for (let n = 0; n < 2; n++)
      expect(await stand.ask(buyer, product.sku, 3, asked)).toEqual({
        refused: { reason: 'denied', rules: ['tested'] },
      })
    expect(await free()).toBe(before)
    expect(
      await stand.rows('SELECT customer_id, channel, wanted, outcome, reasons, rules, facts FROM risk_refusal'),
    ).toEqual([
      {
        customer_id: buyer.id,
        channel: 'test',
        wanted: [{ sku: product.sku, quantity: 3 }],
        outcome: 'deny',
        reasons: [
          {
            rule: 'tested',
            version: rule.version,
            verdict: 'deny',
            because: [{ condition: { fact: 'units', op: '>', value: 2 }, observed: 3 }],
          },
        ],
        rules: [{ name: 'tested', version: rule.version }],
        facts: { units: 3 },
      },
    ])
    await stand.shop.risk.setLimit('ann', 'tested', '3')
    const { placed } = await stand.ask(buyer, product.sku, 3, asked)
    const decisions = await stand.rows('SELECT stage, outcome, facts FROM risk_decision WHERE order_id = $1', [
      placed?.id,
    ])
    expect(decisions).toEqual([{ stage: 'order', outcome: 'allow', facts: { units: 3 } }])
  })
})
