import { beforeEach, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

const hold = (text: string) => stand.shop.risk.read(`payment if ${text} then hold`)

it('ships with its presets, which a second start leaves as they are', async () => {
  const { risk } = stand.shop
  const shipped = (await risk.rules()).map((rule) => `${rule.name}: ${risk.print(rule.definition)}`)
  expect(shipped).toEqual([
    'blocked-order: order if blocked then deny',
    'blocked-payment: payment if blocked then hold',
    'card-tests: payment if unpaid by group in 1d > 2 and age < 30d then hold',
    'device-orders: payment if orders by device in 1h > 5 and age < 30d then hold',
    'first-large: order if paid < 1 and amount > 1000 then challenge contact',
    'fresh-amount: payment if amount by buyer in 7d > 1000 and age < 7d then hold',
    'fresh-bulk: order if age < 1d and units > 20 and unit_price < 10 then challenge captcha',
    'group-orders: payment if orders by group in 1d > 3 and buyers by group > 2 and age < 30d then hold',
    'hourly-most: payment if orders by buyer in 1h > 20 then hold',
    'hourly-orders: payment if orders by buyer in 1h > 5 and age < 30d then hold',
    'hourly-units: payment if units by buyer in 1h > 200 then hold',
    'ip-orders: order if orders by ip in 1h > 20 and age < 1d then challenge captcha',
    'key-complaints: payment if complaints by group in 30d > 1 then hold',
    'key-probes: order if probes by buyer in 1d > 5 then challenge captcha',
    'many-refunds: order if refunds by group in 30d > 2 then challenge contact',
    'payer-orders: payment if orders by payer in 1h > 5 and age < 30d then hold',
    'unpaid-new: order if unpaid by group in 7d > 3 and paid < 1 then challenge contact',
    'unpaid-orders: order if unpaid by buyer in 1d > 3 then challenge contact',
  ])
  await risk.setLimit('ann', 'hourly-orders', '9')
  await openShop({ beside: stand })
  const rules = await risk.rules()
  expect(rules).toHaveLength(18)
  expect(rules.find(({ name }) => name === 'hourly-orders')).toMatchObject({
    version: 2,
    enabled: true,
    definition: { all: [{ value: 9 }, { fact: 'age' }] },
  })
})

it('keeps every version, and who made it', async () => {
  const { risk } = stand.shop
  await risk.setLimit('ann', 'hourly-orders', '9')
  await risk.setLimit('bob', 'hourly-orders', 'off')
  expect(await risk.setLimit('cat', 'hourly-orders', '7')).toMatchObject({ version: 4, enabled: true })
  const versions = await risk.versions('hourly-orders')
  expect(versions.map(({ version, enabled, by, definition: { all } }) => [version, enabled, by, all[0]])).toMatchObject(
    [
      [4, true, 'cat', { value: 7 }],
      [3, false, 'bob', { value: 9 }],
      [2, true, 'ann', { value: 9 }],
      [1, true, 'system', { value: 5 }],
    ],
  )
  const audit = await stand.rows(`SELECT actor, data FROM audit_entry WHERE subject = 'rule:hourly-orders' ORDER BY id`)
  expect(audit.at(-1)).toMatchObject({
    actor: 'cat',
    data: { version: 4, enabled: true, text: 'payment if orders by buyer in 1h > 7 and age < 30d then hold' },
  })
})

it('brings the version before back, and takes that back again', async () => {
  const { risk } = stand.shop
  await risk.set('ann', 'mine', hold('units > 5'))
  await expect(risk.revert('ann', 'mine')).rejects.toMatchObject({ code: 'risk.first' })
  await risk.set('ann', 'mine', hold('units > 6 and amount > 5'))
  expect(await risk.revert('ann', 'mine')).toMatchObject({ version: 3, definition: { all: [{ value: 5 }] } })
  expect(await risk.revert('ann', 'mine')).toMatchObject({ version: 4, definition: { all: [{ value: 6 }, {}] } })
})

it('changes the threshold that is meant', async () => {
  const { risk } = stand.shop
  await risk.set('ann', 'mine', hold('amount > 5 and orders by payer in 1h > 3'))
  expect((await risk.setLimit('ann', 'mine', '8')).definition.all).toMatchObject([{ value: 500 }, { value: 8 }])
  expect((await risk.setThreshold('ann', 'mine', 0, '9.90')).definition.all).toMatchObject([
    { value: 990 },
    { value: 8 },
  ])
  await expect(risk.setThreshold('ann', 'mine', 2, '1')).rejects.toMatchObject({ code: 'risk.text' })
  await expect(risk.setLimit('ann', 'blocked-order', '5')).rejects.toMatchObject({ code: 'risk.text' })
})

it('is not changed by two people at once without one of them knowing', async () => {
  const { risk } = stand.shop
  const done = await Promise.allSettled(['6', '7', '8'].map((limit) => risk.setLimit('ann', 'hourly-orders', limit)))
  const [now] = await risk.versions('hourly-orders')
  const made = done.filter(({ status }) => status === 'fulfilled').length
  expect(now?.version).toBe(1 + made)
  for (const one of done) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'risk.moved' })
})

it.each(['-1', '1.5', 'many', '', '100000001', '1e3'])('has no limit %j', async (limit) => {
  await expect(stand.shop.risk.setLimit('ann', 'hourly-orders', limit)).rejects.toMatchObject({ code: 'risk.text' })
})

it.each(['x', 'Big', 'set', 'try', 'a b', '9lives', 'ünder', 'a'.repeat(25)])('has no name %j', async (name) => {
  await expect(stand.shop.risk.set('ann', name, hold('units > 5'))).rejects.toMatchObject({ code: 'risk.name' })
})

it('has no rule that there is not', async () => {
  await expect(stand.shop.risk.setLimit('ann', 'toString', '1')).rejects.toMatchObject({ code: 'risk.rule' })
})
