import { beforeAll, describe, expect, it } from 'vitest'
import type { Channel, Chatter } from './channel.ts'
import { CHANNELS } from './channels/all.ts'
import type { Seen } from './sight.ts'
import { holds } from './steps.ts'

/** The code in an invitation, as it is typed. */
const codeIn = ({ text }: Seen): string => {
  const [, code] = /\/join ([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})/.exec(text) ?? []
  if (code === undefined) throw new Error(`no code in ${text}`)
  return code
}

describe.each(CHANNELS)('the team on $name', ({ languages, open }) => {
  let channel: Channel
  let boss: Chatter
  let mai: Chatter
  beforeAll(async () => {
    channel = await open()
    const language = languages.at(-1) ?? 'en'
    boss = await channel.join('boss', { owner: true, language })
    mai = await channel.join('mai', { language })
  })

  /** Opens the only member of this role from the list. */
  async function openMember(role: string): Promise<void> {
    const title = holds(` · ${boss.staff.roles[role] ?? role}`)
    await boss.say('/team')
    await boss.see(({ buttons }) => buttons.some((label) => title.test(label)))
    await boss.press(title)
    await boss.see(({ buttons }) => buttons.includes(boss.staff.teamButton) && !buttons.includes(boss.staff.invite))
  }

  it('invites somebody, who can do what their role may and nothing else', async () => {
    const { staff } = boss
    await mai.say('/held')
    await mai.see(mai.t.unknownCommand('held'))
    await boss.say('/invite')
    await boss.see(staff.inviteTitle)
    await boss.press(staff.roles.support ?? '')
    const invitation = await boss.see(staff.inviteReady)
    if (boss.can.copy) expect(invitation.copies[0]).toMatch(/(start=join_|#claim=)[2-9A-Z]{12}$/)
    await mai.say(`/join ${codeIn(invitation)}`)
    await mai.see(mai.t.claimDone(mai.staff.roles.support ?? ''))
    await mai.say('/held')
    await mai.see(mai.staff.noHeld)
    await mai.say('/team')
    await mai.see(mai.staff.onlyRoles(['owner', 'manager', 'auditor'].map((role) => mai.staff.roles[role] ?? '')))
    await mai.say(`/join ${codeIn(invitation)}`)
    await mai.see(mai.t.claimFailed)
  })

  it('comes in by the link', async () => {
    await boss.say('/invite stock')
    const code = codeIn(await boss.see(boss.staff.inviteReady)).replaceAll('-', '')
    const lee = await channel.join('lee', { language: boss.language })
    await lee.say(`/start join_${code}`)
    await lee.see(lee.t.claimDone(lee.staff.roles.stock ?? ''))
  })

  it('revokes an invitation', async () => {
    const { staff } = boss
    await boss.say('/invite finance')
    const code = codeIn(await boss.see(staff.inviteReady))
    await boss.press(staff.inviteRevoke)
    await boss.see(staff.inviteRevoked)
    const zoe = await channel.join('zoe', { language: boss.language })
    await zoe.say(`/join ${code}`)
    await zoe.see(zoe.t.claimFailed)
  })

  it('gives another role, suspends and brings back, each at once', async () => {
    const { staff } = boss
    await openMember('support')
    await boss.press(staff.changeRole)
    await boss.see(staff.chooseRole)
    await boss.press(staff.roles.finance ?? '')
    await boss.see(staff.roleSet(staff.roles.finance ?? ''))
    await mai.say('/reconcile')
    await mai.see(({ buttons }) => buttons.includes(mai.staff.booksAgain))
    await boss.press(staff.suspend)
    await boss.see(({ buttons }) => buttons.includes(staff.suspendYes))
    await boss.press(staff.suspendYes)
    await boss.see(staff.suspended)
    // What is on her screen still has its buttons.
    await mai.press(mai.staff.booksAgain)
    await mai.see(mai.can.buttons ? mai.t.oldButton : /./)
    await mai.say('/reconcile')
    await mai.see(mai.t.unknownCommand('reconcile'))
    await boss.press(staff.reinstate)
    await boss.see(staff.reinstated)
    await mai.say('/reconcile')
    await mai.see(({ buttons }) => buttons.includes(mai.staff.booksAgain))
  })

  it('makes a role of its own and says what it may', async () => {
    const { staff } = boss
    await boss.say('/roles add Night_Shift support')
    await boss.see(staff.problems['staff.role_name']?.('') || /small letters/)
    await boss.say('night')
    await boss.see(staff.roleAdded)
    await boss.press(holds(staff.permissions['orders.read']))
    await boss.see(({ buttons }) => buttons.includes(`▫️ ${staff.permissions['orders.read']}`))
    await openMember('finance')
    await boss.press(staff.changeRole)
    await boss.see(staff.chooseRole)
    await boss.press('night')
    await boss.see(staff.roleSet('night'))
    await mai.say('/held')
    const named = (text: string, role: string) => text.includes(mai.staff.roles[role] ?? '')
    await mai.see(
      ({ text }) => ['owner', 'finance', 'support'].every((role) => named(text, role)) && !named(text, 'stock'),
    )
    await mai.say('/tickets')
    await mai.see(mai.staff.ticketsNone(mai.staff.ticketFilters.waiting))
  })

  it('does nothing to oneself', async () => {
    const { staff } = boss
    await openMember('owner')
    await boss.see(staff.memberYourself)
    expect(boss.keysShown()).not.toContain(staff.suspend)
    if (!boss.can.buttons) return
    const { id } = await channel.program.shop.customers.meet({ channel: 'nowhere', externalId: 'x', chat: 'x' })
    await boss.forge(`s-suspend-yes:${id}`)
    await boss.see(staff.problems['staff.member_unknown']?.('') ?? '')
    await mai.forge('s-member-role-set:1:owner')
    await mai.see(mai.staff.onlyRoles(['owner', 'manager'].map((role) => mai.staff.roles[role] ?? '')))
  })

  it('lets somebody go', async () => {
    const { staff } = boss
    await openMember('night')
    await boss.press(staff.removeMember)
    await boss.see(({ buttons }) => buttons.includes(staff.removeYes))
    await boss.press(staff.removeYes)
    await boss.see(staff.teamTitle(2))
    await mai.say('/held')
    await mai.see(mai.t.unknownCommand('held'))
  })

  it('went without an error', () => {
    expect(channel.program.errors).toEqual([])
  })
})
