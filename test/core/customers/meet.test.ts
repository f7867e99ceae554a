import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openShop({ owners: 'test:boss,telegram:1' })
})

const person = (externalId: string, more = {}) => ({ channel: 'test', externalId, chat: `chat-${externalId}`, ...more })

describe('someone who writes for the first time', () => {
  it('becomes a customer with a pseudonym, in the language of their client', async () => {
    const customer = await stand.shop.customers.meet(person('new', { name: 'N'.repeat(150), language: 'zh-Hant-TW' }))
    expect(customer).toMatchObject({
      name: 'N'.repeat(100),
      language: 'zh',
      role: undefined,
      pseudonym: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
    })
    expect(await stand.shop.customers.get(customer.id)).toEqual(customer)
    expect((await stand.shop.customers.meet(person('new', { language: 'en' }))).id).toBe(customer.id)
  })

  it.each([
    ['zh', 'zh'],
    ['zh-CN', 'zh'],
    ['ZH-hans', 'zh'],
    ['en', 'en'],
    ['zhx', 'en'],
    ['fr', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('speaks %s: the shop answers in %s', async (language, expected) => {
    const given = language === undefined ? {} : { language }
    expect((await stand.shop.customers.meet(person(`speaks-${language}`, given))).language).toBe(expected)
  })

  it('is one customer, however many of their messages come at once', async () => {
    const met = await Promise.all(Array.from({ length: 20 }, () => stand.shop.customers.meet(person('eager'))))
    expect(new Set(met.map(({ id }) => id)).size).toBe(1)
    expect(await stand.rows(`SELECT FROM customer WHERE id NOT IN (SELECT customer_id FROM identity)`)).toHaveLength(0)
  })

  it('is another in another channel', async () => {
    const here = await stand.shop.customers.meet(person('same'))
    const there = await stand.shop.customers.meet({ ...person('same'), channel: 'web' })
    expect(there.id).not.toBe(here.id)
  })
})

describe('someone who writes to both the shop bot and the staff bot', () => {
  const at = (channel: string, externalId: string) => person(externalId, { channel, chat: externalId })
  const placesOf = (id: number) =>
    stand.rows<{ channel: string }>('SELECT channel FROM identity WHERE customer_id = $1 ORDER BY channel', [id])
  const both = [{ channel: 'telegram' }, { channel: 'telegram-staff' }]

  it.each([
    ['telegram', 'telegram-staff'],
    ['telegram-staff', 'telegram'],
  ])('is one customer when they are met on %s first', async (first, second) => {
    const { customers } = stand.shop
    const here = await customers.meet(at(first, `from-${first}`))
    const there = await customers.meet(at(second, `from-${first}`))
    expect(there.id).toBe(here.id)
    expect(await placesOf(here.id)).toEqual(both)
  })

  it('is one customer when they come to both at once', async () => {
    const met = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stand.shop.customers.meet(at(n % 2 ? 'telegram' : 'telegram-staff', 'hasty')),
      ),
    )
    expect(new Set(met.map(({ id }) => id)).size).toBe(1)
    expect(await placesOf(met[0]?.id ?? 0)).toEqual(both)
    expect(await stand.rows(`SELECT FROM customer WHERE id NOT IN (SELECT customer_id FROM identity)`)).toHaveLength(0)
  })

  it('owns the shop in both when the settings say so of their account', async () => {
    const own = await openShop({ owners: 'telegram:123' })
    expect((await own.shop.customers.meet(at('telegram-staff', '123'))).role).toBe('owner')
    expect((await own.shop.customers.meet(at('telegram', '123'))).role).toBe('owner')
    expect((await own.shop.customers.meet(at('web', '123'))).role).toBeUndefined()
  })
})

it('keeps the language a person chose, whatever their client says', async () => {
  const customer = await stand.shop.customers.meet(person('chooser', { language: 'en' }))
  await stand.shop.customers.speak(customer, 'zh')
  expect((await stand.shop.customers.meet(person('chooser', { language: 'en' }))).language).toBe('zh')
})

it('follows a person to a new chat', async () => {
  const owner = await stand.shop.customers.meet(person('boss'))
  await stand.shop.customers.meet({ ...person('boss'), chat: 'new chat' })
  const chats = await stand.rows('SELECT chat FROM identity WHERE customer_id = $1', [owner.id])
  expect(chats).toEqual([{ chat: 'new chat' }])
})

describe('an owner named in the settings', () => {
  it('is staff from the first message on', async () => {
    expect((await stand.shop.customers.meet(person('boss'))).role).toBe('owner')
    expect((await stand.shop.customers.meet(person('1', { channel: 'telegram' }))).role).toBe('owner')
    expect((await stand.shop.customers.meet(person('1'))).role).toBeUndefined()
    expect(await stand.shop.staff.hasOwner()).toBe(true)
  })

  it('is appointed once, and that is written down', async () => {
    const own = await openShop({ owners: 'test:boss' })
    const owner = await own.shop.customers.meet(person('boss'))
    await own.shop.customers.meet(person('boss'))
    const entries = await own.rows(`SELECT actor, subject, data FROM audit_entry WHERE action = 'staff.appointed'`)
    expect(entries).toEqual([{ actor: 'operator', subject: `customer:${owner.pseudonym}`, data: { role: 'owner' } }])
  })
})
