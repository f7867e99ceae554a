import type { Member } from '../../../core/staff/model.ts'
import { mayGrant } from '../../../core/staff/policy.ts'
import { action } from '../action.ts'
import { backButton, cancelButton } from '../back.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'

const nameOf = ({ t }: Pick<Context, 't'>, { name, customerId }: Member): string =>
  name ?? `${t.staff.nameless} (${customerId})`

/** A role in words; one that the shop made itself has only its name. */
export const roleName = ({ t }: Pick<Context, 't'>, role: string): string => t.staff.roles[role] ?? role

/** Everyone of the staff. */
async function team(context: Context, wanted = 0): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.staff.members(wanted)
  const rows = found.items.map((member): Button[] => {
    const parts = [nameOf(context, member), roleName(context, member.role)]
    if (member.suspendedAt) parts.push(t.staff.suspendedMark)
    return [{ label: label(parts.join(' · '), 60), action: action('s-member', member.customerId) }]
  })
  return show({
    text: lines(
      [bold(t.staff.teamTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, found, 's-team'),
      [
        { label: t.staff.invite, action: action('s-invite') },
        { label: t.staff.invitations, action: action('s-invitations', 0) },
      ],
      [{ label: t.staff.rolesButton, action: action('s-roles') }, menuButton(context)],
    ],
  })
}

async function memberOf({ shop }: Context, typed: string): Promise<Member | undefined> {
  return /^\d{1,9}$/.test(typed) ? shop.staff.member(Number(typed)) : undefined
}

const backToTeam = ({ t }: Context): Button => ({ label: t.staff.teamButton, action: action('s-team', 0), back: true })

const unknown = (context: Context): Reply =>
  show({ text: [context.t.staff.memberUnknown], buttons: [[backToTeam(context), menuButton(context)]] })

/** One of the staff, and what can be done about them; `note` goes above it. */
async function memberScreen(context: Context, id: string, note?: string): Promise<Reply> {
  const { t, customer } = context
  const member = await memberOf(context, id)
  if (!member) return unknown(context)
  const { customerId } = member
  const mayChange = customerId !== customer.id && mayGrant(customer, member.permissions)
  const change: Button[][] = member.suspendedAt
    ? [[{ label: t.staff.reinstate, action: action('s-reinstate', customerId), style: 'success' }]]
    : [
        [{ label: t.staff.changeRole, action: action('s-member-role', customerId) }],
        [{ label: t.staff.suspend, action: action('s-suspend', customerId), style: 'danger' }],
      ]
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(nameOf(context, member))],
      t.staff.memberRole(roleName(context, member.role)),
      member.suspendedAt ? t.staff.memberSuspended(time(member.suspendedAt)) : undefined,
      t.staff.memberSince(time(member.since), member.appointedBy),
      t.staff.memberChannels(member.channels.map((name) => t.buyer.channels[name] ?? name).join(', ')),
      t.staff.memberFactor(member.secondFactor ? t.staff.on : t.staff.off),
      mayChange ? undefined : customerId === customer.id ? t.staff.memberYourself : t.staff.memberAboveYou,
    ),
    buttons: [
      ...(mayChange ? [...change, [{ label: t.staff.removeMember, action: action('s-remove', customerId) }]] : []),
      [backToTeam(context), menuButton(context)],
    ],
  })
}

/** The roles that this person may give to a member. */
async function chooseRole(context: Context, id: string): Promise<Reply> {
  const { t, shop, customer } = context
  const member = await memberOf(context, id)
  if (!member) return unknown(context)
  const roles = (await shop.staff.roles()).filter((role) => mayGrant(customer, role.permissions))
  return show({
    text: lines(
      [bold(nameOf(context, member))],
      t.staff.memberRole(roleName(context, member.role)),
      '',
      t.staff.chooseRole,
    ),
    buttons: [
      ...roles.map(({ name }): Button[] => [
        { label: roleName(context, name), action: action('s-member-role-set', member.customerId, name) },
      ]),
      [backButton(t, action('s-member', member.customerId))],
    ],
  })
}

/** Asks before somebody is suspended or removed, and says what comes of it. */
async function askBefore(context: Context, id: string, act: 'suspend' | 'remove'): Promise<Reply> {
  const { t } = context
  const member = await memberOf(context, id)
  if (!member) return unknown(context)
  const name = nameOf(context, member)
  const yes: Button =
    act === 'suspend'
      ? { label: t.staff.suspendYes, action: action('s-suspend-yes', member.customerId), style: 'danger' }
      : { label: t.staff.removeYes, action: action('s-remove-yes', member.customerId), style: 'danger' }
  return show({
    text: [act === 'suspend' ? t.staff.suspendAsk(name) : t.staff.removeAsk(name)],
    buttons: [[yes], [cancelButton(t, action('s-member', member.customerId))]],
  })
}

export const teamRoutes: Routes = {
  commands: { team: (context) => team(context) },
  actions: {
    's-team': (context, [page]) => team(context, Number(page)),
    's-member': (context, [id = '']) => memberScreen(context, id),
    's-member-role': (context, [id = '']) => chooseRole(context, id),
    's-member-role-set': async (context, [id = '', role = '']) => {
      await context.shop.staff.setRole(context.customer, Number(id), role)
      return memberScreen(context, id, context.t.staff.roleSet(roleName(context, role)))
    },
    's-suspend': (context, [id = '']) => askBefore(context, id, 'suspend'),
    's-suspend-yes': async (context, [id = '']) => {
      await context.shop.staff.suspend(context.customer, Number(id))
      return memberScreen(context, id, context.t.staff.suspended)
    },
    's-reinstate': async (context, [id = '']) => {
      await context.shop.staff.reinstate(context.customer, Number(id))
      return memberScreen(context, id, context.t.staff.reinstated)
    },
    's-remove': (context, [id = '']) => askBefore(context, id, 'remove'),
    's-remove-yes': async (context, [id = '']) => {
      await context.shop.staff.remove(context.customer, Number(id))
      return team(context)
    },
  },
}
