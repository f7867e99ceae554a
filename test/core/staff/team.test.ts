import { beforeEach, describe, expect, it } from 'vitest'
import { hours, minutes } from '../../../core/platform/clock.ts'
import { PRESET_ROLES } from '../../../core/staff/model.ts'
import { type Buyer, openShop, type Stand } from '../../stand/shop.ts'
import { knownNow, staffOf } from '../../stand/staff.ts'

let stand: Stand
let owner: Buyer
beforeEach(async () => {
  stand = await openShop()
  owner = await staff('owner')
})

const staff = (role: string): Promise<Buyer> => staffOf(stand, role)
const again = (who: Buyer): Promise<Buyer> => knownNow(stand, who)
const logged = async (action: string) =>
  stand.rows<{ actor: string; subject: string; data: object }>(
    'SELECT actor, subject, data FROM audit_entry WHERE action = $1 ORDER BY id',
    [action],
  )

describe('an invitation', () => {
  it('makes its first user staff, says who did what, and nothing after', async () => {
    const [first, second] = [await stand.meet(), await stand.meet()]
    const { id, code } = await stand.shop.staff.invite(owner, 'support', hours(24))
    expect(await stand.shop.staff.join(first, code)).toBe('support')
    expect(await stand.shop.staff.join(second, code)).toBeUndefined()
    expect((await again(first)).permissions.has('tickets.answer')).toBe(true)
    expect(await logged('staff.invited')).toContainEqual({
      actor: owner.pseudonym,
      subject: `invitation:${id}`,
      data: { role: 'support' },
    })
    expect(await logged('staff.joined')).toContainEqual({
      actor: first.pseudonym,
      subject: `customer:${first.pseudonym}`,
      data: { role: 'support', invitation: id },
    })
  })

  it('gives only what its author holds', async () => {
    const manager = await staff('manager')
    await expect(stand.shop.staff.invite(manager, 'owner', hours(1))).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
    await expect(stand.shop.staff.invite(manager, 'auditor', hours(1))).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
    expect((await stand.shop.staff.invite(manager, 'stock', hours(1))).code).toHaveLength(12)
  })

  it.each(['support', 'stock', 'finance', 'auditor'])('cannot be written by %s', async (role) => {
    await expect(stand.shop.staff.invite(await staff(role), role, hours(1))).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
  })

  it('is void when it was revoked, has expired, or its author may no longer give it', async () => {
    const manager = await staff('manager')
    const [revoked, late, orphaned, grown] = [
      await stand.shop.staff.invite(owner, 'support', hours(24)),
      await stand.shop.staff.invite(owner, 'support', minutes(5)),
      await stand.shop.staff.invite(manager, 'support', hours(24)),
      await stand.shop.staff.invite(manager, 'stock', hours(24)),
    ]
    expect(await stand.shop.staff.revoke(owner, revoked.id)).toBe(true)
    expect(await stand.shop.staff.revoke(owner, revoked.id)).toBe(false)
    // What is more than a manager may give is more than they may take back; what the operator has written is nobody's in the chat.
    const above = await stand.shop.staff.invite(owner, 'owner', hours(24))
    await expect(stand.shop.staff.revoke(manager, above.id)).rejects.toMatchObject({ code: 'staff.not_allowed' })
    const start = await stand.shop.staff.invite('operator', 'owner', hours(24))
    expect(await stand.shop.staff.revoke(owner, start.id)).toBe(false)
    expect(await stand.shop.staff.join(await stand.meet(), start.code)).toBeDefined()
    stand.clock.advance(minutes(5))
    await stand.shop.staff.setRole(owner, manager.id, 'finance')
    const someone = await stand.meet()
    for (const { code } of [revoked, late, orphaned, grown])
      expect(await stand.shop.staff.join(someone, code)).toBeUndefined()
    expect((await again(someone)).role).toBeUndefined()
  })

  it('becomes void with its author’s suspension, and stays so', async () => {
    const manager = await staff('manager')
    const { code } = await stand.shop.staff.invite(manager, 'support', hours(24))
    await stand.shop.staff.suspend(owner, manager.id)
    await stand.shop.staff.reinstate(owner, manager.id)
    expect(await stand.shop.staff.join(await stand.meet(), code)).toBeUndefined()
    expect((await stand.shop.staff.invitations(0)).total).toBe(0)
  })

  it('changes nothing for those who are staff, and is not used up by them', async () => {
    const { code } = await stand.shop.staff.invite(owner, 'support', hours(24))
    await expect(stand.shop.staff.join(owner, code)).rejects.toMatchObject({ code: 'staff.already' })
    expect((await again(owner)).role).toBe('owner')
    expect(await stand.shop.staff.join(await stand.meet(), code)).toBe('support')
  })

  it('does not bring back who is suspended', async () => {
    const stock = await staff('stock')
    await stand.shop.staff.suspend(owner, stock.id)
    const { code } = await stand.shop.staff.invite(owner, 'stock', hours(24))
    expect(await stand.shop.staff.join(stock, code)).toBeUndefined()
    expect((await again(stock)).role).toBeUndefined()
  })

  it('cannot be guessed at leisure', async () => {
    const { code } = await stand.shop.staff.invite(owner, 'support', hours(24))
    const someone = await stand.meet()
    for (let n = 0; n < 10; n++) expect(await stand.shop.staff.join(someone, `WRONG${n}`)).toBeUndefined()
    await expect(stand.shop.staff.join(someone, code)).rejects.toMatchObject({ code: 'staff.too_often' })
  })
})

