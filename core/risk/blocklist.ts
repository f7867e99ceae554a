import { createHash } from 'node:crypto'
import { recordAudit } from '../audit/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { SealingKeyring } from '../vault/keyring.ts'
import { personalHash } from '../vault/personal.ts'
import type { Block, Whom } from './model.ts'
import { maskedPhone } from './phone.ts'
import * as store from './store.ts'

/** Whether somebody is on the list, by their number, an account, or what they are known by; nobody is put there until the transaction ends. */
export async function isBlocked(sql: Sql, now: Date, customerId: number): Promise<boolean> {
  await store.inTurn(sql)
  return (await store.blocksOf(sql, now, customerId)).length > 0
}

export interface Blocklist {
  /**
   * Puts somebody on the list, for orders and payments from now on; who is there already stays as they are. Returns the entry's id.
   * @throws KeytillError `block.staff` when a member of staff would be among them, `block.unknown` when there is no such customer
   */
  block(actor: string, whom: Whom, reason: string, expiresAt?: Date): Promise<number>
  /** Takes an entry off the list; false when it is not on it. */
  unblock(actor: string, id: number, reason: string): Promise<boolean>
  /** Those on the list now, or of them the one about somebody, the newest first. */
  list(page: number, whom?: Whom): Promise<Page<Block>>
  /** An entry that is on the list. */
  get(id: number): Promise<Block | undefined>
  /** All entries that stop this customer, whether by their number, an account, or what they are known by. */
  of(customerId: number): Promise<readonly Block[]>
  /** The customers whom an entry would be about. */
  concerned(whom: Whom): Promise<readonly number[]>
}

const PER_PAGE = 8

/** What stands in the database for what is in other tables as it is: a customer, a chat account, a payer. */
export const plainHash = (value: string): Buffer => createHash('sha256').update(value).digest()

/** As much of whom it is about as may be shown; nothing for a customer, who has a number, nor for an address or device. */
export function labelOf({ kind, value }: Whom): string | undefined {
  if (kind === 'phone') return maskedPhone(value.replace(/\D/g, ''))
  if (kind !== 'account' && kind !== 'payer') return undefined
  const colon = value.indexOf(':') + 1
  const id = value.slice(colon)
  return `${value.slice(0, colon)}${id.slice(0, 2)}****${id.length > 6 ? id.slice(-2) : ''}`
}

export function createBlocklist(db: Database, keyring: SealingKeyring, clock: Clock): Blocklist {
  const hashOf = ({ kind, value }: Whom): Buffer =>
    kind === 'phone' || kind === 'ip' || kind === 'device' ? personalHash(keyring, kind, value) : plainHash(value)
  return {
    block: (actor, whom, reason, expiresAt) =>
      db.transaction(async (sql) => {
        const at = clock()
        await store.inTurn(sql)
        const people = await store.concerned(sql, whom, hashOf(whom))
        if (people.some(({ isStaff }) => isStaff))
          throw new KeytillError('block.staff', 'Staff cannot be blocked: suspend them instead.')
        if (whom.kind === 'customer' && people.length === 0)
          throw new KeytillError('block.unknown', 'There is no such customer.')
        const customerId = people.length === 1 ? people[0]?.id : undefined
        // Of one who was linked with another: whoever they are now.
        const hash = whom.kind === 'customer' ? plainHash(String(customerId)) : hashOf(whom)
        const entry = { kind: whom.kind, hash, label: labelOf(whom), customerId, reason, by: actor, at, expiresAt }
        const { id, isNew } = await store.addBlock(sql, entry)
        const data = { kind: whom.kind, expires: expiresAt?.toISOString() ?? null }
        if (isNew) await recordAudit(sql, at, { actor, action: 'risk.blocked', subject: `block:${id}`, data })
        return id
      }),
    unblock: (actor, id, reason) =>
      db.transaction(async (sql) => {
        const kind = await store.liftBlock(sql, id, actor, reason, clock())
        if (kind === undefined) return false
        const data = { kind }
        await recordAudit(sql, clock(), { actor, action: 'risk.unblocked', subject: `block:${id}`, data })
        return true
      }),
    async list(page, whom) {
      const now = clock()
      const of = whom && { kind: whom.kind, hash: hashOf(whom) }
      const total = await store.countBlocks(db, now, of)
      const { take, skip, ...where } = pageOf(total, PER_PAGE, page)
      return { ...where, total, items: await store.blocks(db, now, { take, skip }, of) }
    },
    get: (id) => store.block(db, clock(), id),
    of: (customerId) => store.blocksOf(db, clock(), customerId),
    concerned: async (whom) => (await store.concerned(db, whom, hashOf(whom))).map(({ id }) => id),
  }
}
