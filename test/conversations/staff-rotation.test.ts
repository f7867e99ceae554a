import { beforeAll, describe, expect, it } from 'vitest'
import { addKeyVersion } from '../../core/vault/key-rotation.ts'
import type { Channel, Chatter } from './channel.ts'
import { STAFF_CHANNELS } from './channels/all.ts'

describe.each(STAFF_CHANNELS)('a second person for the vault key on $name', ({ languages, open }) => {
  let channel: Channel
  let boss: Chatter
  let partner: Chatter
  beforeAll(async () => {
    channel = await open()
    const language = languages.at(-1) ?? 'en'
    boss = await channel.join('boss', { owner: true, language })
    partner = await channel.join('partner', { owner: true, language })
  })
  const active = async () => (await channel.program.shop.rotation.state()).active
  const ask = (version: number) =>
    channel.program.shop.approvals.submit({ pseudonym: 'operator' }, 'rotation', { version }, `rotate-${version}`)

  it('is asked for once the owner says so', async () => {
    const { staff } = boss
    await boss.say('/security')
    await boss.see(staff.securityRotation(false))
    await boss.press(staff.rotationOn)
    await boss.see(staff.securityRotation(true))
    await boss.press(staff.rotationOff)
    await boss.see(staff.approvalNeeded)
  })

  it('is any owner, whom the shell asks', async () => {
    const { stand } = channel.program
    const { versions } = addKeyVersion(stand, () => stand.clock().getTime())
    await channel.program.reopen()
    await channel.program.shop.rotation.note(versions)
    for (const owner of [boss, partner]) owner.sight.act()
    await ask(2)
    for (const owner of [boss, partner]) {
      const asked = await owner.see(owner.staff.actRotation(2))
      expect(asked.text).toContain(owner.staff.rotationWhat)
      expect(asked.text).toContain(owner.staff.byWhom.operator)
    }
    expect(await active()).toBe(1)
    await partner.press(partner.staff.approvalGrant)
    await partner.see(/✅/)
    await boss.see(/✅/)
    expect(await active()).toBe(2)
  })

  it('is told when it cannot be yet, and can refuse', async () => {
    const { stand } = channel.program
    const { versions } = addKeyVersion(stand, () => stand.clock().getTime())
    await channel.program.shop.rotation.note(versions)
    partner.sight.act()
    await ask(3)
    await partner.see(partner.staff.actRotation(3))
    await partner.press(partner.staff.approvalGrant)
    await partner.see(partner.language === 'zh' ? '还不能启用' : /1 of 1 processes do not have version 3/)
    await partner.say('/approvals')
    await partner.see(partner.staff.approvalsTitle(2))
    await partner.press(/#3 /)
    await partner.see(partner.staff.actRotation(3))
    await partner.press(partner.staff.approvalRefuse)
    await partner.see(/❌/)
    expect(await active()).toBe(2)
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
