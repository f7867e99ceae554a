import { type Sql, statement } from '../platform/database/sql.ts'

const ENROLLED = statement(
  'second-factor-enrolled',
  `SELECT FROM second_factor WHERE customer_id = $1 AND confirmed_at IS NOT NULL`,
)
const LOCK = statement(
  'second-factor-lock',
  `SELECT sealed, confirmed_at AS "confirmedAt", last_step AS "lastStep", failures, locked_until AS "lockedUntil", recovery
   FROM second_factor WHERE customer_id = $1 FOR UPDATE`,
)
const BEGIN = statement(
  'second-factor-begin',
  `INSERT INTO second_factor (customer_id, sealed, recovery) VALUES ($1, $2, '{}')
   ON CONFLICT (customer_id) DO UPDATE SET sealed = excluded.sealed, last_step = -1, failures = 0
   WHERE second_factor.confirmed_at IS NULL RETURNING customer_id`,
)
const CONFIRM = statement(
  'second-factor-confirm',
  `UPDATE second_factor SET confirmed_at = $2, recovery = $3 WHERE customer_id = $1`,
)
const PASSED = statement(
  'second-factor-passed',
  `UPDATE second_factor SET last_step = greatest(last_step, $2), recovery = $3, failures = 0, locked_until = NULL WHERE customer_id = $1`,
)
const FAILED = statement(
  'second-factor-failed',
  `UPDATE second_factor SET failures = $2, locked_until = $3 WHERE customer_id = $1`,
)
const REMOVE = statement('second-factor-remove', `DELETE FROM second_factor WHERE customer_id = $1`)

export interface FactorRow {
  readonly sealed: Buffer
  readonly confirmedAt: Date | null
  readonly lastStep: bigint
  readonly failures: number
  readonly lockedUntil: Date | null
  readonly recovery: readonly Buffer[]
}

export async function isEnrolled(sql: Sql, customerId: number): Promise<boolean> {
  return (await sql.rows(ENROLLED, [customerId])).length > 0
}

/** The factor, which nobody else tries until the transaction ends. */
export async function lock(sql: Sql, customerId: number): Promise<FactorRow | undefined> {
  return (await sql.rows<FactorRow>(LOCK, [customerId]))[0]
}

/** False when there is one that was proved. */
export async function begin(sql: Sql, customerId: number, sealed: Buffer): Promise<boolean> {
  return (await sql.rows(BEGIN, [customerId, sealed])).length > 0
}

export async function confirm(sql: Sql, customerId: number, at: Date, recovery: readonly Buffer[]): Promise<void> {
  await sql.rows(CONFIRM, [customerId, at, recovery])
}

export async function passed(sql: Sql, customerId: number, step: bigint, recovery: readonly Buffer[]): Promise<void> {
  await sql.rows(PASSED, [customerId, step, recovery])
}

export async function failed(sql: Sql, customerId: number, failures: number, lockedUntil: Date | null): Promise<void> {
  await sql.rows(FAILED, [customerId, failures, lockedUntil])
}

export async function remove(sql: Sql, customerId: number): Promise<void> {
  await sql.rows(REMOVE, [customerId])
}
