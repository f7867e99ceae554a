import { beforeEach, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

it('ships with two rules, which a second start leaves as they are', async () => {
  await stand.shop.risk.setLimit('ann', 'hourly-orders', '9')
  await openShop({ beside: stand })
  expect(await stand.shop.risk.rules()).toMatchObject([
    { name: 'hourly-orders', version: 2, enabled: true, definition: { limit: 9 } },
    { name: 'hourly-units', version: 1, enabled: true, definition: { limit: 200 } },
  ])
})

it('keeps every version, and who made it', async () => {
  await stand.shop.risk.setLimit('ann', 'hourly-orders', '9')
  await stand.shop.risk.setLimit('bob', 'hourly-orders', 'off')
  expect(await stand.shop.risk.setLimit('cat', 'hourly-orders', '7')).toMatchObject({ version: 4, enabled: true })
  const versions = await stand.rows(
    `SELECT version, enabled, definition->'limit' AS limit, created_by FROM risk_rule WHERE name = 'hourly-orders' ORDER BY version`,
  )
  expect(versions).toEqual([
    { version: 1, enabled: true, limit: 5, created_by: 'system' },
    { version: 2, enabled: true, limit: 9, created_by: 'ann' },
    { version: 3, enabled: false, limit: 9, created_by: 'bob' },
    { version: 4, enabled: true, limit: 7, created_by: 'cat' },
  ])
})

it.each(['0', '-1', '1.5', 'many', '', '1000001', '１', '1e3'])('has no limit %j', async (limit) => {
  await expect(stand.shop.risk.setLimit('ann', 'hourly-orders', limit)).rejects.toThrow(
    expect.objectContaining({ code: 'risk.limit' }),
  )
})

it('has no rule that there is not', async () => {
  await expect(stand.shop.risk.setLimit('ann', 'toString', '1')).rejects.toThrow(
    expect.objectContaining({ code: 'risk.rule' }),
  )
})
