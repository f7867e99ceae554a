import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openShop } from '../../stand/shop.ts'

const folder = new URL('../../../prisma/migrations/', import.meta.url)
/** What of a migration changes rows. */
const updates = (migration: string, file: string, first: string) => {
  const name = readdirSync(folder).find((entry) => entry.endsWith(`_${migration}`)) ?? ''
  const sql = readFileSync(new URL(`${name}/${file}`, folder), 'utf8')
  return sql.slice(sql.indexOf(first))
}

it('keeps the rules of an older shop, its edits, and why its orders are held', async () => {
  const stand = await openShop()
  const order = await stand.bought(await stand.meet(), (await stand.product(1)).sku)
  await stand.rows('DELETE FROM risk_rule')
  const velocity = (of: string, limit: number) => ({ kind: 'velocity', of, window: 90, limit, outcome: 'hold' })
  for (const [rule, version, definition] of [
    ['hourly-orders', 1, velocity('orders', 5)],
    ['hourly-orders', 2, velocity('orders', 9)],
    ['hourly-units', 1, velocity('units', 200)],
  ] as const)
    await stand.rows(
      `INSERT INTO risk_rule (name, version, enabled, definition, created_by) VALUES ($1, $2, true, $3, 'ann')`,
      [rule, version, definition],
    )
  const reasons = [{ rule: 'hourly-units', version: 1, observed: 201, limit: 200 }]
  await stand.rows('UPDATE orders SET hold_reasons = $1', [JSON.stringify(reasons)])

  await stand.rows(updates('risk_engine', 'migration.sql', 'UPDATE "orders"'))

  const rules = await stand.shop.risk.rules()
  expect(rules.map((rule) => `${rule.name} ${rule.version} ${stand.shop.risk.print(rule.definition)}`)).toEqual([
    'hourly-orders 2 payment if orders by buyer in 90m > 9 then hold',
    'hourly-units 1 payment if units by buyer in 90m > 200 then hold',
  ])
  expect((await stand.again(order)).holdReasons).toEqual([
    {
      rule: 'hourly-units',
      version: 1,
      verdict: 'hold',
      because: [{ condition: { fact: 'units', by: 'buyer', within: 90, op: '>', value: 200 }, observed: 201 }],
    },
  ])
  // The next start adds what is new, and leaves the edits.
  await stand.shop.risk.seed()
  const [edited] = await stand.shop.risk.versions('hourly-orders')
  expect(edited).toMatchObject({ version: 2, definition: { all: [{ value: 9 }] } })
  expect(await stand.shop.risk.rules()).toHaveLength(18)

  // And back: what the older form can say is said in it.
  await stand.rows(updates('risk_engine', 'down.sql', 'DELETE FROM "risk_rule"'))
  expect(await stand.rows('SELECT name, version, definition FROM risk_rule ORDER BY name, version')).toEqual([
    { name: 'hourly-most', version: 1, definition: { ...velocity('orders', 20), window: 60 } },
    { name: 'hourly-orders', version: 1, definition: velocity('orders', 5) },
    { name: 'hourly-orders', version: 2, definition: velocity('orders', 9) },
    { name: 'hourly-units', version: 1, definition: velocity('units', 200) },
  ])
  expect(await stand.rows('SELECT hold_reasons FROM orders')).toEqual([{ hold_reasons: reasons }])
})

it('switches the rules on that shipped off, unless somebody has had a hand in them', async () => {
  const stand = await openShop()
  const state = async () =>
    Object.fromEntries((await stand.shop.risk.rules()).map(({ name, version, enabled }) => [name, [version, enabled]]))
  await stand.rows(`UPDATE risk_rule SET enabled = false WHERE name IN ('fresh-bulk', 'first-large', 'ip-orders')`)
  await stand.shop.risk.setLimit('ann', 'first-large', 'on')
  await stand.shop.risk.setLimit('ann', 'first-large', 'off')

  await stand.rows(updates('doors', 'migration.sql', 'INSERT INTO "risk_rule"'))
  expect(await state()).toMatchObject({
    'fresh-bulk': [2, true],
    'ip-orders': [2, true],
    'first-large': [3, false],
    'hourly-orders': [1, true],
  })

  await stand.rows(updates('doors', 'down.sql', 'DELETE FROM "risk_rule"'))
  expect(await state()).toMatchObject({ 'fresh-bulk': [1, false], 'ip-orders': [1, false], 'first-large': [3, false] })
})
