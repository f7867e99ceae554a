import { type Sql, statement } from '../platform/database/sql.ts'
import type { Invitation, Member, Permission, Role } from './model.ts'
import { OWNER } from './model.ts'

const TURN = statement('staff-turn', `SELECT pg_advisory_xact_lock(hashtext('keytill.staff'))`)

const SEED_ROLE = statement(
  'role-seed',
  `INSERT INTO role (name, permissions, preset) VALUES ($1, $2, true)
   ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions WHERE role.preset AND role.permissions <> excluded.permissions`,
)
const ROLES = statement(
  'roles',
  `SELECT r.name, r.permissions, r.preset, (SELECT count(*)::int FROM staff_member s WHERE s.role = r.name) AS members
   FROM role r ORDER BY cardinality(r.permissions) DESC, r.name`,
)
const ROLE = statement(
  'role',
  `SELECT r.name, r.permissions, r.preset, (SELECT count(*)::int FROM staff_member s WHERE s.role = r.name) AS members FROM role r WHERE r.name = $1`,
)
const ADD_ROLE = statement(
  'role-add',
  `INSERT INTO role (name, permissions) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name`,
)
const SET_PERMISSIONS = statement(
  'role-set-permissions',
  `UPDATE role SET permissions = $2, preset = $3 WHERE name = $1`,
)
const REMOVE_ROLE = statement('role-remove', `DELETE FROM role WHERE name = $1`)

const MEMBER = `SELECT c.id AS "customerId", c.pseudonym::text, c.name, s.role, r.permissions, s.created_at AS since,
     s.appointed_by = 'operator' AS "byOperator", (SELECT b.name FROM customer b WHERE b.pseudonym::text = s.appointed_by) AS "appointedBy",
     s.suspended_at AS "suspendedAt", ARRAY(SELECT i.channel FROM identity i WHERE i.customer_id = c.id ORDER BY i.created_at) AS channels,
     EXISTS (SELECT FROM second_factor f WHERE f.customer_id = c.id AND f.confirmed_at IS NOT NULL) AS "secondFactor"
   FROM staff_member s JOIN customer c ON c.id = s.customer_id JOIN role r ON r.name = s.role`
const MEMBERS = statement(
  'staff-members',
  `${MEMBER} ORDER BY s.suspended_at IS NOT NULL, s.created_at, c.id LIMIT $1 OFFSET $2`,
)
const COUNT_MEMBERS = statement('staff-members-count', `SELECT count(*)::int AS total FROM staff_member`)
const GET_MEMBER = statement('staff-member', `${MEMBER} WHERE s.customer_id = $1`)
const OWNERS = statement(
  'staff-owners',
  `SELECT count(*)::int AS total FROM staff_member WHERE role = '${OWNER}' AND suspended_at IS NULL`,
)
const IDENTITIES = statement(
  'staff-identities',
  `SELECT channel, external_id AS id FROM identity WHERE customer_id = $1`,
)
const APPOINT = statement(
  'staff-appoint',
  `INSERT INTO staff_member (customer_id, role, appointed_by) VALUES ($1, $2, $3)
   ON CONFLICT (customer_id) DO UPDATE SET role = excluded.role, appointed_by = excluded.appointed_by, suspended_at = NULL`,
)
const SET_ROLE = statement('staff-set-role', `UPDATE staff_member SET role = $2 WHERE customer_id = $1`)
const SUSPEND = statement('staff-suspend', `UPDATE staff_member SET suspended_at = $2 WHERE customer_id = $1`)
const REMOVE = statement(
  'staff-remove',
  `WITH factor AS (DELETE FROM second_factor WHERE customer_id = $1) DELETE FROM staff_member WHERE customer_id = $1`,
)

