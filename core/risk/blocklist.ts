import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { statement } from '../platform/database/sql.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { personalHash } from '../vault/personal.ts'

/** A customer by id, a chat account as `channel:id`, a payer as `provider:id`; a phone number, an address, a device. */
export type BlockKind = 'customer' | 'account' | 'payer' | 'phone' | 'ip' | 'device'

/** Somebody who is not served. Of whom only the hash is kept: what was typed goes into the reason, where staff want it. */
export interface Block {
  readonly id: number
  readonly kind: BlockKind
  readonly reason: string
  /** a pseudonym */
  readonly by: string
  readonly at: Date
  /** undefined: until it is lifted */
  readonly expiresAt: Date | undefined
}

export interface Blocklist {
  /** Puts somebody on the list, for orders and payments from now on; who is there already stays as they are. Returns the entry's id. */
  block(actor: string, whom: { kind: BlockKind; value: string }, reason: string, expiresAt?: Date): Promise<number>
  /** Takes an entry off the list; false when it is not on it. */
  unblock(actor: string, id: number): Promise<boolean>
  /** Those on the list now, the newest first. */
  list(page: number): Promise<Page<Block>>
}

const PER_PAGE = 8
const ACTIVE = '(lifted_at IS NULL AND (expires_at IS NULL OR expires_at > $1))'
const TURN = statement('block-turn', `SELECT pg_advisory_xact_lock(hashtext('blocklist'))`)
const FIND = statement(
  'block-find',
  `SELECT id FROM blocklist WHERE ${ACTIVE} AND kind = $2 AND value_hash = $3 LIMIT 1`,
)
const ADD = statement(
  'block-add',
  `INSERT INTO blocklist (kind, value_hash, reason, by, at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
)
const LIFT = statement(
  'block-lift',
  `UPDATE blocklist SET lifted_at = $1, lifted_by = $3 WHERE id = $2 AND ${ACTIVE} RETURNING kind`,
)
const LIST = statement(
  'block-list',
  `SELECT id, kind, reason, by, at, expires_at FROM blocklist WHERE ${ACTIVE} ORDER BY id DESC LIMIT $2 OFFSET $3`,
)
const COUNT = statement('block-count', `SELECT count(*)::int AS total FROM blocklist WHERE ${ACTIVE}`)

/** What stands in the database for what is in other tables as it is: a customer, a chat account, a payer. */
export const plainHash = (value: string): Buffer => createHash('sha256').update(value).digest()

export function createBlocklist(db: Database, keyring: SealingKeyring, clock: Clock): Blocklist {
  const hashOf = ({ kind, value }: { kind: BlockKind; value: string }): Buffer =>
    kind === 'phone' || kind === 'ip' || kind === 'device' ? personalHash(keyring, kind, value) : plainHash(value)
  return {
    block: (actor, whom, reason, expiresAt) =>
      db.transaction(async (sql) => {
        const now = clock()
        // Two at once are one entry.
        await sql.rows(TURN)
        const [known] = await sql.rows<{ id: number }>(FIND, [now, whom.kind, hashOf(whom)])
        if (known) return known.id
        const [made] = await sql.rows<{ id: number }>(ADD, [
          whom.kind,
          hashOf(whom),
          reason,
          actor,
          now,
          expiresAt ?? null,
        ])
        const { id } = made as { id: number }
        const data = { kind: whom.kind, expires: expiresAt?.toISOString() ?? null }
        await recordAudit(sql, now, { actor, action: 'risk.blocked', subject: `block:${id}`, data })
        return id
      }),
    unblock: (actor, id) =>
      db.transaction(async (sql) => {
        const [lifted] = await sql.rows<{ kind: BlockKind }>(LIFT, [clock(), id, actor])
        if (!lifted) return false
        const data = { kind: lifted.kind }
        await recordAudit(sql, clock(), { actor, action: 'risk.unblocked', subject: `block:${id}`, data })
        return true
      }),
    async list(page) {
      const now = clock()
      const [counted] = await db.rows<{ total: number }>(COUNT, [now])
      const total = counted?.total ?? 0
      const { take, skip, ...where } = pageOf(total, PER_PAGE, page)
      const rows = await db.rows<Omit<Block, 'expiresAt'> & { expires_at: Date | null }>(LIST, [now, take, skip])
      return {
        ...where,
        total,
        items: rows.map(({ expires_at, ...row }) => ({ ...row, expiresAt: expires_at ?? undefined })),
      }
    },
  }
}
