import { recordAudit } from '../audit/service.ts'
import type { Customer } from '../customers/model.ts'
import { claimRefused, claimSettled } from '../ledger/policy.ts'
import { book } from '../ledger/service.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import { KeytillError } from '../platform/errors.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Claim, ClaimState, SupplierClaims } from './model.ts'
import { claimStatesBefore } from './policy.ts'
import * as store from './store.ts'

/**
 * What suppliers owe us for keys that did not work (S8). A complaint that was upheld about a key of a batch with a supplier
 * makes one; until it is refused or settled its cost is a receivable, then a loss or less of what we owe them.
 */
export interface Claims {
  /** All suppliers, those first who have most to answer. */
  suppliers(page: number): Promise<Page<SupplierClaims>>
  /** A supplier's claims: open ones first, newest first. */
  ofSupplier(supplierId: number, page: number): Promise<Page<Claim>>
  /** All of them, for an export. */
  all(supplierId: number): Promise<readonly Claim[]>
  byId(id: number): Promise<Claim | undefined>
  /** The supplier agrees, or does not know any more (`open`); false when the claim is closed. */
  move(staff: Customer, id: number, to: 'accepted' | 'open'): Promise<boolean>
  /** The supplier makes nothing good: the cost is lost. It stays so. False when the claim is closed. */
  refuse(staff: Customer, id: number): Promise<boolean>
  /** The supplier made so much good (minor units of the claim's currency, above zero). It stays so. False when the claim is closed. */
  settle(staff: Customer, id: number, amount: number): Promise<boolean>
  /**
   * Says where a batch came from; a supplier of a new name is written down. False when there is no such batch, or something is
   * claimed for it already. @throws KeytillError `supplier.name`
   */
  setSupplier(staff: Customer, batchId: number, name: string): Promise<boolean>
}

const PER_PAGE = 8
const MOST_EXPORTED = 10_000

export function createClaims(db: Database, clock: Clock): Claims {
  /** Moves a claim, books what that means, and tells the audit log. */
  function moved(staff: Customer, id: number, to: ClaimState, amount?: number): Promise<boolean> {
    return db.transaction(async (sql) => {
      const now = clock()
      const claim = await store.move(sql, id, to, claimStatesBefore(to), amount, now)
      if (!claim) return false
      const goods = { cost: claim.cost ?? 0, currency: claim.currency }
      if (to === 'refused') await book(sql, now, claimRefused(id, goods))
      if (to === 'settled') await book(sql, now, claimSettled(id, goods, amount ?? 0))
      await recordAudit(sql, now, {
        actor: staff.pseudonym,
        action: `claim.${to}`,
        subject: `claim:${id}`,
        data: amount === undefined ? {} : { amount, currency: claim.currency },
      })
      return true
    })
  }

  return {
    async suppliers(wanted) {
      const total = await store.countSuppliers(db)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.suppliers(db, take, skip), page, pages, total }
    },
    async ofSupplier(supplierId, wanted) {
      const total = await store.countOfSupplier(db, supplierId)
      const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
      return { items: await store.ofSupplier(db, supplierId, take, skip), page, pages, total }
    },
    all: (supplierId) => store.ofSupplier(db, supplierId, MOST_EXPORTED, 0),
    byId: (id) => store.byId(db, id),
    move: (staff, id, to) => moved(staff, id, to),
    refuse: (staff, id) => moved(staff, id, 'refused'),
    settle: (staff, id, amount) => moved(staff, id, 'settled', amount),
    async setSupplier(staff, batchId, typed) {
      const name = typed.trim()
      if (name === '' || [...name].length > 60)
        throw new KeytillError('supplier.name', 'The name of a supplier has 1 to 60 characters.')
      return db.transaction(async (sql) => {
        if (!(await store.setSupplier(sql, batchId, name))) return false
        await recordAudit(sql, clock(), {
          actor: staff.pseudonym,
          action: 'batch.supplier',
          subject: `batch:${batchId}`,
          data: {},
        })
        return true
      })
    },
  }
}
