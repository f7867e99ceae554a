import { beforeEach, describe, expect, it } from 'vitest'
import { closedText, PROFILE_FIELDS, profileText } from '../../../core/profile/model.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

describe('a field of the shop', () => {
  it('has a default that needs nothing', async () => {
    const profile = await stand.shop.profiles.read()
    expect(profile).toMatchObject({ name: 'keytill', welcome: '', closed: 'off', reservation: 15, promise: 12 })
    expect(closedText(profile)).toBeUndefined()
  })

  it('is kept, told to all, and written down', async () => {
    await stand.shop.profiles.set('ann', 'name', '  My shop ')
    expect(await stand.shop.profiles.set('ann', 'reservation', '30')).toMatchObject({
      name: 'My shop',
      reservation: 30,
    })
    const other = await openShop({ beside: stand })
    expect(await other.shop.profiles.read()).toMatchObject({ name: 'My shop', reservation: 30 })
    const entries = await stand.rows(
      `SELECT actor, subject, data FROM audit_entry WHERE action = 'profile.set' ORDER BY id`,
    )
    expect(entries).toEqual([
      { actor: 'ann', subject: 'profile:name', data: { value: 'My shop' } },
      { actor: 'ann', subject: 'profile:reservation', data: { value: 30 } },
    ])
  })

  it.each([
    ['name', ''],
    ['name', 'x'.repeat(61)],
    ['welcome', 'x'.repeat(1001)],
    ['terms', 'x'.repeat(3001)],
    ['reservation', '0'],
    ['reservation', '1441'],
    ['reservation', 'soon'],
    ['reservation', '1.5'],
    ['promise', '169'],
    ['closed', 'x'.repeat(301)],
  ])('%s cannot be %j', async (field, value) => {
    await expect(stand.shop.profiles.set('ann', field, value)).rejects.toThrow(
      expect.objectContaining({ code: 'profile.value' }),
    )
    expect(await stand.rows(`SELECT FROM shop_setting WHERE key <> 'vault'`)).toHaveLength(0)
  })

  it.each(['colour', '__proto__', 'toString', ''])('cannot be %j, which there is not', async (field) => {
    await expect(stand.shop.profiles.set('ann', field, 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'profile.field', message: expect.stringContaining(PROFILE_FIELDS.join(', ')) }),
    )
  })
})

it('says its texts in the reader’s language, or in the one for all', async () => {
  await stand.shop.profiles.set('ann', 'welcome', 'Hello')
  const profile = await stand.shop.profiles.set('ann', 'welcome.zh', '你好')
  expect(profileText(profile, 'welcome', 'zh')).toBe('你好')
  expect(profileText(profile, 'welcome', 'en')).toBe('Hello')
  expect(profileText(await stand.shop.profiles.set('ann', 'welcome.zh', ''), 'welcome', 'zh')).toBe('Hello')
})

it('is closed with a text, and open with off or nothing', async () => {
  for (const [closed, told] of [
    ['Back on Monday', 'Back on Monday'],
    ['off', undefined],
    ['', undefined],
  ] as const)
    expect(closedText(await stand.shop.profiles.set('ann', 'closed', closed))).toBe(told)
})

it('decides how long an unpaid order keeps its keys', async () => {
  await stand.shop.profiles.set('ann', 'reservation', '3')
  const order = await stand.order(await stand.meet(), (await stand.product(1)).sku)
  expect(order.reservedUntil.getTime() - order.placedAt.getTime()).toBe(3 * 60_000)
})
