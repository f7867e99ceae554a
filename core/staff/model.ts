/** Everything that a member of staff may be allowed, in the order in which it is listed. */
export const PERMISSIONS = [
  'catalog.read',
  'catalog.write',
  'stock.read',
  'stock.import',
  'keys.read',
  'history.read',
  'keys.write',
  'keys.export',
  'keys.rotate',
  'orders.read',
  'orders.resend',
  'orders.review',
  'orders.refund',
  'wallet.adjust',
  'tickets.read',
  'tickets.answer',
  'tickets.figures',
  'tickets.manage',
  'complaints.replace',
  'complaints.reject',
  'claims.read',
  'claims.write',
  'shop.read',
  'shop.write',
  'risk.read',
  'risk.write',
  'books.read',
  'jobs.manage',
  'feedback.read',
  'broadcast.send',
  'sources.read',
  'sources.write',
  'privacy.export',
  'privacy.erase',
  'audit.read',
  'team.read',
  'team.write',
  'approvals.decide',
  'security.read',
  'security.write',
] as const
export type Permission = (typeof PERMISSIONS)[number]

/** The role that holds everything, for ever: it cannot be changed or taken away. */
export const OWNER = 'owner'

/** What a manager does not hold. */
const ONLY_OWNERS: ReadonlySet<Permission> = new Set([
  'audit.read',
  'security.write',
  'privacy.erase',
  'keys.export',
  'keys.rotate',
])

/** The roles that ship, and what they may do until somebody changes them. An auditor only reads. */
export const PRESET_ROLES: Readonly<Record<string, readonly Permission[]>> = {
  [OWNER]: PERMISSIONS,
  manager: PERMISSIONS.filter((permission) => !ONLY_OWNERS.has(permission)),
  stock: [
    'catalog.read',
    'catalog.write',
    'stock.read',
    'stock.import',
    'keys.read',
    'history.read',
    'keys.write',
    'claims.read',
    'feedback.read',
  ],
  finance: [
    'orders.read',
    'orders.review',
    'orders.refund',
    'wallet.adjust',
    'claims.read',
    'claims.write',
    'risk.read',
    'books.read',
    'sources.read',
  ],
  support: [
    'orders.read',
    'orders.resend',
    'history.read',
    'tickets.read',
    'tickets.answer',
    'tickets.manage',
    'complaints.replace',
    'complaints.reject',
    'feedback.read',
  ],
  auditor: PERMISSIONS.filter((permission) => permission.endsWith('.read')),
}

/** A role, and how many active members and open invitations have it. */
export interface Role {
  readonly name: string
  readonly permissions: ReadonlySet<Permission>
  /** as it ships: an upgrade that brings new permissions changes it */
  readonly preset: boolean
  readonly members: number
}

/** Somebody of the staff. */
export interface Member {
  readonly customerId: number
  readonly pseudonym: string
  readonly name: string | undefined
  readonly role: string
  readonly permissions: ReadonlySet<Permission>
  readonly since: Date
  /** the name of who appointed them; undefined when it was who runs the program */
  readonly appointedBy: string | undefined
  readonly suspendedAt: Date | undefined
  /** the channels they can be reached on */
  readonly channels: readonly string[]
  /** has a second factor that was proved */
  readonly secondFactor: boolean
}

/** An invitation that can still be used. */
export interface Invitation {
  readonly id: number
  readonly role: string
  readonly expiresAt: Date
  /** the name of who wrote it; undefined when it was who runs the program */
  readonly issuedBy: string | undefined
}
