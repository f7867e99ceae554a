import { hours } from '../../../core/platform/clock.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { webAddress } from '../../../core/platform/settings.ts'
import { mayGrant } from '../../../core/staff/policy.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'
import { code as asCode, type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'
import { roleName } from './team.ts'

/** How long an invitation can be used, in ms. */
const LIFE = hours(24)

const back = ({ t }: Context): Button => ({ label: t.staff.teamButton, action: action('s-team', 0), back: true })

/** The roles that this person may invite somebody into. */
async function choose(context: Context): Promise<Reply> {
  const { t, shop, customer } = context
  const roles = (await shop.staff.roles()).filter((role) => mayGrant(customer, role.permissions))
  return show({
    text: lines([bold(t.staff.inviteTitle)], t.staff.inviteHow),
    buttons: [
      ...roles.map(({ name }): Button[] => [{ label: roleName(context, name), action: action('s-invite-make', name) }]),
      [back(context)],
    ],
  })
}

/** Makes a one-time code, which is shown this once: as a link where the channel has such, and to be typed. */
async function make(context: Context, role: string): Promise<Reply> {
  const { t, shop, customer, now, deepLink } = context
  const { id, code } = await shop.staff.invite(customer, role.trim().toLowerCase(), LIFE)
  const web = webAddress(shop.settings)
  const links = [deepLink(`join_${code}`), web && `${web}/#claim=${code}`].filter((link) => link !== undefined)
  const message = t.staff.inviteMessage(roleName(context, role), time(new Date(now.getTime() + LIFE)))
  return show({
    text: lines([bold(t.staff.inviteReady)], '', message, ...links.map((link) => [asCode(link)]), [
      t.staff.inviteTyped,
      asCode(`/join ${spoken(code)}`),
    ]),
    buttons: [
      ...links.slice(0, 1).map((link): Button[] => [{ label: t.buyer.copyLink, copy: link }]),
      [{ label: t.staff.inviteRevoke, action: action('s-invite-revoke', id) }],
      [back(context)],
    ],
    secret: true,
  })
}

/** Invitations that can still be used. */
async function open(context: Context, wanted: number, note?: string): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.staff.invitations(wanted)
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(found.total === 0 ? t.staff.noInvitations : t.staff.invitationsTitle(found.total))],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...found.items.map(({ id, role, expiresAt, issuedBy }) =>
        t.staff.invitationLine(id, roleName(context, role), issuedBy ?? t.staff.nameless, time(expiresAt)),
      ),
    ),
    buttons: [
      ...found.items.map(({ id }): Button[] => [
        { label: t.staff.invitationRevoke(id), action: action('s-invite-revoke', id) },
      ]),
      ...pager(context, found, 's-invitations'),
      [back(context), menuButton(context)],
    ],
  })
}

export const invitationRoutes: Routes = {
  commands: { invite: (context, role) => (role.trim() === '' ? choose(context) : make(context, role)) },
  actions: {
    's-invite': choose,
    's-invite-make': (context, [role = '']) => make(context, role),
    's-invitations': (context, [page]) => open(context, Number(page)),
    's-invite-revoke': async (context, [id = '']) => {
      const gone = /^\d{1,9}$/.test(id) && (await context.shop.staff.revoke(context.customer, Number(id)))
      return open(context, 0, gone ? context.t.staff.inviteRevoked : context.t.staff.inviteGone)
    },
  },
}
