import { type Sql, statement } from '../platform/database/sql.ts'
import type { Claim, ClaimState, SupplierClaims } from './model.ts'

const SUPPLIERS = statement(
  'claim-suppliers',
  `SELECT s.id, s.name, (SELECT count(*)::int FROM supplier_claim c WHERE c.supplier_id = s.id AND c.state IN ('open', 'accepted')) AS waiting,
     (SELECT coalesce(json_agg(o), '[]') FROM (SELECT currency, sum(cost)::float8 AS amount FROM supplier_claim c
       WHERE c.supplier_id = s.id AND c.state IN ('open', 'accepted') AND cost IS NOT NULL GROUP BY 1 ORDER BY 1) AS o) AS owed
   FROM supplier s ORDER BY waiting DESC, s.name LIMIT $1 OFFSET $2`,
)
const COUNT_SUPPLIERS = statement('claim-suppliers-count', `SELECT count(*)::int AS total FROM supplier`)
const CLAIM = `SELECT c.id, c.supplier_id AS "supplierId", s.name AS supplier, c.batch_id AS "batchId", c.card_id AS "cardId", p.sku, o.no AS "orderNo", x.reason,
    c.cost, c.currency, c.state, c.amount, c.opened_at AS "openedAt", c.closed_at AS "closedAt"
  FROM supplier_claim c JOIN supplier s ON s.id = c.supplier_id JOIN complaint x ON x.id = c.complaint_id JOIN orders o ON o.id = x.order_id
  JOIN batch b ON b.id = c.batch_id JOIN product p ON p.id = b.product_id`
const OF_SUPPLIER = statement(
  'claims-of-supplier',
  `${CLAIM} WHERE c.supplier_id = $1 ORDER BY c.state IN ('refused', 'settled'), c.id DESC LIMIT $2 OFFSET $3`,
)
const COUNT_OF_SUPPLIER = statement(
  'claims-of-supplier-count',
  `SELECT count(*)::int AS total FROM supplier_claim WHERE supplier_id = $1`,
)
const BY_ID = statement('claim-by-id', `${CLAIM} WHERE c.id = $1`)
const MOVE = statement(
  'claim-move',
  `UPDATE supplier_claim SET state = $2::claim_state, amount = $4, closed_at = CASE WHEN $2 IN ('refused', 'settled') THEN $5::timestamptz END
   WHERE id = $1 AND state = ANY($3::claim_state[]) RETURNING cost, currency`,
)
const ENSURE_SUPPLIER = statement(
  'claim-supplier-ensure',
  `INSERT INTO supplier (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id`,
)
const SET_SUPPLIER = statement(
  'claim-batch-supplier',
  `UPDATE batch SET supplier_id = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM supplier_claim c WHERE c.batch_id = $1) RETURNING id`,
)

type Row = { [K in keyof Claim]: undefined extends Claim[K] ? Exclude<Claim[K], undefined> | null : Claim[K] }
const claimOf = (row: Row): Claim => ({
  ...row,
  cost: row.cost ?? undefined,
  amount: row.amount ?? undefined,
  closedAt: row.closedAt ?? undefined,
})

export function suppliers(sql: Sql, take: number, skip: number): Promise<SupplierClaims[]> {
  return sql.rows<SupplierClaims>(SUPPLIERS, [take, skip])
}

export async function countSuppliers(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_SUPPLIERS))[0]?.total ?? 0
}

export async function ofSupplier(sql: Sql, supplierId: number, take: number, skip: number): Promise<Claim[]> {
  return (await sql.rows<Row>(OF_SUPPLIER, [supplierId, take, skip])).map(claimOf)
}

export async function countOfSupplier(sql: Sql, supplierId: number): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_OF_SUPPLIER, [supplierId]))[0]?.total ?? 0
}

export async function byId(sql: Sql, id: number): Promise<Claim | undefined> {
  const [row] = await sql.rows<Row>(BY_ID, [id])
  return row && claimOf(row)
}

/** Moves a claim from one of these states; undefined when it is in none of them. */
export async function move(
  sql: Sql,
  id: number,
  to: ClaimState,
  from: readonly ClaimState[],
  amount: number | undefined,
  at: Date,
): Promise<{ cost: number | null; currency: string } | undefined> {
  return (await sql.rows<{ cost: number | null; currency: string }>(MOVE, [id, to, from, amount ?? null, at]))[0]
}

/** False when the batch is not there, or something is claimed for it already. */
export async function setSupplier(sql: Sql, batchId: number, name: string): Promise<boolean> {
  const [supplier] = await sql.rows<{ id: number }>(ENSURE_SUPPLIER, [name])
  return (await sql.rows(SET_SUPPLIER, [batchId, (supplier as { id: number }).id])).length > 0
}
