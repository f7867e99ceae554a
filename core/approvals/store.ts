import { type Sql, statement } from '../platform/database/sql.ts'
import type { Act } from '../security/model.ts'
import { type Approval, type ApprovalState, REQUESTS } from './model.ts'

const COLUMNS = `a.id, a.act, a.request, a.amount, a.currency, a.requested_by, a.decided_by, a.state, a.requested_at, a.expires_at,
     (SELECT c.name FROM customer c WHERE c.pseudonym::text = a.requested_by) AS requester,
     (SELECT c.name FROM customer c WHERE c.pseudonym::text = a.decided_by) AS decider`
const ADD = statement(
  'approval-add',
  `INSERT INTO approval (act, request, amount, currency, requested_by, requested_at, expires_at, idempotency_key)
   VALUES ($1, $2::jsonb, $3, $4, $5, $6, $7, $8) ON CONFLICT (idempotency_key) DO NOTHING RETURNING id`,
)
const BY_KEY = statement('approval-by-key', `SELECT id FROM approval WHERE idempotency_key = $1`)
const GET = statement('approval-get', `SELECT ${COLUMNS} FROM approval a WHERE a.id = $1`)
const LOCK = statement('approval-lock', `SELECT ${COLUMNS} FROM approval a WHERE a.id = $1 FOR UPDATE OF a`)
const DECIDE = statement(
  'approval-decide',
  `UPDATE approval SET state = $2::approval_state, decided_by = $3, decided_at = $4 WHERE id = $1`,
)
const WAITING = statement(
  'approvals-waiting',
  `SELECT ${COLUMNS} FROM approval a WHERE a.state = 'waiting' ORDER BY a.id DESC LIMIT $1 OFFSET $2`,
)
const WAITING_FOR = statement(
  'approval-waiting-for',
  `SELECT ${COLUMNS} FROM approval a WHERE a.act = $1 AND a.state = 'waiting' AND a.expires_at > $2 ORDER BY a.id DESC LIMIT 1`,
)
const COUNT_WAITING = statement(
  'approvals-waiting-count',
  `SELECT count(*)::int AS total FROM approval WHERE state = 'waiting'`,
)
const EXPIRE = statement(
  'approvals-expire',
  `UPDATE approval SET state = 'expired', decided_at = $1 WHERE id IN (
     SELECT id FROM approval WHERE state = 'waiting' AND expires_at <= $1 ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id, requested_by`,
)

interface Row {
  readonly id: number
  readonly act: Act
  readonly request: unknown
  readonly amount: number | null
  readonly currency: string | null
  readonly requested_by: string
  readonly requester: string | null
  readonly decided_by: string | null
  readonly decider: string | null
  readonly state: ApprovalState
  readonly requested_at: Date
  readonly expires_at: Date
}

const approvalOf = (row: Row): Approval =>
  ({
    id: row.id,
    act: row.act,
    request: REQUESTS[row.act].parse(row.request),
    amount: row.amount ?? undefined,
    currency: row.currency ?? undefined,
    requestedBy: row.requested_by,
    requester: row.requester ?? undefined,
    decidedBy: row.decided_by ?? undefined,
    decider: row.decider ?? undefined,
    state: row.state,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
  }) as Approval

export interface NewApproval {
  readonly act: Act
  readonly request: object
  readonly money: { readonly amount: number; readonly currency: string } | undefined
  readonly requestedBy: string
  readonly requestedAt: Date
  readonly expiresAt: Date
  readonly idempotencyKey: string
}

/** Writes a request down; one that is known under its key stays as it is. Returns its id, and whether it is new. */
export async function add(sql: Sql, one: NewApproval): Promise<{ id: number; isNew: boolean }> {
  const { act, request, money, requestedBy, requestedAt, expiresAt, idempotencyKey } = one
  const [added] = await sql.rows<{ id: number }>(ADD, [
    act,
    JSON.stringify(request),
    money?.amount ?? null,
    money?.currency ?? null,
    requestedBy,
    requestedAt,
    expiresAt,
    idempotencyKey,
  ])
  if (added) return { id: added.id, isNew: true }
  const [known] = await sql.rows<{ id: number }>(BY_KEY, [idempotencyKey])
  return { id: (known as { id: number }).id, isNew: false }
}

export async function get(sql: Sql, id: number): Promise<Approval | undefined> {
  return (await sql.rows<Row>(GET, [id])).map(approvalOf)[0]
}

/** The same, which nobody else decides until the transaction ends. */
export async function lock(sql: Sql, id: number): Promise<Approval | undefined> {
  return (await sql.rows<Row>(LOCK, [id])).map(approvalOf)[0]
}

export async function decide(sql: Sql, id: number, state: ApprovalState, by: string, at: Date): Promise<void> {
  await sql.rows(DECIDE, [id, state, by, at])
}

export async function waiting(sql: Sql, take: number, skip: number): Promise<Approval[]> {
  return (await sql.rows<Row>(WAITING, [take, skip])).map(approvalOf)
}

export async function waitingFor(sql: Sql, act: Act, now: Date): Promise<Approval | undefined> {
  return (await sql.rows<Row>(WAITING_FOR, [act, now])).map(approvalOf)[0]
}

export async function countWaiting(sql: Sql): Promise<number> {
  return (await sql.rows<{ total: number }>(COUNT_WAITING))[0]?.total ?? 0
}

/** Ends requests whose time is over, a hundred at most. */
export function expire(sql: Sql, now: Date): Promise<{ id: number; requested_by: string }[]> {
  return sql.rows(EXPIRE, [now])
}
