import { type Sql, statement } from '../platform/database/sql.ts'
import type { Exportable, ExportScope, KeyExport } from './model.ts'

const FREE = {
  product: `stock s JOIN product p ON p.id = s.product_id JOIN card_key k ON k.id = s.card_id WHERE p.sku = $1 AND s.rank > $2`,
  batch: `card_key k JOIN stock s ON s.card_id = k.id WHERE k.batch_id = $1 AND s.rank > $2`,
}
/** How many keys that can be sold are there: all that is told before any is taken. */
const EXPORTABLE = {
  product: statement(
    'exportable-of-product',
    `SELECT sku, NULL::int AS "batchId", (SELECT count(*)::int FROM stock s WHERE s.product_id = p.id AND s.rank > $2) AS available FROM product p WHERE sku = $1`,
  ),
  batch: statement(
    'exportable-of-batch',
    `SELECT p.sku, b.id AS "batchId", (SELECT count(*)::int FROM ${FREE.batch}) AS available FROM batch b JOIN product p ON p.id = b.product_id WHERE b.id = $1`,
  ),
}
/**
 * Locks the last keys of a queue that can be sold, as many as $3: those with most time left, which buyers would get last and
 * no sale asks for at this moment. Whatever others hold is passed over, so that nobody waits for an export but who wants the
 * same key: the key itself is locked too, as by whoever freezes or voids it.
 */
const pick = (from: string) =>
  `SELECT k.id, k.batch_id AS "batchId", k.cost FROM ${from} ORDER BY s.rank DESC, s.card_id DESC LIMIT $3
   FOR UPDATE OF s SKIP LOCKED FOR NO KEY UPDATE OF k SKIP LOCKED`
const PICK = {
  product: statement('export-pick-of-product', pick(FREE.product)),
  batch: statement('export-pick-of-batch', pick(FREE.batch)),
}
const ADD = statement(
  'export-add',
  `INSERT INTO key_export (ref, product_id, batch_id, keys, reason, by, channel, at) SELECT $1, id, $3, $4, $5, $6, $7, $8 FROM product WHERE sku = $2
   ON CONFLICT (ref) DO NOTHING RETURNING id`,
)
/** Picked keys leave the queue for good. */
const TAKE = statement(
  'export-take',
  `WITH gone AS (DELETE FROM stock WHERE card_id = ANY($1) RETURNING card_id)
   INSERT INTO card_mark (card_id, kind, reason, by, at, export_id) SELECT card_id, 'exported', $2, $3, $4, $5 FROM gone RETURNING card_id`,
)
const EXPORTS = `SELECT e.id, p.sku, p.currency, e.batch_id AS "batchId", e.keys, e.reason, e.by, e.at, e.sent_at AS "sentAt", e.ref,
    (SELECT c.name FROM customer c WHERE c.pseudonym::text = e.by) AS "byName" FROM key_export e JOIN product p ON p.id = e.product_id`
const GET = statement('export-get', `${EXPORTS} WHERE e.id = $1`)
const BY_REF = statement('export-by-ref', `${EXPORTS} WHERE e.ref = $1`)
const LIST = statement('exports', `${EXPORTS} ORDER BY e.id DESC LIMIT $1 OFFSET $2`)
const COUNT = statement('exports-count', `SELECT count(*)::int AS total FROM key_export`)
/** In the order in which they would have been sold, so that another shop sells them in that order. */
const SEALED = statement(
  'export-sealed',
  `SELECT k.product_id, k.batch_id, k.ordinal, k.ciphertext, b.sealed_data_key, b.key_version, k.expires_at, k.cost
   FROM card_mark m JOIN card_key k ON k.id = m.card_id JOIN batch b ON b.id = k.batch_id WHERE m.export_id = $1 ORDER BY k.expires_at, k.id`,
)
const SENT = statement('export-sent', `UPDATE key_export SET sent_at = $2 WHERE id = $1 AND sent_at IS NULL`)

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000)
const nameOf = (scope: ExportScope): readonly ['product' | 'batch', string | number] =>
  'sku' in scope ? ['product', scope.sku] : ['batch', scope.batchId]

export async function exportable(sql: Sql, scope: ExportScope, now: Date): Promise<Exportable | undefined> {
  const [kind, name] = nameOf(scope)
  type Row = Omit<Exportable, 'batchId'> & { readonly batchId: number | null }
  const [row] = await sql.rows<Row>(EXPORTABLE[kind], [name, seconds(now)])
  return row && { ...row, batchId: row.batchId ?? undefined }
}

/** A key that is about to leave. */
interface Picked {
  readonly id: bigint
  readonly batchId: number
  readonly cost: number | null
}

/** Within a transaction, to whose end they are nobody else's. */
export function pickKeys(sql: Sql, scope: ExportScope, most: number, now: Date): Promise<Picked[]> {
  const [kind, name] = nameOf(scope)
  return sql.rows<Picked>(PICK[kind], [name, seconds(now), most])
}

export interface NewExport {
  readonly ref: string
  readonly sku: string
  readonly batchId: number | undefined
  readonly keys: number
  readonly reason: string
  readonly by: string
  readonly channel: string
  readonly at: Date
}

/** Undefined when it was made before. */
export async function addExport(sql: Sql, e: NewExport): Promise<number | undefined> {
  const values = [e.ref, e.sku, e.batchId ?? null, e.keys, e.reason, e.by, e.channel, e.at]
  return (await sql.rows<{ id: number }>(ADD, values))[0]?.id
}

/** Takes picked keys out of the trade; returns how many. */
export async function takeKeys(
  sql: Sql,
  exportId: number,
  ids: readonly bigint[],
  { reason, by, at }: Pick<NewExport, 'reason' | 'by' | 'at'>,
): Promise<number> {
  return (await sql.rows(TAKE, [ids, reason, by, at, exportId])).length
}

type Row = Omit<KeyExport, 'batchId' | 'byName' | 'sentAt'> & {
  readonly batchId: number | null
  readonly byName: string | null
  readonly sentAt: Date | null
  readonly currency: string
}

const exportOf = ({ batchId, byName, sentAt, ...row }: Row): KeyExport & { readonly currency: string } => ({
  ...row,
  batchId: batchId ?? undefined,
  byName: byName ?? undefined,
  sentAt: sentAt ?? undefined,
})

export async function get(sql: Sql, id: number): Promise<(KeyExport & { readonly currency: string }) | undefined> {
  return (await sql.rows<Row>(GET, [id])).map(exportOf)[0]
}

export async function byRef(sql: Sql, ref: string): Promise<KeyExport | undefined> {
  return (await sql.rows<Row>(BY_REF, [ref])).map(exportOf)[0]
}

export async function list(sql: Sql, take: number, skip: number): Promise<KeyExport[]> {
  return (await sql.rows<Row>(LIST, [take, skip])).map(exportOf)
}

export async function count(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT))[0]?.total ?? 0
}

/** A key of an export, as it is kept. */
export interface SealedExport {
  readonly product_id: number
  readonly batch_id: number
  readonly ordinal: bigint
  readonly ciphertext: Buffer
  readonly sealed_data_key: Buffer
  readonly key_version: number
  readonly expires_at: Date | null
  readonly cost: number | null
}

export function sealedKeys(sql: Sql, exportId: number): Promise<SealedExport[]> {
  return sql.rows<SealedExport>(SEALED, [exportId])
}

export async function markSent(sql: Sql, exportId: number, at: Date): Promise<void> {
  await sql.rows(SENT, [exportId, at])
}
