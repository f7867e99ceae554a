import type { Database } from '../platform/database/database.ts'
import { statement } from '../platform/database/sql.ts'
import { type Page, pageOf } from '../platform/page.ts'
import type { Reason } from './model.ts'

/** An order that was not taken: its buyer was challenged first, or denied it. */
export interface RefusedOrder {
  readonly customerId: number
  readonly wanted: readonly { readonly sku: string; readonly quantity: number }[]
  readonly outcome: 'challenge' | 'deny'
  readonly reasons: readonly Reason[]
  readonly at: Date
}

export interface Refusals {
  /** Orders that were not taken, of everybody or of one customer, the newest first. */
  list(page: number, customerId?: number): Promise<Page<RefusedOrder>>
}

const PER_PAGE = 3

const OF = '($1::int IS NULL OR customer_id = $1)'
const COUNT = statement('risk-refusals-count', `SELECT count(*)::int AS total FROM risk_refusal WHERE ${OF}`)
const LIST = statement(
  'risk-refusals',
  `SELECT customer_id AS "customerId", wanted, outcome, reasons, at FROM risk_refusal WHERE ${OF} ORDER BY at DESC, key LIMIT $2 OFFSET $3`,
)

export const createRefusals = (db: Database): Refusals => ({
  async list(wanted, customerId) {
    const [counted] = await db.rows<{ total: number }>(COUNT, [customerId ?? null])
    const total = counted?.total ?? 0
    const { page, pages, skip, take } = pageOf(total, PER_PAGE, wanted)
    return { items: await db.rows<RefusedOrder>(LIST, [customerId ?? null, take, skip]), page, pages, total }
  },
})
