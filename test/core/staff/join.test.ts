import { beforeEach, expect, it } from 'vitest'
import { minutes } from '../../../core/platform/clock.ts'
import { openShop, type Stand } from '../../stand/shop.ts'

let stand: Stand
beforeEach(async () => {
  stand = await openShop()
})

it('makes the first who uses it the owner, and nobody after', async () => {
  const { code } = await stand.shop.staff.invite('operator', 'owner', minutes(30))
  const [first, second] = [await stand.meet({ id: 'first' }), await stand.meet()]
  expect(await stand.shop.staff.hasOwner()).toBe(false)
  expect(await stand.shop.staff.join(first, code)).toBe('owner')
  expect(await stand.shop.staff.join(second, code)).toBeUndefined()
  expect(await stand.shop.staff.join(first, code)).toBeUndefined()
  expect(await stand.shop.staff.hasOwner()).toBe(true)
  expect((await stand.meet({ id: 'first' })).role).toBe('owner')
  expect((await stand.shop.customers.get(second.id))?.role).toBeUndefined()
})

it('has one winner when several use it at once', async () => {
  const { code } = await stand.shop.staff.invite('operator', 'manager', minutes(30))
  const people = await Promise.all(Array.from({ length: 8 }, () => stand.meet()))
  const roles = await Promise.all(people.map((one) => stand.shop.staff.join(one, code)))
  expect(roles.filter(Boolean)).toEqual(['manager'])
})

it('is understood however it is typed', async () => {
  const { code } = await stand.shop.staff.invite('operator', 'stock', minutes(30))
  expect(code).toMatch(/^[2-9A-HJ-NP-Z]{12}$/)
  const typed = ` ${code.slice(0, 4).toLowerCase()}-${code.slice(4, 8)} ${code.slice(8)}`
  expect(await stand.shop.staff.join(await stand.meet(), typed)).toBe('stock')
})

it('does not work once its time is over, nor when it is wrong', async () => {
  const { code } = await stand.shop.staff.invite('operator', 'owner', minutes(30))
  const someone = await stand.meet()
  for (const wrong of ['', 'WRONG', code.slice(1), `${code}X`])
    expect(await stand.shop.staff.join(someone, wrong)).toBeUndefined()
  stand.clock.advance(minutes(30))
  expect(await stand.shop.staff.join(someone, code)).toBeUndefined()
})

it('is kept only as a hash', async () => {
  const { code } = await stand.shop.staff.invite('operator', 'owner', minutes(30))
  const [row] = await stand.rows<{ text: string; hash: Buffer }>('SELECT c::text AS text, hash FROM invitation c')
  expect(row?.hash).toHaveLength(32)
  expect(row?.text).not.toContain(code)
  expect(row?.text).not.toContain(Buffer.from(code).toString('hex'))
})
