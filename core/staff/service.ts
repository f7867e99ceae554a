import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import { endSessions } from '../chats/service.ts'
import { after, type Clock, hours } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { randomCode } from '../platform/ids.ts'
import type { CreateLimiter } from '../platform/limits.ts'
import { type Page, pageOf } from '../platform/page.ts'
import { type Invitation, type Member, OWNER, PERMISSIONS, type Permission, PRESET_ROLES, type Role } from './model.ts'
import { isRoleName, mayGrant, mayManage } from './policy.ts'
import * as store from './store.ts'

/** Who asks for a change of the staff. */
interface Asking {
  readonly pseudonym: string
}
/** Who joins. */
interface Joining extends Asking {
  readonly id: number
}

/**
 * The staff (C7): who they are, which roles there are, who is invited. Whoever asks for a change must be an active member who may
 * `team.write` at that moment, and may give and take only what they hold.
 *
 * Besides their own, the changes throw KeytillError `staff.not_allowed`.
 */
export interface Staff {
  hasOwner(): Promise<boolean>
  roles(): Promise<readonly Role[]>
  role(name: string): Promise<Role | undefined>
  members(page: number): Promise<Page<Member>>
  member(customerId: number): Promise<Member | undefined>
  /** Invitations of the staff that can still be used, newest first. */
  invitations(page: number): Promise<Page<Invitation>>
  /** A one-time code that is good for `life` ms and kept only as a hash; `operator` is whoever runs the program. @throws KeytillError `staff.role_unknown` */
  invite(by: Asking | 'operator', role: string, life: number): Promise<{ readonly id: number; readonly code: string }>
  /** False when there was nothing to revoke: the code that a start prints is whoever runs the program's. */
  revoke(by: Asking, invitationId: number): Promise<boolean>
  /**
   * Makes somebody staff by a code and says in which role; undefined when the code is wrong, used, revoked or too old, or who wrote
   * it no longer may. @throws KeytillError `staff.already` when they are staff, which an invitation does not change;
   * `staff.too_often` after ten codes within an hour
   */
  join(who: Joining, code: string): Promise<string | undefined>
  /** @throws KeytillError `staff.member_unknown`, `staff.member` (detail: a MemberProblem), `staff.role_unknown` */
  setRole(by: Asking, customerId: number, role: string): Promise<void>
  /** From this moment on they are no staff, in no chat: their sessions end and their invitations are void. Throws as `setRole`. */
  suspend(by: Asking, customerId: number): Promise<void>
  /** Undoes `suspend`. Throws as `setRole`. */
  reinstate(by: Asking, customerId: number): Promise<void>
  /** As `suspend`, for good: only a new invitation brings them back. Throws as `setRole`. */
  remove(by: Asking, customerId: number): Promise<void>
  /** A new role that may what another one may. @throws KeytillError `staff.role_name`, `staff.role_exists`, `staff.role_unknown` */
  addRole(by: Asking, name: string, like: string): Promise<void>
  /** @throws KeytillError `staff.role_unknown`, `staff.role_owner` */
  allow(by: Asking, role: string, permission: Permission, allowed: boolean): Promise<void>
  /** Has a role that ships be as it ships again. @throws KeytillError `staff.role_unknown` */
  resetRole(by: Asking, role: string): Promise<void>
  /** @throws KeytillError `staff.role_unknown`, `staff.role_in_use`, `staff.role_ships` */
  removeRole(by: Asking, role: string): Promise<void>
  /** Makes somebody an owner because the settings say so, within the caller's transaction. */
  appointOwner(sql: Sql, who: Joining): Promise<void>
  /** Has the roles that ship be there. */
  seed(): Promise<void>
}

const PER_PAGE = 8

const hashOf = (code: string): Buffer => createHash('sha256').update(code.toUpperCase().replace(/[\s-]/g, '')).digest()

