import { OWNER, type Permission } from './model.ts'

type Holder = { readonly permissions: ReadonlySet<Permission> }

/** Whether somebody may give these permissions: only what they hold themselves. */
export const mayGrant = (actor: Holder, wanted: Iterable<Permission>): boolean =>
  [...wanted].every((permission) => actor.permissions.has(permission))

/** A role's name: lower case, so that it is typed the same way by everyone. */
export const isRoleName = (text: string): boolean => /^[a-z][a-z0-9-]{1,19}$/.test(text)

interface Staffer extends Holder {
  readonly customerId: number
  readonly role: string
  readonly suspendedAt: Date | undefined
}

/** Why somebody's place on the staff cannot be changed by this person. */
export type MemberProblem = 'yourself' | 'above_you' | 'last_owner' | 'named_in_settings'

/**
 * Whether somebody may suspend, remove or give another role to a member: never to themselves, never to one who holds more than they
 * do, never to one whom the settings name, and never so that no owner is left. Bringing a member back needs only the second.
 */
export function mayManage(
  actor: Holder & { readonly id: number },
  member: Staffer,
  shop: { readonly activeOwners: number; readonly named: boolean },
): MemberProblem | undefined {
  if (member.customerId === actor.id) return 'yourself'
  if (!mayGrant(actor, member.permissions)) return 'above_you'
  if (shop.named) return 'named_in_settings'
  const isActiveOwner = member.role === OWNER && member.suspendedAt === undefined
  return isActiveOwner && shop.activeOwners <= 1 ? 'last_owner' : undefined
}
