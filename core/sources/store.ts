import { BUYING_RULES } from '../payments/policy.ts'
import { type Sql, statement } from '../platform/database/sql.ts'
import { type Door, OTHER, type SourceFigures } from './model.ts'

const ADD = statement(
  'source-add',
  `INSERT INTO source (name, by, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING name`,
)
const KNOWN = statement('source-known', `SELECT FROM source WHERE name = $1`)
/** Whoever had bought before any link was not brought by one. */
const TOUCH = statement(
  'source-touch',
  `WITH named AS (SELECT coalesce((SELECT name FROM source WHERE name = $2), '${OTHER}') AS name),
   touched AS (
     UPDATE customer c SET last_source = named.name, source_at = $3, source = CASE
       WHEN c.source IS NULL AND NOT EXISTS (SELECT FROM customer_standing s WHERE s.customer_id = c.id AND s.paid > 0) THEN named.name ELSE c.source END
     FROM named WHERE c.id = $1 RETURNING named.name)
   INSERT INTO source_visit (source, customer_id, first_at, last_at) SELECT name, $1, $3, $3 FROM touched
   ON CONFLICT (source, customer_id) DO UPDATE SET last_at = excluded.last_at`,
)
const NAMES = `SELECT name, created_at FROM source
  UNION ALL SELECT '${OTHER}', NULL WHERE EXISTS (SELECT FROM source_visit WHERE source = '${OTHER}')`
const COUNT = statement('source-count', `SELECT count(*)::int AS total FROM (${NAMES}) AS n`)
const FIGURES = statement(
  'source-figures',
  `WITH named AS (SELECT name, created_at FROM (${NAMES}) AS n ORDER BY created_at DESC NULLS LAST, name LIMIT $2 OFFSET $3),
   bought AS (
     SELECT o.id, o.customer_id, o.source FROM orders o JOIN named ON named.name = o.source
     WHERE o.paid_at >= $1 AND o.state NOT IN ('refunding', 'refunded'))
   SELECT name, (SELECT count(*)::int FROM source_visit v WHERE v.source = name AND v.last_at >= $1) AS visitors,
     (SELECT count(DISTINCT customer_id)::int FROM bought b WHERE b.source = name) AS buyers,
     (SELECT count(*)::int FROM bought b WHERE b.source = name) AS orders,
     (SELECT coalesce(json_agg(s), '[]') FROM (
       SELECT p.currency, sum(p.amount - p.excess)::float8 AS amount FROM bought b JOIN payment p ON p.order_id = b.id AND p.rule IN ${BUYING_RULES}
       WHERE b.source = name GROUP BY p.currency ORDER BY p.currency) AS s) AS sums
   FROM named ORDER BY created_at DESC NULLS LAST, name`,
)
const OPEN_DOOR = statement(
  'door-open',
  `INSERT INTO door (channel, shop, product, plain) VALUES ($1, $2, $3, $4)
   ON CONFLICT (channel) DO UPDATE SET shop = excluded.shop, product = excluded.product, plain = excluded.plain`,
)
const DOORS = statement('doors', `SELECT channel, shop, product, plain FROM door ORDER BY channel`)
const CODE = statement('door-code', `SELECT address FROM door_code WHERE account = $1 AND payload = $2`)
const KEEP_CODE = statement(
  'door-code-keep',
  `INSERT INTO door_code (account, payload, address) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
)

/** False when there is one of that name. */
export async function add(sql: Sql, name: string, by: string, at: Date): Promise<boolean> {
  return (await sql.rows(ADD, [name, by, at])).length > 0
}

export async function isKnown(sql: Sql, name: string): Promise<boolean> {
  return (await sql.rows(KNOWN, [name])).length > 0
}

export async function touch(sql: Sql, customerId: number, name: string, at: Date): Promise<void> {
  await sql.rows(TOUCH, [customerId, name, at])
}

export async function count(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT))[0]?.total ?? 0
}

/** Newest source first, what names none last. */
export function figures(sql: Sql, since: Date, take: number, skip: number): Promise<SourceFigures[]> {
  return sql.rows<SourceFigures>(FIGURES, [since, take, skip])
}

export async function openDoor(sql: Sql, channel: string, { shop, product, plain }: Door): Promise<void> {
  await sql.rows(OPEN_DOOR, [channel, shop, product, plain])
}

export function doors(sql: Sql): Promise<(Door & { channel: string })[]> {
  return sql.rows(DOORS)
}

/** What the code says that an account has for this payload. */
export async function code(sql: Sql, account: string, payload: string): Promise<string | undefined> {
  return (await sql.rows<{ address: string }>(CODE, [account, payload]))[0]?.address
}

/** Of two that are made at once, either is good. */
export async function keepCode(sql: Sql, account: string, payload: string, address: string): Promise<void> {
  await sql.rows(KEEP_CODE, [account, payload, address])
}