export function createStaff(
  db: Database,
  clock: Clock,
  /** who is owner by the settings */
  owners: readonly { channel: string; id: string }[],
  limiter: CreateLimiter,
): Staff {
  const tries = limiter('join', 10, hours(1))

  /** A change by a member who may make it, as they stand at this moment. */
  const change = <T>(
    by: Asking,
    work: (sql: Sql, actor: { readonly id: number; readonly permissions: ReadonlySet<Permission> }) => Promise<T>,
  ): Promise<T> =>
    db.transaction(async (sql) => {
      await store.inTurn(sql)
      const actor = await store.holder(sql, by.pseudonym)
      if (!actor?.permissions.has('team.write')) throw notAllowed()
      return work(sql, actor)
    })

  const tell = (sql: Sql, by: Asking | 'operator', action: string, subject: string, data = {}) =>
    recordAudit(sql, clock(), { actor: by === 'operator' ? by : by.pseudonym, action, subject, data })

  async function roleOf(sql: Sql, name: string): Promise<Role> {
    const role = await store.role(sql, name)
    if (!role) throw new KeytillError('staff.role_unknown', `There is no role ${name.slice(0, 20)}.`)
    return role
  }

  async function isNamed(sql: Sql, customerId: number): Promise<boolean> {
    const accounts = await store.identities(sql, customerId)
    return accounts.some(({ channel, id }) => owners.some((owner) => owner.channel === channel && owner.id === id))
  }

  /** A change of one member, if it may be made: see {@link mayManage}. */
  const manage = (
    by: Asking,
    customerId: number,
    action: string,
    work: (sql: Sql, member: Member, actor: { permissions: ReadonlySet<Permission> }) => Promise<object>,
  ): Promise<void> =>
    change(by, async (sql, actor) => {
      const member = await store.member(sql, customerId)
      if (!member) throw new KeytillError('staff.member_unknown', 'There is no such member of staff.')
      const shop = { activeOwners: await store.countOwners(sql), named: await isNamed(sql, customerId) }
      const problem = mayManage(actor, member, shop)
      if (problem) throw new KeytillError('staff.member', problem)
      const data = await work(sql, member, actor)
      await tell(sql, by, action, `customer:${member.pseudonym}`, data)
    })

  /** Whoever is not staff any more has nothing open, and nobody comes in their name. */
  async function leave(sql: Sql, member: Member): Promise<void> {
    await endSessions(sql, member.customerId)
    await store.revokeAllOf(sql, member.pseudonym, clock())
  }

  /** A change of a role that its members, and whoever changes it, may see made. */
  const changeRole = (
    by: Asking,
    name: string,
    action: string,
    work: (sql: Sql, role: Role, actor: { permissions: ReadonlySet<Permission> }) => Promise<object>,
  ): Promise<void> =>
    change(by, async (sql, actor) => {
      const role = await roleOf(sql, name)
      if (role.name === OWNER) throw new KeytillError('staff.role_owner', 'The owner holds everything, for ever.')
      if (!mayGrant(actor, role.permissions)) throw notAllowed()
      await tell(sql, by, action, `role:${name}`, await work(sql, role, actor))
    })

  return {
    hasOwner: async () => owners.length > 0 || (await store.countOwners(db)) > 0,
    roles: () => store.roles(db),
    role: (name) => store.role(db, name),
    async members(wanted) {
      const total = await store.countMembers(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.members(db, take, skip), page, pages, total }
    },
    member: (customerId) => store.member(db, customerId),
    async invitations(wanted) {
      const now = clock()
      const total = await store.countInvitations(db, now)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.openInvitations(db, now, take, skip), page, pages, total }
    },
    invite(by, name, life) {
      const write = async (sql: Sql): Promise<{ id: number; code: string }> => {
        const code = randomCode(12)
        const issuedBy = by === 'operator' ? by : by.pseudonym
        const invitation = { hash: hashOf(code), role: name, issuedBy, expiresAt: after(clock(), life) }
        const id = await store.invite(sql, invitation, clock())
        await tell(sql, by, 'staff.invited', `invitation:${id}`, { role: name })
        return { id, code }
      }
      if (by === 'operator') return db.transaction(write)
      return change(by, async (sql, actor) => {
        if (!mayGrant(actor, (await roleOf(sql, name)).permissions)) throw notAllowed()
        return write(sql)
      })
    },
    revoke: (by, id) =>
      change(by, async (sql, actor) => {
        const invitation = await store.openInvitation(sql, id)
        if (!invitation) return false
        if (!mayGrant(actor, invitation.permissions)) throw notAllowed()
        await store.revoke(sql, id, clock())
        await tell(sql, by, 'staff.invitation_revoked', `invitation:${id}`, { role: invitation.role })
        return true
      }),
    async join(who, code) {
      if ((await tries.take(String(who.id))) > 0)
        throw new KeytillError('staff.too_often', 'That is too many codes. Try again in an hour, or ask for a link.')
      return db.transaction(async (sql) => {
        await store.inTurn(sql)
        const invitation = await store.findInvitation(sql, hashOf(code), clock())
        if (!invitation) return undefined
        const byOperator = invitation.issuedBy === 'operator'
        const issuer = byOperator ? undefined : await store.holder(sql, invitation.issuedBy)
        if (!byOperator && !(issuer?.permissions.has('team.write') && mayGrant(issuer, invitation.permissions)))
          return undefined
        const known = await store.member(sql, who.id)
        if (known?.suspendedAt && !byOperator) return undefined
        if (known && !byOperator)
          throw new KeytillError('staff.already', 'You are staff already: ask whoever leads the team for another role.')
        await store.useInvitation(sql, invitation.id, clock(), who.id)
        await store.appoint(sql, who.id, invitation.role, invitation.issuedBy)
        await tell(sql, who, 'staff.joined', `customer:${who.pseudonym}`, {
          role: invitation.role,
          invitation: invitation.id,
        })
        return invitation.role
      })
    },
    setRole: (by, customerId, name) =>
      manage(by, customerId, 'staff.role', async (sql, member, actor) => {
        if (!mayGrant(actor, (await roleOf(sql, name)).permissions)) throw notAllowed()
        await store.setRole(sql, customerId, name)
        return { role: name, before: member.role }
      }),
    suspend: (by, customerId) =>
      manage(by, customerId, 'staff.suspended', async (sql, member) => {
        await store.suspend(sql, customerId, clock())
        await leave(sql, member)
        return { role: member.role }
      }),
    reinstate: (by, customerId) =>
      manage(by, customerId, 'staff.reinstated', async (sql, member) => {
        await store.suspend(sql, customerId, undefined)
        return { role: member.role }
      }),
    remove: (by, customerId) =>
      manage(by, customerId, 'staff.removed', async (sql, member) => {
        await store.remove(sql, customerId)
        await leave(sql, member)
        return { role: member.role }
      }),
    addRole: (by, name, like) =>
      change(by, async (sql, actor) => {
        if (!isRoleName(name))
          throw new KeytillError(
            'staff.role_name',
            'A role has 2 to 20 characters: small letters, digits and -, a letter first.',
          )
        const { permissions } = await roleOf(sql, like)
        if (!mayGrant(actor, permissions)) throw notAllowed()
        if (!(await store.addRole(sql, name, permissions)))
          throw new KeytillError('staff.role_exists', `There is already a role ${name}.`)
        await tell(sql, by, 'role.added', `role:${name}`, { permissions: [...permissions] })
      }),
    allow: (by, name, permission, allowed) =>
      changeRole(by, name, 'role.changed', async (sql, role, actor) => {
        if (!actor.permissions.has(permission)) throw notAllowed()
        const held = PERMISSIONS.filter((one) => (one === permission ? allowed : role.permissions.has(one)))
        await store.setPermissions(sql, name, held, false)
        return { [allowed ? 'given' : 'taken']: permission }
      }),
    resetRole: (by, name) =>
      changeRole(by, name, 'role.reset', async (sql, _, actor) => {
        const preset = PRESET_ROLES[name]
        if (!preset)
          throw new KeytillError('staff.role_unknown', 'This role did not ship: there is nothing to go back to.')
        if (!mayGrant(actor, preset)) throw notAllowed()
        await store.setPermissions(sql, name, preset, true)
        return { permissions: preset }
      }),
    removeRole: (by, name) =>
      changeRole(by, name, 'role.removed', async (sql, role) => {
        if (name in PRESET_ROLES) throw new KeytillError('staff.role_ships', 'A role that ships cannot be removed.')
        if (role.members > 0)
          throw new KeytillError('staff.role_in_use', 'Somebody has this role: give them another one first.')
        await store.removeRole(sql, name)
        return { permissions: [...role.permissions] }
      }),
    async appointOwner(sql, who) {
      await store.appoint(sql, who.id, OWNER, 'operator')
      await tell(sql, 'operator', 'staff.appointed', `customer:${who.pseudonym}`, { role: OWNER })
    },
    async seed() {
      for (const [name, permissions] of Object.entries(PRESET_ROLES)) await store.seedRole(db, name, permissions)
    },
  }
}

const notAllowed = () =>
  new KeytillError('staff.not_allowed', 'You may not do this: only what you hold yourself can be given or taken.')

/** What somebody of the staff holds at this moment, by their pseudonym; undefined for anyone else. */
export function heldBy(
  sql: Sql,
  pseudonym: string,
): Promise<{ readonly id: number; readonly permissions: ReadonlySet<Permission> } | undefined> {
  return store.holder(sql, pseudonym)
}
