import { type Sql, statement } from '../platform/database/sql.ts'
import type { KeyState } from './model.ts'

/** One thing that happened to a key. `by`: a name, a pseudonym, `system` or `operator`. Ids, times and states: never the key. */
export type KeyEvent = { readonly at: Date; readonly by: string | undefined } & (
  | {
      readonly what: 'imported'
      readonly batchId: number
      readonly supplier: string | undefined
      readonly source: string
    }
  | { readonly what: 'ordered' | 'paid'; readonly orderNo: string }
  | { readonly what: 'revealed'; readonly orderNo: string; readonly channel: string }
  | { readonly what: 'complained' | 'replaced' | 'refunded' | 'rejected' | 'withdrawn'; readonly ticketId: number }
  /** it is here in place of another, or another is in its place */
  | { readonly what: 'replaces' | 'replaced_by'; readonly cardId: bigint }
  | {
      readonly what: 'frozen' | 'unfrozen' | 'void' | 'used' | 'unused' | 'returned' | 'exported'
      readonly reason: string | undefined
    }
)

/** A batch as staff see it. */
export interface BatchFacts {
  readonly id: number
  readonly sku: string
  readonly source: string
  readonly supplier: { readonly id: number; readonly name: string } | undefined
  readonly importedBy: string
  readonly importedAt: Date
  /** how many of its keys are in which state */
  readonly states: readonly { readonly state: KeyState; readonly keys: number }[]
}

export interface BatchKey {
  readonly cardId: bigint
  readonly state: KeyState
}

/** The state of a key as `factsOf` in store.ts says it, in SQL. `$1` is now. */
const STATE = `coalesce(m.kind::text, CASE WHEN o.state = 'awaiting_payment' THEN 'reserved' WHEN o.state IS NOT NULL THEN 'sold'
  WHEN k.expires_at <= $1 THEN 'expired' ELSE 'available' END)`
const KEYS = `card_key k LEFT JOIN card_mark m ON m.card_id = k.id LEFT JOIN order_unit u ON u.card_id = k.id
  LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id`
const BATCH = statement(
  'batch-facts',
  `SELECT b.id, p.sku, b.source, s.id AS "supplierId", s.name AS supplier, coalesce(c.name, b.imported_by) AS "importedBy", b.created_at AS "importedAt",
     (SELECT coalesce(json_agg(t ORDER BY t.keys DESC), '[]') FROM (SELECT ${STATE} AS state, count(*)::int AS keys FROM ${KEYS} WHERE k.batch_id = b.id GROUP BY 1) AS t) AS states
   FROM batch b JOIN product p ON p.id = b.product_id LEFT JOIN supplier s ON s.id = b.supplier_id LEFT JOIN customer c ON c.pseudonym::text = b.imported_by WHERE b.id = $2`,
)
const BATCH_KEYS = statement(
  'batch-keys',
  `SELECT k.id AS "cardId", ${STATE} AS state FROM ${KEYS} WHERE k.batch_id = $2 ORDER BY k.id LIMIT $3 OFFSET $4`,
)
const COUNT_BATCH_KEYS = statement(
  'batch-keys-count',
  `SELECT count(*)::int AS total FROM card_key WHERE batch_id = $1`,
)
/** Batches, newest first. */
const BATCHES = statement(
  'batches',
  `SELECT b.id, p.sku, b.created_at AS at, b.added AS keys, s.name AS supplier FROM batch b JOIN product p ON p.id = b.product_id LEFT JOIN supplier s ON s.id = b.supplier_id
   ORDER BY b.id DESC LIMIT $1 OFFSET $2`,
)
const COUNT_BATCHES = statement('batches-count', `SELECT count(*)::int AS total FROM batch`)
/**
 * Everything that the tables and the audit log say of a key ($1), in the order it happened. What staff did to it is in the audit
 * log, where nothing is taken back; who a pseudonym is stands in `customer`, as long as they are not erased.
 */
