import { type ByteaArray, type Sql, statement } from '../platform/database/sql.ts'
import type { KeyFacts, KeyState, StockLevel } from './model.ts'

/** The rank of a key that never expires: the end of every queue. */
const NEVER = '9223372036854775807'

const BATCH_ID = statement('batch-id', `SELECT nextval('batch_id_seq')::int AS id`)
const BATCH_START = statement(
  'batch-start',
  `INSERT INTO batch (id, product_id, source, imported_by, sealed_data_key, key_version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
)
const BATCH_COUNT = statement(
  'batch-count',
  `UPDATE batch SET added = added + $2, duplicates = duplicates + $3, malformed = malformed + $4 WHERE id = $1`,
)
const BATCH_FINISH = statement('batch-finish', `UPDATE batch SET finished_at = $2 WHERE id = $1`)

/**
 * A key whose fingerprint is known is left out, and so is all but the first of those that come twice. Ordinals go on from $2.
 * Batch and product come out of the batch's row, which stands for a foreign key of every row that is made.
 * One at a time, because two that bring the same keys in another order would wait for each other.
 */
const ADD_KEYS = statement(
  'keys-add',
  `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('keys-add'))),
   home AS MATERIALIZED (SELECT id, product_id FROM batch WHERE id = $1 FOR KEY SHARE),
   made AS (
     INSERT INTO card_key (product_id, batch_id, ordinal, ciphertext, fingerprint, expires_at, cost)
     SELECT home.product_id, home.id, $2::bigint + i - 1, ciphertext, fingerprint, expires_at, cost
     FROM turn, home, unnest($3::bytea[], $4::bytea[], $5::timestamptz[], $6::int[]) WITH ORDINALITY AS row (ciphertext, fingerprint, expires_at, cost, i)
     ON CONFLICT (fingerprint) DO NOTHING RETURNING id, product_id, ordinal, expires_at, cost),
   shelved AS (
     INSERT INTO stock (product_id, rank, card_id, cost) SELECT product_id, coalesce(floor(extract(epoch FROM expires_at))::bigint, ${NEVER}), id, cost FROM made
     RETURNING product_id, rank, card_id),
   told AS MATERIALIZED (
     SELECT pg_notify('keytill_stock', format('%s %s %s %s %s', product_id, min(rank), min(card_id), max(rank), max(card_id))) FROM shelved GROUP BY product_id)
   SELECT (SELECT coalesce(json_agg(ordinal), '[]') FROM made) AS ordinals, (SELECT count(*) FROM told)`,
)
/** A scalar subquery, because the planner turns EXISTS into a scan of all keys, which grows with the stock. */
const KNOWN = statement(
  'keys-known',
  `SELECT i::int AS i FROM generate_series(1, $2::int) AS i
   WHERE (SELECT true FROM card_key k WHERE k.fingerprint = substring($1::bytea FROM (i - 1) * 32 + 1 FOR 32) LIMIT 1)`,
)

const FACTS = `SELECT k.id AS card_id, k.product_id, p.sku, k.batch_id, b.created_at, k.expires_at, m.kind, m.reason, o.no, o.state AS order_state, s.card_id IS NOT NULL AS in_stock
  FROM card_key k JOIN product p ON p.id = k.product_id JOIN batch b ON b.id = k.batch_id LEFT JOIN card_mark m ON m.card_id = k.id
  LEFT JOIN stock s ON s.card_id = k.id LEFT JOIN order_unit u ON u.card_id = k.id LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id`
const BY_FINGERPRINT = statement('key-by-fingerprint', `${FACTS} WHERE k.fingerprint = $1`)
const BY_UNIT = statement(
  'key-by-unit',
  `${FACTS} WHERE k.id = (SELECT u.card_id FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
     WHERE o.no = $1 AND u.ordinal > 0 ORDER BY l.position, u.ordinal OFFSET $2 - 1 LIMIT 1)`,
)
const BY_ID = statement('key-by-id', `${FACTS} WHERE k.id = $1`)
/** As the sale locks the keys of an order before it returns them: what is marked and what is for sale is decided by one at a time. */
const LOCK_KEY = statement('key-lock', `SELECT FROM card_key WHERE id = $1 FOR NO KEY UPDATE`)
/** Whoever locks an order and its keys locks the order first: so two never wait for each other. */
const LOCK_ORDER_OF_KEY = statement(
  'key-lock-order',
  `SELECT FROM orders WHERE id IN (SELECT l.order_id FROM order_unit u JOIN order_line l ON l.id = u.line_id WHERE u.card_id = $1) FOR UPDATE`,
)
const MARK = statement(
  'key-mark',
  `WITH gone AS (DELETE FROM stock WHERE card_id = $1)
   INSERT INTO card_mark (card_id, kind, reason, by, at) VALUES ($1, $2::card_mark_kind, $3, $4, $5)
   ON CONFLICT (card_id) DO UPDATE SET kind = excluded.kind, reason = excluded.reason, by = excluded.by, at = excluded.at WHERE card_mark.kind = 'frozen'
   RETURNING card_id`,
)
/** Only of a key that its buyer was shown, and nothing else is said of. */
const MARK_USED = statement(
  'key-mark-used',
  `INSERT INTO card_mark (card_id, kind, reason, by, at) SELECT $1, 'used', $2, $2, $3
   WHERE EXISTS (SELECT FROM order_unit u JOIN order_line l ON l.id = u.line_id JOIN orders o ON o.id = l.order_id
     WHERE u.card_id = $1 AND u.ended IS NULL AND o.state IN ('delivered', 'part_delivered') AND EXISTS (SELECT FROM reveal r WHERE r.unit_id = u.id))
   ON CONFLICT (card_id) DO NOTHING RETURNING card_id`,
)
const UNMARK_USED = statement(
  'key-unmark-used',
  `DELETE FROM card_mark WHERE card_id = $1 AND kind = 'used' RETURNING card_id`,
)
/** What a key had cost, while that stands with the stock: nobody has paid for it. */
const COST_IN_STOCK = statement(
  'key-cost-in-stock',
  `SELECT k.cost, p.currency FROM card_key k JOIN product p ON p.id = k.product_id WHERE k.id = $1
     AND NOT EXISTS (SELECT FROM order_unit u JOIN order_line l ON l.id = u.line_id JOIN orders o ON o.id = l.order_id WHERE u.card_id = k.id AND o.state <> 'awaiting_payment')`,
)
/** An order that has the key and waits for its money must be looked at before it is delivered. */
const UNFIT = statement(
  'key-unfit',
  `UPDATE orders SET unfit = true WHERE state = 'awaiting_payment'
     AND id IN (SELECT l.order_id FROM order_unit u JOIN order_line l ON l.id = u.line_id WHERE u.card_id = $1)`,
)
/** Back to the queue only when no order has the key. */
const UNFREEZE = statement(
  'key-unfreeze',
  `WITH unmarked AS (DELETE FROM card_mark WHERE card_id = $1 AND kind = 'frozen' RETURNING card_id),
   back AS (INSERT INTO stock (product_id, rank, card_id, cost)
     SELECT k.product_id, coalesce(floor(extract(epoch FROM k.expires_at))::bigint, ${NEVER}), k.id, k.cost FROM unmarked JOIN card_key k ON k.id = unmarked.card_id
     WHERE NOT EXISTS (SELECT FROM order_unit u WHERE u.card_id = k.id) ON CONFLICT DO NOTHING RETURNING product_id, rank, card_id)
   SELECT card_id, (SELECT pg_notify('keytill_stock', format('%s %s %s %s %s', product_id, rank, card_id, rank, card_id)) FROM back) AS told FROM unmarked`,
)
/** Each key counts once, in the state that `factsOf` gives it: one that is marked is not also reserved or sold; but one that was used is sold. */
const IN_ORDERS = `SELECT count(*)::int FROM order_line l JOIN orders o ON o.id = l.order_id JOIN order_unit u ON u.line_id = l.id
  WHERE l.product_id = p.id AND u.card_id IS NOT NULL AND NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = u.card_id AND m.kind <> 'used')`
const LEVELS = statement(
  'stock-levels',
  `SELECT p.sku, coalesce(t.name, p.sku) AS name,
     (SELECT count(*)::int FROM stock s WHERE s.product_id = p.id AND s.rank > $1) AS available,
     (SELECT count(*)::int FROM stock s WHERE s.product_id = p.id AND s.rank <= $1) AS expired,
     (SELECT count(*)::int FROM stock s WHERE s.product_id = p.id AND s.rank > $1 AND s.rank <= $1 + 604800) AS expiring,
     (${IN_ORDERS} AND o.state = 'awaiting_payment') AS reserved,
     (${IN_ORDERS} AND o.state <> 'awaiting_payment') AS sold,
     (SELECT count(*)::int FROM card_mark m JOIN card_key k ON k.id = m.card_id WHERE k.product_id = p.id AND m.kind = 'frozen') AS frozen
   FROM product p LEFT JOIN product_text t ON t.product_id = p.id AND t.language = ''
   WHERE $2::text IS NULL OR p.sku = $2 ORDER BY p.sku LIMIT $3 OFFSET $4`,
)
const PRODUCTS = statement(
  'stock-products',
  `SELECT count(*)::int AS total FROM product WHERE $1::text IS NULL OR sku = $1`,
)

export async function nextBatchId(sql: Sql): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(BATCH_ID)
  return (row as { id: number }).id
}

export interface BatchRow {
  readonly id: number
  readonly productId: number
  readonly source: string
  readonly importedBy: string
  readonly sealedDataKey: Buffer
  readonly keyVersion: number
  readonly createdAt: Date
}

export async function startBatch(sql: Sql, b: BatchRow): Promise<void> {
  await sql.rows(BATCH_START, [b.id, b.productId, b.source, b.importedBy, b.sealedDataKey, b.keyVersion, b.createdAt])
}

/** How many lines of an import became what. */
export interface Counts {
  readonly added: number
  readonly duplicates: number
  readonly malformed: number
}

/** Counts further lines of a batch. */
export async function countLines(sql: Sql, id: number, { added, duplicates, malformed }: Counts): Promise<void> {
  await sql.rows(BATCH_COUNT, [id, added, duplicates, malformed])
}

export async function finishBatch(sql: Sql, id: number, at: Date): Promise<void> {
  await sql.rows(BATCH_FINISH, [id, at])
}

/** Sealed keys, ready to be written. The first has `firstOrdinal`, each other one the next. */
export interface SealedKeys {
  readonly firstOrdinal: number
  readonly ciphertexts: ByteaArray
  readonly fingerprints: ByteaArray
  readonly expires: readonly (Date | null)[]
  readonly costs: readonly (number | null)[]
}

/** Writes keys of a batch and puts them on the shelf; returns the ordinals of those that were new. */
export async function addKeys(sql: Sql, batchId: number, keys: SealedKeys): Promise<Set<number>> {
  const [made] = await sql.rows<{ ordinals: number[] }>(ADD_KEYS, [
    batchId,
    keys.firstOrdinal,
    keys.ciphertexts.value(),
    keys.fingerprints.value(),
    nullWhereAllAre(keys.expires),
    nullWhereAllAre(keys.costs),
  ])
  return new Set(made?.ordinals)
}

/** `unnest` fills up what is shorter, and a missing list takes no time to write. */
const nullWhereAllAre = <T>(values: readonly (T | null)[]) => (values.every((value) => value === null) ? null : values)

/** Which of these fingerprints are in stock or were: indexes from 0. */
export async function knownKeys(sql: Sql, fingerprints: readonly Buffer[]): Promise<Set<number>> {
  const rows = await sql.rows<{ i: number }>(KNOWN, [Buffer.concat(fingerprints), fingerprints.length])
  return new Set(rows.map((row) => row.i - 1))
}

interface FactsRow {
  card_id: bigint
  product_id: number
  sku: string
  batch_id: number
  created_at: Date
  expires_at: Date | null
  kind: KeyState | null
  reason: string | null
  no: string | null
  order_state: string | null
  in_stock: boolean
}

function factsOf(row: FactsRow, now: Date): KeyFacts {
  const bought: KeyState = row.order_state === 'awaiting_payment' ? 'reserved' : 'sold'
  const held: KeyState = row.expires_at && row.expires_at <= now ? 'expired' : 'available'
  return {
    cardId: row.card_id,
    productId: row.product_id,
    sku: row.sku,
    batchId: row.batch_id,
    importedAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    state: row.kind ?? (row.no ? bought : held),
    orderNo: row.no ?? undefined,
    reason: row.reason ?? undefined,
  }
}

export async function factsByFingerprint(sql: Sql, fingerprint: Buffer, now: Date): Promise<KeyFacts | undefined> {
  const [row] = await sql.rows<FactsRow>(BY_FINGERPRINT, [fingerprint])
  return row && factsOf(row, now)
}

export async function factsByUnit(sql: Sql, orderNo: string, unit: number, now: Date): Promise<KeyFacts | undefined> {
  const [row] = await sql.rows<FactsRow>(BY_UNIT, [orderNo, unit])
  return row && factsOf(row, now)
}

export async function factsById(sql: Sql, cardId: bigint, now: Date): Promise<KeyFacts | undefined> {
  const [row] = await sql.rows<FactsRow>(BY_ID, [cardId])
  return row && factsOf(row, now)
}

/** Within a transaction. */
export async function mark(
  sql: Sql,
  cardId: bigint,
  kind: 'frozen' | 'void',
  reason: string,
  by: string,
  at: Date,
): Promise<boolean> {
  await sql.rows(LOCK_ORDER_OF_KEY, [cardId])
  await sql.rows(LOCK_KEY, [cardId])
  const marked = (await sql.rows(MARK, [cardId, kind, reason, by, at])).length === 1
  // Only now is it certain that no order takes it from the shelf at this moment.
  if (marked) await sql.rows(UNFIT, [cardId])
  return marked
}

/** Within a transaction, in which the key is locked. Undefined when it was sold: what became of it is told by its order. */
export async function costInStock(
  sql: Sql,
  cardId: bigint,
): Promise<{ cost: number | null; currency: string } | undefined> {
  return (await sql.rows<{ cost: number | null; currency: string }>(COST_IN_STOCK, [cardId]))[0]
}

/** Within a transaction. `by` is who says so: a pseudonym. */
export async function markUsed(sql: Sql, cardId: bigint, by: string, at: Date): Promise<boolean> {
  await sql.rows(LOCK_KEY, [cardId])
  return (await sql.rows(MARK_USED, [cardId, by, at])).length === 1
}

export async function unmarkUsed(sql: Sql, cardId: bigint): Promise<boolean> {
  return (await sql.rows(UNMARK_USED, [cardId])).length === 1
}

/** Within a transaction. */
export async function unfreeze(sql: Sql, cardId: bigint): Promise<boolean> {
  await sql.rows(LOCK_KEY, [cardId])
  return (await sql.rows(UNFREEZE, [cardId])).length === 1
}

export async function countProducts(sql: Sql, sku: string | undefined): Promise<number> {
  const [row] = await sql.rows<{ total: number }>(PRODUCTS, [sku ?? null])
  return row?.total ?? 0
}

export function levels(
  sql: Sql,
  now: Date,
  sku: string | undefined,
  take: number,
  skip: number,
): Promise<StockLevel[]> {
  return sql.rows<StockLevel>(LEVELS, [Math.floor(now.getTime() / 1000), sku ?? null, take, skip])
}
