import { type Sql, statement } from '../platform/database/sql.ts'
import type { Act } from './model.ts'

const READ = statement('security-read', `SELECT value FROM shop_setting WHERE key = 'security'`)
const WRITE = statement(
  'security-write',
  `INSERT INTO shop_setting (key, value, updated_at) VALUES ('security', $1::jsonb, $2)
   ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
)

const IN_TURN = statement(
  'solo-act-lock',
  `SELECT pg_advisory_xact_lock(hashtextextended('solo_act:' || $1 || ':' || $2, 0))`,
)
const FORGET = statement('solo-act-forget', `DELETE FROM solo_act WHERE actor = $1 AND act = $2 AND done_at <= $3`)
const SUM = statement(
  'solo-act-sum',
  `SELECT coalesce(sum(extent), 0)::float8 AS extent FROM solo_act
   WHERE actor = $1 AND act = $2 AND currency IS NOT DISTINCT FROM $3 AND idempotency_key <> $4`,
)
const ADD = statement(
  'solo-act-add',
  `INSERT INTO solo_act (actor, act, currency, extent, done_at, idempotency_key)
   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (idempotency_key) DO NOTHING`,
)

export interface SoloAct {
  readonly actor: string
  readonly act: Act
  readonly extent: number
  /** undefined: keys */
  readonly currency: string | undefined
  readonly at: Date
  readonly idempotencyKey: string
}

/**
 * How much somebody did of this without a second person since then, this very act left out; what is older is forgotten. Until the
 * transaction ends, nobody else can ask for the same person and act.
 */
export async function doneAlone(
  sql: Sql,
  { actor, act, currency, idempotencyKey }: SoloAct,
  since: Date,
): Promise<number> {
  await sql.rows(IN_TURN, [actor, act])
  await sql.rows(FORGET, [actor, act, since])
  const [row] = await sql.rows<{ extent: number }>(SUM, [actor, act, currency ?? null, idempotencyKey])
  return row?.extent ?? 0
}

export async function addAlone(sql: Sql, { actor, act, currency, extent, at, idempotencyKey }: SoloAct): Promise<void> {
  await sql.rows(ADD, [actor, act, currency ?? null, extent, at, idempotencyKey])
}

export async function read(sql: Sql): Promise<unknown> {
  return (await sql.rows<{ value: unknown }>(READ))[0]?.value
}

export async function write(sql: Sql, value: unknown, at: Date): Promise<void> {
  await sql.rows(WRITE, [JSON.stringify(value), at])
}