const INVITE = statement(
  'invitation-add',
  `INSERT INTO invitation (hash, role, issued_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
)
const FIND_INVITATION = statement(
  'invitation-find',
  `SELECT v.id, v.role, v.issued_by, r.permissions FROM invitation v JOIN role r ON r.name = v.role
   WHERE v.hash = $1 AND v.used_at IS NULL AND v.revoked_at IS NULL AND v.expires_at > $2`,
)
const USE_INVITATION = statement('invitation-use', `UPDATE invitation SET used_at = $2, used_by = $3 WHERE id = $1`)
const OPEN_INVITATIONS = statement(
  'invitations-open',
  `SELECT v.id, v.role, v.expires_at AS "expiresAt", (SELECT c.name FROM customer c WHERE c.pseudonym::text = v.issued_by) AS "issuedBy"
   FROM invitation v WHERE v.used_at IS NULL AND v.revoked_at IS NULL AND v.expires_at > $1 AND v.issued_by <> 'operator' ORDER BY v.id DESC LIMIT $2 OFFSET $3`,
)
const COUNT_INVITATIONS = statement(
  'invitations-count',
  `SELECT count(*)::int AS total FROM invitation WHERE used_at IS NULL AND revoked_at IS NULL AND expires_at > $1 AND issued_by <> 'operator'`,
)
const OPEN_INVITATION = statement(
  'invitation-open',
  `SELECT v.role, r.permissions FROM invitation v JOIN role r ON r.name = v.role
   WHERE v.id = $1 AND v.used_at IS NULL AND v.revoked_at IS NULL AND v.issued_by <> 'operator' FOR UPDATE OF v`,
)
const REVOKE = statement('invitation-revoke', `UPDATE invitation SET revoked_at = $2 WHERE id = $1`)
const REVOKE_OF = statement(
  'invitation-revoke-of',
  `UPDATE invitation SET revoked_at = $2 WHERE issued_by = $1 AND used_at IS NULL AND revoked_at IS NULL`,
)
const HOLDER = statement(
  'staff-holder',
  `SELECT c.id, r.permissions FROM staff_member s JOIN customer c ON c.id = s.customer_id JOIN role r ON r.name = s.role
   WHERE c.pseudonym::text = $1 AND s.suspended_at IS NULL`,
)

type RoleRow = Omit<Role, 'permissions'> & { readonly permissions: readonly Permission[] }
type MemberRow = Omit<Member, 'permissions' | 'name' | 'appointedBy' | 'suspendedAt'> & {
  readonly permissions: readonly Permission[]
  readonly name: string | null
  readonly appointedBy: string | null
  readonly byOperator: boolean
  readonly suspendedAt: Date | null
}

const roleOf = (row: RoleRow): Role => ({ ...row, permissions: new Set(row.permissions) })
const memberOf = ({ byOperator, ...row }: MemberRow): Member => ({
  ...row,
  name: row.name ?? undefined,
  permissions: new Set(row.permissions),
  appointedBy: byOperator ? undefined : (row.appointedBy ?? ''),
  suspendedAt: row.suspendedAt ?? undefined,
})

/** One change of the staff after the other: two owners who remove each other at once must not both succeed. */
export async function inTurn(sql: Sql): Promise<void> {
  await sql.rows(TURN)
}

/** Has a role be as it ships, unless somebody has changed it. */
export async function seedRole(sql: Sql, name: string, permissions: readonly Permission[]): Promise<void> {
  await sql.rows(SEED_ROLE, [name, permissions])
}

export async function roles(sql: Sql): Promise<Role[]> {
  return (await sql.rows<RoleRow>(ROLES)).map(roleOf)
}

export async function role(sql: Sql, name: string): Promise<Role | undefined> {
  return (await sql.rows<RoleRow>(ROLE, [name])).map(roleOf)[0]
}

/** False when there is one of this name. */
export async function addRole(sql: Sql, name: string, permissions: ReadonlySet<Permission>): Promise<boolean> {
  return (await sql.rows(ADD_ROLE, [name, [...permissions]])).length > 0
}

export async function setPermissions(
  sql: Sql,
  name: string,
  permissions: Iterable<Permission>,
  preset: boolean,
): Promise<void> {
  await sql.rows(SET_PERMISSIONS, [name, [...permissions], preset])
}

export async function removeRole(sql: Sql, name: string): Promise<void> {
  await sql.rows(REMOVE_ROLE, [name])
}

export async function members(sql: Sql, take: number, skip: number): Promise<Member[]> {
  return (await sql.rows<MemberRow>(MEMBERS, [take, skip])).map(memberOf)
}

export async function countMembers(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_MEMBERS))[0]?.total ?? 0
}

export async function member(sql: Sql, customerId: number): Promise<Member | undefined> {
  return (await sql.rows<MemberRow>(GET_MEMBER, [customerId])).map(memberOf)[0]
}

export async function countOwners(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(OWNERS))[0]?.total ?? 0
}

export function identities(sql: Sql, customerId: number): Promise<{ channel: string; id: string }[]> {
  return sql.rows(IDENTITIES, [customerId])
}

/** Makes somebody an active member, or the member they are one of this role. */
export async function appoint(sql: Sql, customerId: number, roleName: string, by: string): Promise<void> {
  await sql.rows(APPOINT, [customerId, roleName, by])
}

export async function setRole(sql: Sql, customerId: number, roleName: string): Promise<void> {
  await sql.rows(SET_ROLE, [customerId, roleName])
}

export async function suspend(sql: Sql, customerId: number, at: Date | undefined): Promise<void> {
  await sql.rows(SUSPEND, [customerId, at ?? null])
}

export async function remove(sql: Sql, customerId: number): Promise<void> {
  await sql.rows(REMOVE, [customerId])
}

export async function invite(
  sql: Sql,
  invitation: { hash: Buffer; role: string; issuedBy: string; expiresAt: Date },
  at: Date,
): Promise<number> {
  const { hash, role: name, issuedBy, expiresAt } = invitation
  const [row] = await sql.rows<{ id: number }>(INVITE, [hash, name, issuedBy, at, expiresAt])
  return (row as { id: number }).id
}

/** The invitation that a code stands for, while it can be used. */
export async function findInvitation(
  sql: Sql,
  hash: Buffer,
  at: Date,
): Promise<{ id: number; role: string; issuedBy: string; permissions: Permission[] } | undefined> {
  const [row] = await sql.rows<{ id: number; role: string; issued_by: string; permissions: Permission[] }>(
    FIND_INVITATION,
    [hash, at],
  )
  return row && { id: row.id, role: row.role, issuedBy: row.issued_by, permissions: row.permissions }
}

export async function useInvitation(sql: Sql, id: number, at: Date, customerId: number): Promise<void> {
  await sql.rows(USE_INVITATION, [id, at, customerId])
}

export async function openInvitations(sql: Sql, at: Date, take: number, skip: number): Promise<Invitation[]> {
  const rows = await sql.rows<Omit<Invitation, 'issuedBy'> & { issuedBy: string | null }>(OPEN_INVITATIONS, [
    at,
    take,
    skip,
  ])
  return rows.map((row) => ({ ...row, issuedBy: row.issuedBy ?? undefined }))
}

export async function countInvitations(sql: Sql, at: Date): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_INVITATIONS, [at]))[0]?.total ?? 0
}

/** What an invitation that nobody has used or revoked would give, locked; undefined for one by the operator. */
export async function openInvitation(
  sql: Sql,
  id: number,
): Promise<{ role: string; permissions: ReadonlySet<Permission> } | undefined> {
  const [row] = await sql.rows<{ role: string; permissions: Permission[] }>(OPEN_INVITATION, [id])
  return row && { role: row.role, permissions: new Set(row.permissions) }
}

export async function revoke(sql: Sql, id: number, at: Date): Promise<void> {
  await sql.rows(REVOKE, [id, at])
}

export async function revokeAllOf(sql: Sql, pseudonym: string, at: Date): Promise<void> {
  await sql.rows(REVOKE_OF, [pseudonym, at])
}

/** What an active member of staff holds; undefined for anyone else. */
export async function holder(
  sql: Sql,
  pseudonym: string,
): Promise<{ id: number; permissions: ReadonlySet<Permission> } | undefined> {
  const [row] = await sql.rows<{ id: number; permissions: Permission[] }>(HOLDER, [pseudonym])
  return row && { id: row.id, permissions: new Set(row.permissions) }
}
