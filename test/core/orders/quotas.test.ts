import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fieldsOf, QUOTA_FIELDS, type QuotaField } from '../../../core/orders/quotas.ts'
import { minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})
afterEach(() => {
  vi.useRealTimers()
})

const figures = async (name: string): Promise<number[]> => {
  const level = (await stand.shop.quotas.levels()).find((one) => one.name === name)
  return level ? QUOTA_FIELDS.map((field) => level[field]) : []
}
const written = (action: string) =>
  stand.rows('SELECT actor, subject, data FROM audit_entry WHERE action = $1 ORDER BY id', [action])
const codeOf = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (error: unknown) => (error instanceof KeytillError ? error.code : error),
  )

describe('the levels', () => {
  it('ship with these figures, lowest first', async () => {
    expect((await stand.shop.quotas.levels()).map(({ name }) => name)).toEqual([
      'restricted',
      'new',
      'returning',
      'trusted',
    ])
    expect(QUOTA_FIELDS).toEqual([
      'openOrders',
      'openUnits',
      'productUnits',
      'stockPercent',
      'alwaysUnits',
      'minPaid',
      'maxExpired',
    ])
    expect((await figures('restricted')).slice(0, 6)).toEqual([1, 5, 5, 10, 2, 0])
    expect(await figures('new')).toEqual([3, 200, 200, 50, 20, 0, 2])
    expect(await figures('returning')).toEqual([3, 400, 200, 75, 50, 1, 3])
    expect(await figures('trusted')).toEqual([5, 2000, 1000, 100, 200, 10, 5])
  })

  it('change one figure at a time, and it is written who did it', async () => {
    const { quotas } = stand.shop
    for (const [n, field] of QUOTA_FIELDS.entries())
      expect(await quotas.set('ann', 'returning', field, ` ${n + 11} `)).toMatchObject({ [field]: n + 11 })
    expect(await figures('returning')).toEqual([11, 12, 13, 14, 15, 16, 17])
    expect(await figures('new')).toEqual([3, 200, 200, 50, 20, 0, 2])
    await quotas.set('bob', 'new', 'stockPercent', '60%')
    expect(await figures('new')).toEqual([3, 200, 200, 60, 20, 0, 2])
    const entries = await written('quota.set')
    expect(entries).toHaveLength(8)
    expect(entries.at(-1)).toEqual({ actor: 'bob', subject: 'quota:new', data: { field: 'stockPercent', value: 60 } })
  })

  it('cannot be set to what does not fit', async () => {
    const wrong = [
      ['nobody', 'openOrders', '1', 'quota.level'],
      ['__proto__', 'openOrders', '1', 'quota.level'],
      ['new', 'name', '1', 'quota.field'],
      ['new', 'rank', '1', 'quota.field'],
      ['new', 'constructor', '1', 'quota.field'],
      ['new', '', '1', 'quota.field'],
      ['new', 'openOrders', '0', 'quota.value'],
      ['new', 'openUnits', '0', 'quota.value'],
      ['new', 'productUnits', '0', 'quota.value'],
      ['new', 'openUnits', '1000001', 'quota.value'],
      ['new', 'openUnits', '-1', 'quota.value'],
      ['new', 'openUnits', '1.5', 'quota.value'],
      ['new', 'openUnits', '1e3', 'quota.value'],
      ['new', 'openUnits', '5%', 'quota.value'],
      ['new', 'openUnits', '', 'quota.value'],
      ['new', 'stockPercent', '101', 'quota.value'],
      ['new', 'stockPercent', '%', 'quota.value'],
      ['restricted', 'minPaid', '1', 'quota.field'],
      ['restricted', 'maxExpired', '1', 'quota.field'],
    ] as const
    for (const [level, field, value, code] of wrong)
      expect([level, field, value, await codeOf(stand.shop.quotas.set('ann', level, field, value))]).toEqual([
        level,
        field,
        value,
        code,
      ])
    expect(await written('quota.set')).toEqual([])
  })

  it('leave the lowest open to whoever meets no other', async () => {
    const levels = await stand.shop.quotas.levels()
    const open = levels.map((level) => fieldsOf(level, levels))
    const needs: QuotaField[] = ['minPaid', 'maxExpired']
    expect(open.map((fields) => needs.every((field) => fields.includes(field)))).toEqual([false, true, true, true])
  })
})

