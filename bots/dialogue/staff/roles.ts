import { hasCode } from '../../../core/platform/errors.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { OWNER, PERMISSIONS, type Permission, PRESET_ROLES, type Role } from '../../../core/staff/model.ts'
import { mayGrant } from '../../../core/staff/policy.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { roleName } from './team.ts'

/** Permissions on one screen of a role. */
const PER_PAGE = 10

const titleOf = (context: Context, { name }: Role): string => {
  const words = roleName(context, name)
  return words === name ? name : `${words} (${name})`
}

/** Every role, and how many have it. */
async function roles(context: Context, note?: string): Promise<Reply> {
  const { t, shop } = context
  const all = await shop.staff.roles()
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(t.staff.rolesTitle)],
      ...all.map((role) => t.staff.roleLine(titleOf(context, role), role.permissions.size, role.members)),
      '',
      t.staff.rolesHint,
    ),
    buttons: [
      ...all.map((role): Button[] => [{ label: titleOf(context, role), action: action('s-role', role.name, 0) }]),
      [{ label: t.staff.teamButton, action: action('s-team', 0), back: true }, menuButton(context)],
    ],
  })
}

/** What a role may do, and a button for each permission that this person can give or take. */
async function roleScreen(context: Context, name: string, wanted: number, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  const role = await shop.staff.role(name)
  if (!role) return roles(context, t.staff.roleUnknown)
  const mayChange =
    role.name !== OWNER && mayGrant(customer, role.permissions) && customer.permissions.has('team.write')
  const { page, pages, skip, take } = pageOf(PERMISSIONS.length, PER_PAGE, wanted)
  const shown = PERMISSIONS.slice(skip, skip + take)
  const line = (permission: Permission) =>
    `${role.permissions.has(permission) ? '✅' : '▫️'} ${t.staff.permissions[permission]}`
  const isOwn = !(role.name in PRESET_ROLES)
  const reset: Button[] =
    !isOwn && !role.preset ? [{ label: t.staff.roleReset, action: action('s-role-reset', role.name) }] : []
  const remove: Button[] =
    isOwn && role.members === 0
      ? [{ label: t.staff.roleRemove, action: action('s-role-remove', role.name), style: 'danger' }]
      : []
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(titleOf(context, role))],
      t.staff.roleMembers(role.members),
      pages > 1 ? t.buyer.page(page + 1, pages) : undefined,
      ...(mayChange ? [t.staff.roleHow] : shown.map(line)),
      mayChange ? undefined : t.staff.roleFixed,
    ),
    buttons: [
      ...(mayChange
        ? shown
            .filter((permission) => customer.permissions.has(permission))
            .map((permission): Button[] => [
              {
                label: line(permission),
                action: action(role.permissions.has(permission) ? 's-role-take' : 's-role-give', role.name, permission),
              },
            ])
        : []),
      ...pager(context, { items: [], page, pages, total: PERMISSIONS.length }, 's-role', role.name),
      ...(mayChange ? [[...reset, ...remove]] : []),
      [{ label: t.staff.roleCopy, action: action('s-role-copy', role.name) }],
      [{ label: t.staff.rolesButton, action: action('s-roles') }, menuButton(context)],
    ].filter((row) => row.length > 0),
  })
}

async function allow(context: Context, [role = '', typed = '']: readonly string[], allowed: boolean): Promise<Reply> {
  const permission = PERMISSIONS.find((one) => one === typed)
  if (permission === undefined) return roleScreen(context, role, 0)
  await context.shop.staff.allow(context.customer, role, permission, allowed)
  return roleScreen(context, role, Math.floor(PERMISSIONS.indexOf(permission) / PER_PAGE))
}

function askName(context: Context, like: string, problem?: string): Reply {
  const { t } = context
  return ask(context, 's-role-name', lines(problem, t.staff.roleAskName(roleName(context, like))), {
    args: [like],
    back: action('s-role', like, 0),
  })
}

/** `/roles`; `/roles add night support`: a new role that may what another one may. */
async function command(context: Context, argument: string): Promise<Reply> {
  const [word = '', name = '', like = ''] = argument.trim().toLowerCase().split(/\s+/)
  return word === 'add' && like !== '' ? add(context, name, like) : roles(context)
}

async function add(context: Context, name: string, like: string): Promise<Reply> {
  try {
    await context.shop.staff.addRole(context.customer, name, like)
  } catch (error) {
    if (!hasCode(error, 'staff.role_name') && !hasCode(error, 'staff.role_exists')) throw error
    return askName(context, like, problemText(context.t, error))
  }
  return roleScreen(context, name, 0, context.t.staff.roleAdded)
}

export const roleRoutes: Routes = {
  commands: { roles: command },
  actions: {
    's-roles': (context) => roles(context),
    's-role': (context, [name = '', page]) => roleScreen(context, name, Number(page)),
    's-role-give': (context, args) => allow(context, args, true),
    's-role-take': (context, args) => allow(context, args, false),
    's-role-copy': async (context, [like = '']) => askName(context, like),
    's-role-reset': async (context, [name = '']) => {
      await context.shop.staff.resetRole(context.customer, name)
      return roleScreen(context, name, 0, context.t.staff.roleWasReset)
    },
    's-role-remove': async (context, [name = '']) => {
      await context.shop.staff.removeRole(context.customer, name)
      return roles(context, context.t.staff.roleRemoved)
    },
  },
  questions: {
    's-role-name': (context, text, [like = '']) => add(context, text.trim().toLowerCase(), like),
  },
}
