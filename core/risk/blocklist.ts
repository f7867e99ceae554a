import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { personalHash } from '../vault/personal.ts'
import type { Block, BlockKind } from './model.ts'
import * as store from './store.ts'

export interface Blocklist {
  /** Puts somebody on the list, for orders and payments from now on; who is there already stays as they are. Returns the entry's id. */
  block(actor: string, whom: { kind: BlockKind; value: string }, reason: string, expiresAt?: Date): Promise<number>
  /** Takes an entry off the list; false when it is not on it. */
  unblock(actor: string, id: number): Promise<boolean>
  /** Those on the list now, the newest first. */
  list(page: number): Promise<Page<Block>>
}

const PER_PAGE = 8

/** What stands in the database for what is in other tables as it is: a customer, a chat account, a payer. */
export const plainHash = (value: string): Buffer => createHash('sha256').update(value).digest()

export function createBlocklist(db: Database, keyring: SealingKeyring, clock: Clock): Blocklist {
  const hashOf = ({ kind, value }: { kind: BlockKind; value: string }): Buffer =>
    kind === 'phone' || kind === 'ip' || kind === 'device' ? personalHash(keyring, kind, value) : plainHash(value)
  return {
    block: (actor, whom, reason, expiresAt) =>
      db.transaction(async (sql) => {
        const at = clock()
        const entry = { kind: whom.kind, hash: hashOf(whom), reason, by: actor, at, expiresAt }
        const { id, isNew } = await store.addBlock(sql, entry)
        const data = { kind: whom.kind, expires: expiresAt?.toISOString() ?? null }
        if (isNew) await recordAudit(sql, at, { actor, action: 'risk.blocked', subject: `block:${id}`, data })
        return id
      }),
    unblock: (actor, id) =>
      db.transaction(async (sql) => {
        const kind = await store.liftBlock(sql, id, actor, clock())
        if (kind === undefined) return false
        const data = { kind }
        await recordAudit(sql, clock(), { actor, action: 'risk.unblocked', subject: `block:${id}`, data })
        return true
      }),
    async list(page) {
      const now = clock()
      const total = await store.countBlocks(db, now)
      const { take, skip, ...where } = pageOf(total, PER_PAGE, page)
      return { ...where, total, items: await store.blocks(db, now, take, skip) }
    },
  }
}