describe('a changed quota', () => {
  it('counts for the next order', async () => {
    const { sku } = await stand.product(100, { limit: '100' })
    const buyer = await stand.meet()
    await stand.order(buyer, sku, 6)
    await stand.shop.quotas.set('ann', 'new', 'openUnits', '8')
    expect(await stand.ask(buyer, sku, 3)).toEqual({ refused: { reason: 'over_quota', left: 2, open: 6 } })
    await stand.order(buyer, sku, 2)
    await stand.shop.quotas.set('ann', 'new', 'openUnits', '9')
    await stand.order(buyer, sku, 1)
  })

  it('counts in another process after a second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const other = await openShop({ beside: stand })
    const { sku } = await stand.product(100, { limit: '100' })
    const buyer = await stand.meet()
    await other.order(buyer, sku, 1)
    await stand.shop.quotas.set('ann', 'new', 'openOrders', '1')
    vi.advanceTimersByTime(999)
    await other.order(buyer, sku, 1)
    vi.advanceTimersByTime(1)
    expect(await other.ask(buyer, sku, 1)).toMatchObject({ refused: { reason: 'too_many_open', limit: 1 } })
  })
})

describe('a buyer’s standing', () => {
  it('follows from what they keep, pay and let run out', async () => {
    const { sku } = await stand.product(100)
    const buyer = await stand.meet()
    const now = () => stand.shop.quotas.standingOf(buyer.id)
    expect(await now()).toMatchObject({ openOrders: 0, openUnits: 0, paid: 0, expired: 0, level: { name: 'new' } })
    await stand.order(buyer, sku, 3)
    await stand.order(buyer, sku, 2)
    expect(await now()).toMatchObject({ openOrders: 2, openUnits: 5 })
    await stand.order(buyer, sku, 1)
    stand.clock.advance(minutes(20))
    await stand.shop.sale.releaseDue()
    expect(await now()).toMatchObject({ openOrders: 0, openUnits: 0, expired: 3, level: { name: 'restricted' } })
    await stand.bought(buyer, sku)
    expect(await now()).toMatchObject({ paid: 1, expired: 0, trust: undefined, level: { name: 'returning' } })
  })

  it('is what staff say, until they take it back', async () => {
    const { sku } = await stand.product(200, { limit: '200' })
    const buyer = await stand.meet()
    const { quotas, risk } = stand.shop
    // Somebody new who wants so much is asked who they are first.
    for (const rule of ['fresh-bulk', 'first-large']) await risk.setLimit('operator', rule, 'off')
    expect(await stand.ask(buyer, sku, 200)).toMatchObject({ refused: { reason: 'over_quota', left: 100 } })
    await quotas.trust('ann', buyer.id, 'trusted')
    expect(await quotas.standingOf(buyer.id)).toMatchObject({ paid: 0, trust: 'trusted', level: { name: 'trusted' } })
    const { no } = await stand.order(buyer, sku, 200)
    await stand.shop.sale.cancel(no, buyer.id)
    await quotas.trust('bob', buyer.id, undefined)
    expect(await quotas.standingOf(buyer.id)).toMatchObject({ trust: undefined, level: { name: 'new' } })
    expect(await stand.ask(buyer, sku, 200)).toMatchObject({ refused: { reason: 'over_quota', left: 100 } })
    const subject = `customer:${buyer.pseudonym}`
    expect(await written('customer.trusted')).toEqual([
      { actor: 'ann', subject, data: { level: 'trusted' } },
      { actor: 'bob', subject, data: { level: null } },
    ])
  })

  it('is not set to a level or of a buyer that there is not', async () => {
    const buyer = await stand.meet()
    const { quotas } = stand.shop
    expect(await codeOf(quotas.trust('ann', buyer.id, 'friend'))).toBe('quota.level')
    expect(await codeOf(quotas.trust('ann', 999_999, 'trusted'))).toBe('quota.customer')
    expect(await codeOf(quotas.trust('ann', 999_999, undefined))).toBe('quota.customer')
    expect(await codeOf(quotas.standingOf(999_999))).toBe('quota.customer')
    expect(await quotas.standingOf(buyer.id)).toMatchObject({ trust: undefined })
    expect(await written('customer.trusted')).toEqual([])
  })
})