describe('a member', () => {
  it('is suspended at once, with what they had under way, and brought back', async () => {
    const manager = await staff('manager')
    await stand.shop.chats.saveSession(manager.channel, manager.chat, { asked: { question: 's-reply', args: ['1'] } })
    await stand.shop.staff.suspend(owner, manager.id)
    expect(await again(manager)).toMatchObject({ role: undefined })
    expect((await again(manager)).permissions.size).toBe(0)
    expect(await stand.shop.chats.session(manager.channel, manager.chat)).toBeUndefined()
    await expect(stand.shop.staff.invite(manager, 'support', hours(1))).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
    await stand.shop.staff.reinstate(owner, manager.id)
    expect((await again(manager)).role).toBe('manager')
  })

  it.each(['suspend', 'reinstate', 'remove'] as const)('cannot %s themselves, nor who holds more', async (act) => {
    const manager = await staff('manager')
    const other = await staff('owner')
    await expect(stand.shop.staff[act](manager, manager.id)).rejects.toMatchObject({
      code: 'staff.member',
      message: 'yourself',
    })
    await expect(stand.shop.staff[act](manager, other.id)).rejects.toMatchObject({
      code: 'staff.member',
      message: 'above_you',
    })
    expect((await again(other)).role).toBe('owner')
  })

  it('cannot be given a role that holds more than who gives it', async () => {
    const [manager, support] = [await staff('manager'), await staff('support')]
    await expect(stand.shop.staff.setRole(manager, support.id, 'owner')).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
    await expect(stand.shop.staff.setRole(manager, manager.id, 'owner')).rejects.toMatchObject({ message: 'yourself' })
    await stand.shop.staff.setRole(manager, support.id, 'stock')
    expect((await again(support)).role).toBe('stock')
  })

  it('is always an owner: two who put each other out at once leave one', async () => {
    const other = await staff('owner')
    const both = await Promise.allSettled([
      stand.shop.staff.remove(owner, other.id),
      stand.shop.staff.suspend(other, owner.id),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const roles = [await again(owner), await again(other)].map(({ role }) => role)
    expect(roles.filter((role) => role === 'owner')).toHaveLength(1)
  })

  it('whom the settings name is not put out in a chat', async () => {
    const named = await openShop({ owners: 'test:boss' })
    const boss = await named.meet({ id: 'boss' })
    const second = await named.meet()
    await named.shop.staff.join(second, (await named.shop.staff.invite('operator', 'owner', hours(1))).code)
    await expect(named.shop.staff.suspend(second, boss.id)).rejects.toMatchObject({ message: 'named_in_settings' })
  })

  it('who is removed needs a new invitation', async () => {
    const stock = await staff('stock')
    await stand.shop.staff.remove(owner, stock.id)
    expect(await stand.shop.staff.member(stock.id)).toBeUndefined()
    const { code } = await stand.shop.staff.invite(owner, 'support', hours(24))
    expect(await stand.shop.staff.join(stock, code)).toBe('support')
  })
})

describe('a role', () => {
  it('of the shop’s own begins as another one and is changed permission by permission', async () => {
    await stand.shop.staff.addRole(owner, 'night', 'support')
    await stand.shop.staff.allow(owner, 'night', 'orders.refund', true)
    await stand.shop.staff.allow(owner, 'night', 'orders.resend', false)
    const night = await staff('night')
    const wanted = new Set([...(PRESET_ROLES.support ?? []), 'orders.refund'])
    wanted.delete('orders.resend')
    expect(new Set(night.permissions)).toEqual(wanted)
    await stand.shop.staff.allow(owner, 'night', 'orders.refund', false)
    expect((await again(night)).permissions.has('orders.refund')).toBe(false)
    await expect(stand.shop.staff.removeRole(owner, 'night')).rejects.toMatchObject({ code: 'staff.role_in_use' })
    await stand.shop.staff.remove(owner, night.id)
    await stand.shop.staff.removeRole(owner, 'night')
    expect(await stand.shop.staff.role('night')).toBeUndefined()
  })

  it('gets nothing that who changes it does not hold', async () => {
    const manager = await staff('manager')
    for (const name of ['support', 'manager'])
      await expect(stand.shop.staff.allow(manager, name, 'audit.read', true)).rejects.toMatchObject({
        code: 'staff.not_allowed',
      })
    await expect(stand.shop.staff.allow(manager, 'auditor', 'orders.read', false)).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
    await expect(stand.shop.staff.addRole(manager, 'boss', 'owner')).rejects.toMatchObject({
      code: 'staff.not_allowed',
    })
  })

  it('of the owner is for ever', async () => {
    for (const act of [
      () => stand.shop.staff.allow(owner, 'owner', 'books.read', false),
      () => stand.shop.staff.resetRole(owner, 'owner'),
      () => stand.shop.staff.removeRole(owner, 'owner'),
    ])
      await expect(act()).rejects.toMatchObject({ code: 'staff.role_owner' })
  })

  it('that ships stays as staff changed it when the shop starts again, until it is reset', async () => {
    await stand.shop.staff.allow(owner, 'support', 'orders.refund', true)
    await stand.shop.staff.seed()
    expect((await stand.shop.staff.role('support'))?.permissions.has('orders.refund')).toBe(true)
    await stand.shop.staff.resetRole(owner, 'support')
    const role = await stand.shop.staff.role('support')
    expect(role?.preset).toBe(true)
    expect(role?.permissions.has('orders.refund')).toBe(false)
    await expect(stand.shop.staff.removeRole(owner, 'support')).rejects.toMatchObject({ code: 'staff.role_ships' })
  })

  it.each(['', 'A', 'Night', 'night shift', '9to5', 'x'.repeat(21), 'a:b'])('is not called %j', async (name) => {
    await expect(stand.shop.staff.addRole(owner, name, 'support')).rejects.toMatchObject({ code: 'staff.role_name' })
  })
})