const HISTORY = statement(
  'key-history',
  `WITH unit AS (SELECT u.id, o.no, o.placed_at, o.paid_at, c.pseudonym FROM order_unit u JOIN order_line l ON l.id = u.line_id JOIN orders o ON o.id = l.order_id
       JOIN customer c ON c.id = o.customer_id WHERE u.card_id = $1),
     event AS (
       SELECT b.created_at AS at, b.imported_by AS by, 'imported' AS what, json_build_object('batchId', b.id, 'supplier', s.name, 'source', b.source) AS data, 0 AS rank
       FROM card_key k JOIN batch b ON b.id = k.batch_id LEFT JOIN supplier s ON s.id = b.supplier_id WHERE k.id = $1
       UNION ALL SELECT placed_at, pseudonym::text, 'ordered', json_build_object('orderNo', no), 1 FROM unit
         WHERE NOT EXISTS (SELECT FROM complaint x WHERE x.replacement_id = unit.id)
       UNION ALL SELECT paid_at, pseudonym::text, 'paid', json_build_object('orderNo', no), 2 FROM unit
         WHERE paid_at IS NOT NULL AND NOT EXISTS (SELECT FROM complaint x WHERE x.replacement_id = unit.id)
       UNION ALL SELECT r.at, c.pseudonym::text, 'revealed', json_build_object('orderNo', unit.no, 'channel', r.channel), 4
         FROM unit JOIN reveal r ON r.unit_id = unit.id JOIN customer c ON c.id = r.customer_id
       UNION ALL SELECT x.opened_at, t.pseudonym::text, 'complained', json_build_object('ticketId', x.ticket_id), 5
         FROM complaint x JOIN ticket tt ON tt.id = x.ticket_id JOIN customer t ON t.id = tt.customer_id WHERE x.card_id = $1
       UNION ALL SELECT x.decided_at, x.decided_by, x.state::text, json_build_object('ticketId', x.ticket_id), 6
         FROM complaint x WHERE x.card_id = $1 AND x.state <> 'open'
       UNION ALL SELECT x.decided_at, x.decided_by, 'replaced_by', json_build_object('cardId', u.card_id::text), 7
         FROM complaint x JOIN order_unit u ON u.id = x.replacement_id WHERE x.card_id = $1
       UNION ALL SELECT x.decided_at, x.decided_by, 'replaces', json_build_object('cardId', x.card_id::text), 3
         FROM complaint x JOIN unit ON unit.id = x.replacement_id
       UNION ALL SELECT a.at, a.actor, substr(a.action, 5), json_build_object('reason', a.data ->> 'reason'), 8 FROM audit_entry a
         WHERE a.subject = 'key:' || $1 AND a.action IN ('key.frozen', 'key.unfrozen', 'key.void', 'key.used', 'key.unused')
       UNION ALL SELECT m.at, m.by, m.kind::text, json_build_object('reason', m.reason), 9 FROM card_mark m WHERE m.card_id = $1 AND (m.kind = 'void' AND m.by = 'system' OR m.kind = 'exported'))
   SELECT e.at, coalesce(c.name, e.by) AS by, e.what, e.data FROM event e LEFT JOIN customer c ON c.pseudonym::text = e.by ORDER BY e.at, e.rank`,
)

interface EventRow {
  readonly at: Date
  readonly by: string | null
  readonly what: KeyEvent['what']
  readonly data: Readonly<Record<string, string | number | null>>
}

export async function historyOf(sql: Sql, cardId: bigint): Promise<KeyEvent[]> {
  const rows = await sql.rows<EventRow>(HISTORY, [cardId])
  return rows.map(({ at, by, what, data }) => {
    const { cardId: other, supplier, reason, ...rest } = data
    return {
      at,
      by: by ?? undefined,
      what,
      ...rest,
      ...(other === undefined ? {} : { cardId: BigInt(String(other)) }),
      ...(what === 'imported' ? { supplier: supplier ?? undefined } : { reason: reason ?? undefined }),
    } as KeyEvent
  })
}

type BatchRow = Omit<BatchFacts, 'supplier'> & { readonly supplierId: number | null; readonly supplier: string | null }

export async function batch(sql: Sql, id: number, now: Date): Promise<BatchFacts | undefined> {
  const [row] = await sql.rows<BatchRow>(BATCH, [now, id])
  if (!row) return undefined
  const { supplierId, supplier, ...facts } = row
  return {
    ...facts,
    supplier: supplierId !== null && supplier !== null ? { id: supplierId, name: supplier } : undefined,
  }
}

export function batchKeys(sql: Sql, id: number, now: Date, take: number, skip: number): Promise<BatchKey[]> {
  return sql.rows<BatchKey>(BATCH_KEYS, [now, id, take, skip])
}

export async function countBatchKeys(sql: Sql, id: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_BATCH_KEYS, [id]))[0]?.total ?? 0
}

/** One line of a list of batches. */
export interface BatchSummary {
  readonly id: number
  readonly sku: string
  readonly at: Date
  readonly keys: number
  readonly supplier: string | null
}

export function batches(sql: Sql, take: number, skip: number): Promise<BatchSummary[]> {
  return sql.rows<BatchSummary>(BATCHES, [take, skip])
}

export async function countBatches(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_BATCHES))[0]?.total ?? 0
}
