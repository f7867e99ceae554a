import { type Sql, statement } from '../platform/database/sql.ts'
import type { KeyFacts, KeyState, StockLevel } from './model.ts'

/** The rank of a key that never expires: the end of every queue. */
const NEVER = '9223372036854775807'

const BATCH_ID = statement('batch-id', `SELECT nextval('batch_id_seq')::int AS id`)
const BATCH_START = statement(
  'batch-start',
  `INSERT INTO batch (id, product_id, source, imported_by, sealed_data_key, key_version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
)
const BATCH_COST = statement(
  'batch-cost',
  `SELECT coalesce(sum(cost), 0)::float8 AS cost FROM card_key WHERE batch_id = $1`,
)
const BATCH_FINISH = statement(
  'batch-finish',
  `UPDATE batch SET added = $2, duplicates = $3, malformed = $4, finished_at = $5 WHERE id = $1`,
)

/**
 * Ciphertexts and fingerprints come as one value each and are cut here, which is several times as fast as a parameter
 * per row; hence ciphertexts of one length ($6). A key whose fingerprint is known is left out. One at a time, because two
 * that bring the same keys in another order would wait for each other.
 */
const ADD_KEYS = statement(
  'keys-add',
  `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtext('keys-add'))),
   input AS (
     SELECT ordinal, expires_at, cost, substring($5::bytea FROM ((i - 1) * $6::int + 1)::int FOR $6::int) AS ciphertext, substring($7::bytea FROM ((i - 1) * 32 + 1)::int FOR 32) AS fingerprint
     FROM turn, unnest($2::bigint[], $3::timestamptz[], $4::int[]) WITH ORDINALITY AS row (ordinal, expires_at, cost, i)),
   made AS (
     INSERT INTO card_key (product_id, batch_id, ordinal, ciphertext, fingerprint, expires_at, cost)
     SELECT $1, $8, ordinal, ciphertext, fingerprint, expires_at, cost FROM input ON CONFLICT (fingerprint) DO NOTHING RETURNING id, ordinal, expires_at, cost),
   shelved AS (
     INSERT INTO stock (product_id, rank, card_id, cost) SELECT $1, coalesce(floor(extract(epoch FROM expires_at))::bigint, ${NEVER}), id, cost FROM made
     RETURNING product_id, rank, card_id),
   told AS MATERIALIZED (
     SELECT pg_notify('keytill_stock', format('%s %s %s %s %s', product_id, min(rank), min(card_id), max(rank), max(card_id))) FROM shelved GROUP BY product_id)
   SELECT ordinal FROM made, (SELECT count(*) FROM told) AS once`,
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
     WHERE o.no = $1 ORDER BY l.position, u.ordinal OFFSET $2 - 1 LIMIT 1)`,
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
/** Each key counts once, in the state that `factsOf` gives it: one that is marked is not also reserved or sold. */
const IN_ORDERS = `SELECT count(*)::int FROM order_line l JOIN orders o ON o.id = l.order_id JOIN order_unit u ON u.line_id = l.id
  WHERE l.product_id = p.id AND u.card_id IS NOT NULL AND NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = u.card_id)`
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

const DRAFT_START = statement(
  'draft-start',
  `INSERT INTO import_draft (product_id, staff_id, source, created_at) VALUES ($1, $2, $3, $4) RETURNING id`,
)
const DRAFT_ADD = statement(
  'draft-add',
  `INSERT INTO import_draft_part (draft_id, event, sealed) SELECT id, $3, $4 FROM import_draft WHERE id = $1 AND staff_id = $2 ON CONFLICT DO NOTHING RETURNING n`,
)
const DRAFT = statement(
  'draft-get',
  `SELECT d.product_id, p.sku, d.source FROM import_draft d JOIN product p ON p.id = d.product_id WHERE d.id = $1 AND d.staff_id = $2`,
)
const DRAFT_PARTS = statement('draft-parts', `SELECT sealed FROM import_draft_part WHERE draft_id = $1 ORDER BY n`)
const DRAFT_DROP = statement('draft-drop', `DELETE FROM import_draft WHERE id = $1`)
const DRAFTS_OLD = statement('drafts-old', `DELETE FROM import_draft WHERE created_at < $1`)

export async function nextBatchId(sql: Sql): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(BATCH_ID)
  return (row as { id: number }).id
}

/** What the keys of a batch cost, minor units; those of unknown cost count nothing. */
export async function costOfBatch(sql: Sql, id: number): Promise<number> {
  const [row] = await sql.rows<{ cost: number }>(BATCH_COST, [id])
  return row?.cost ?? 0
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

export async function finishBatch(
  sql: Sql,
  id: number,
  counts: { added: number; duplicates: number; malformed: number },
  at: Date,
): Promise<void> {
  await sql.rows(BATCH_FINISH, [id, counts.added, counts.duplicates, counts.malformed, at])
}

/** Keys sealed to one length, ready to be written. */
export interface SealedRows {
  readonly ordinals: readonly number[]
  readonly expires: readonly (Date | null)[]
  readonly costs: readonly (number | null)[]
  readonly ciphertexts: readonly Buffer[]
  readonly fingerprints: readonly Buffer[]
}

/** Writes keys and puts them on the shelf; returns the ordinals that were new. */
export async function addKeys(sql: Sql, productId: number, batchId: number, rows: SealedRows): Promise<Set<number>> {
  const width = rows.ciphertexts[0]?.length ?? 0
  const made = await sql.rows<{ ordinal: bigint }>(ADD_KEYS, [
    productId,
    rows.ordinals,
    rows.expires,
    rows.costs,
    Buffer.concat(rows.ciphertexts),
    width,
    Buffer.concat(rows.fingerprints),
    batchId,
  ])
  return new Set(made.map((row) => Number(row.ordinal)))
}

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

export async function startDraft(
  sql: Sql,
  productId: number,
  staffId: number,
  source: string,
  at: Date,
): Promise<number> {
  const [row] = await sql.rows<{ id: number }>(DRAFT_START, [productId, staffId, source, at])
  return (row as { id: number }).id
}

/** False when the event added before, or there is no such draft. */
export async function addDraftPart(
  sql: Sql,
  draftId: number,
  staffId: number,
  event: string,
  sealed: Buffer,
): Promise<boolean> {
  return (await sql.rows(DRAFT_ADD, [draftId, staffId, event, sealed])).length === 1
}

export async function draft(
  sql: Sql,
  draftId: number,
  staffId: number,
): Promise<{ product_id: number; sku: string; source: 'paste' | 'file' } | undefined> {
  const [row] = await sql.rows<{ product_id: number; sku: string; source: 'paste' | 'file' }>(DRAFT, [draftId, staffId])
  return row
}

export async function draftParts(sql: Sql, draftId: number): Promise<Buffer[]> {
  return (await sql.rows<{ sealed: Buffer }>(DRAFT_PARTS, [draftId])).map((row) => row.sealed)
}

export async function dropDraft(sql: Sql, draftId: number): Promise<void> {
  await sql.rows(DRAFT_DROP, [draftId])
}

export async function dropOldDrafts(sql: Sql, before: Date): Promise<void> {
  await sql.rows(DRAFTS_OLD, [before])
}
