import { beforeEach, describe, expect, it } from 'vitest'
import { minutes, seconds } from '../../../core/platform/clock.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { appCode, staffOf } from '../../stand/staff.ts'

let stand: Stand
let owner: Buyer
let secret: string
let recovery: readonly string[]
const code = (ahead = 0) => appCode(secret, new Date(stand.clock().getTime() + ahead))
const factors = () => stand.shop.secondFactors

beforeEach(async () => {
  stand = await openShop()
  owner = await staffOf(stand, 'owner')
  ;({ secret } = await factors().begin(owner, 'shop'))
  recovery = await factors().confirm(owner, code())
  stand.clock.advance(seconds(30))
})

describe('a second factor', () => {
  it('counts from when it is proved', async () => {
    const other = await staffOf(stand, 'stock')
    const begun = await factors().begin(other, 'shop & <more>')
    expect(begun.uri).toMatch(/^otpauth:\/\/totp\//)
    expect(new URL(begun.uri).searchParams.get('secret')).toBe(begun.secret)
    expect(await factors().enrolled(other.id)).toBe(false)
    await expect(factors().confirm(other, '000000')).rejects.toMatchObject({ code: 'second_factor.wrong' })
    expect(await factors().enrolled(other.id)).toBe(false)
    expect(await factors().enrolled(owner.id)).toBe(true)
    await expect(factors().begin(owner, 'shop')).rejects.toMatchObject({ code: 'second_factor.exists' })
  })

  it('takes a code once, and none from before it', async () => {
    const earlier = code(-seconds(30))
    await factors().check(owner, code())
    await expect(factors().check(owner, code())).rejects.toMatchObject({ code: 'second_factor.wrong' })
    await expect(factors().check(owner, earlier)).rejects.toMatchObject({ code: 'second_factor.wrong' })
    stand.clock.advance(seconds(30))
    await factors().check(owner, code())
  })

  it('takes one of two who send the same code at once', async () => {
    const both = await Promise.allSettled([factors().check(owner, code()), factors().check(owner, code())])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('forgives a clock that is off by half a minute, and no more', async () => {
    stand.clock.advance(minutes(2))
    await expect(factors().check(owner, code(-seconds(60)))).rejects.toMatchObject({ code: 'second_factor.wrong' })
    await factors().check(owner, code(-seconds(30)))
    await factors().check(owner, code(seconds(30)))
  })

  it('looks at nothing for a quarter of an hour after five wrong codes, right ones included', async () => {
    for (let n = 0; n < 4; n++)
      await expect(factors().check(owner, '12345')).rejects.toMatchObject({ code: 'second_factor.wrong' })
    for (const tried of ['12345', code(), recovery[0] ?? ''])
      await expect(factors().check(owner, tried)).rejects.toMatchObject({ code: 'second_factor.locked' })
    stand.clock.advance(minutes(15))
    await factors().check(owner, code())
  })

  it('takes each recovery code once, however it is typed', async () => {
    expect(recovery).toHaveLength(8)
    const [first = '', second = ''] = recovery
    await factors().check(owner, ` ${first.slice(0, 4).toLowerCase()}-${first.slice(4, 8)} ${first.slice(8)} `)
    await expect(factors().check(owner, first)).rejects.toMatchObject({ code: 'second_factor.wrong' })
    await factors().check(owner, second)
  })

  it('goes with a code, and with its owner’s place on the staff', async () => {
    await expect(factors().remove(owner, '000000')).rejects.toMatchObject({ code: 'second_factor.wrong' })
    await factors().remove(owner, code())
    await expect(factors().check(owner, code())).rejects.toMatchObject({ code: 'second_factor.none' })
    const stock = await staffOf(stand, 'stock')
    const begun = await factors().begin(stock, 'shop')
    await factors().confirm(stock, appCode(begun.secret, stand.clock()))
    await stand.shop.staff.remove(owner, stock.id)
    expect(await factors().enrolled(stock.id)).toBe(false)
  })

  it('is kept sealed, its recovery codes as hashes', async () => {
    const [row] = await stand.rows<{ text: string; hex: string }>(
      `SELECT f::text AS text, encode(sealed, 'escape') AS hex FROM second_factor f WHERE customer_id = $1`,
      [owner.id],
    )
    for (const plain of [secret, ...recovery]) {
      expect(row?.text).not.toContain(plain)
      expect(row?.text).not.toContain(Buffer.from(plain).toString('hex'))
      expect(row?.hex).not.toContain(plain)
    }
  })
})
