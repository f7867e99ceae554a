import { type Sql, statement } from '../platform/database/sql.ts'
import type { AuditEntry, SealedEntry, SealHeader } from './model.ts'

const INSERT = statement(
  'audit-insert',
  `INSERT INTO audit_entry (at, actor, action, subject, data)
   SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::jsonb[])`,
)

export async function insertEntries(sql: Sql, at: Date, entries: readonly AuditEntry[]): Promise<void> {
  await sql.rows(INSERT, [
    at,
    entries.map((entry) => entry.actor),
    entries.map((entry) => entry.action),
    entries.map((entry) => entry.subject),
    entries.map((entry) => JSON.stringify(entry.data ?? {})),
  ])
}

/** Exact to the last bit, infinite times and times before Christ included: a seal is over these texts. */
const ENTRY = `e.id::text AS id, e.xact::text AS xact,
  CASE WHEN isfinite(e.at) THEN (extract(epoch FROM e.at) * 1000)::bigint::text ELSE e.at::text END AS at,
  e.actor, e.action, e.subject, e.data::text AS data`

/** Which entries: those of one epoch (by id) whose transactions lie in a range. All bounds belong to it. */
export interface Range {
  readonly from: string
  readonly to: string
  readonly low: string
  readonly high: string
}

/** Every entry there can be. */
export const EVERYTHING: Range = {
  from: '-9223372036854775808',
  to: '9223372036854775807',
  low: '0',
  high: '18446744073709551615',
}

const valuesOf = ({ from, to, low, high }: Range) => [from, to, low, high]
const IN_RANGE = `e.id BETWEEN $1 AND $2 AND e.xact BETWEEN $3 AND $4`

const COMPLETE = statement(
  'audit-complete',
  `SELECT (SELECT pg_snapshot_xmin(pg_current_snapshot()))::text AS complete, ${ENTRY} FROM audit_entry e
   WHERE ${IN_RANGE} AND e.xact < (SELECT pg_snapshot_xmin(pg_current_snapshot())) ORDER BY e.xact, e.id LIMIT $5`,
)

/**
 * The first entries of a range, by (xact, id), of which none can still be missing. Those of transactions below the
 * snapshot's xmin: all of these have ended, and whoever begins is given a greater number. So a long transaction that took
 * a small number or a small id holds back what came after it, and is never passed over; what was rolled back, or done in
 * a subtransaction, needs no thought, since an entry carries the number of its outermost transaction and is either here
 * or was never. `complete` is that xmin, read in the same snapshot.
 */
export function completeEntries(
  sql: Sql,
  range: Range,
  limit: number | null,
): Promise<(SealedEntry & { complete: string })[]> {
  return sql.rows(COMPLETE, [...valuesOf(range), limit])
}

const RANGE = statement(
  'audit-range',
  `SELECT ${ENTRY} FROM audit_entry e WHERE ${IN_RANGE} AND (e.xact, e.id) >= ($5, $6) ORDER BY e.xact, e.id LIMIT $7`,
)

/** Entries of a range by (xact, id), so many at most, those that come after one of them or from the first on. */
export function entriesIn(sql: Sql, range: Range, limit: number | null, after?: SealedEntry): Promise<SealedEntry[]> {
  return sql.rows(RANGE, [...valuesOf(range), ...placeAfter(after ?? { xact: range.low, id: null }), limit])
}

function placeAfter({ xact, id }: { readonly xact: string; readonly id: string | null }): [xact: string, id: string] {
  if (id === null) return [xact, EVERYTHING.from]
  return id === EVERYTHING.to ? [String(BigInt(xact) + 1n), EVERYTHING.from] : [xact, String(BigInt(id) + 1n)]
}

const BY_IDS = statement('audit-by-ids', `SELECT ${ENTRY} FROM audit_entry e WHERE e.id = ANY($1::bigint[])`)

export function entriesById(sql: Sql, ids: readonly string[]): Promise<SealedEntry[]> {
  return sql.rows(BY_IDS, [ids])
}

const OF_SUBJECT = statement(
  'audit-of-subject',
  `SELECT ${ENTRY} FROM audit_entry e WHERE e.subject = $1 AND e.action = ANY($2) ORDER BY e.id`,
)

export function entriesOf(sql: Sql, subject: string, actions: readonly string[]): Promise<SealedEntry[]> {
  return sql.rows(OF_SUBJECT, [subject, actions])
}

/** A seal and what is kept with it. */
export interface SealRow {
  readonly header: SealHeader
  readonly signature: Buffer
  /** 40 bytes an entry */
  readonly leaves: Buffer
  /** 32 bytes a subtree */
  readonly nodes: Buffer
}

interface SealColumns extends Record<keyof SealHeader, string> {
  signature: Buffer
  leaves: Buffer
  nodes: Buffer
}

const HEADER = `s.number::text AS number, s.epoch::text AS epoch, s.after_id::text AS after, s.low::text AS low, s.high::text AS high,
  s.last_id::text AS last, s.size::text AS size, encode(s.root, 'hex') AS root, encode(s.previous, 'hex') AS previous,
  encode(s.history, 'hex') AS history,
  CASE WHEN isfinite(s.at) THEN (extract(epoch FROM s.at) * 1000)::bigint::text ELSE s.at::text END AS at,
  encode(s.public_key, 'hex') AS key`
const SEAL = `${HEADER}, s.signature, s.leaves, s.nodes`

const sealOf = ({ signature, leaves, nodes, ...header }: SealColumns): SealRow => ({ header, signature, leaves, nodes })
const first = async (rows: Promise<SealColumns[]>): Promise<SealRow | undefined> => {
  const [row] = await rows
  return row && sealOf(row)
}

const INSERT_SEAL = statement(
  'audit-seal-insert',
  `INSERT INTO audit_seal (number, epoch, after_id, low, high, last_id, size, root, previous, history, at, public_key, signature, leaves, nodes)
   VALUES ($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'), decode($9, 'hex'), decode($10, 'hex'), to_timestamp($11::bigint / 1000.0),
     decode($12, 'hex'), $13, $14, $15)`,
)

export async function insertSeal(sql: Sql, { header, signature, leaves, nodes }: SealRow): Promise<void> {
  const { number, epoch, after, low, high, last, size, root, previous, history, at, key } = header
  const values = [number, epoch, after, low, high, last, size, root, previous, history, at, key]
  await sql.rows(INSERT_SEAL, [...values, signature, leaves, nodes])
}

const LAST = statement('audit-seal-last', `SELECT ${SEAL} FROM audit_seal s ORDER BY s.number DESC LIMIT 1`)
const BY_NUMBER = statement('audit-seal', `SELECT ${SEAL} FROM audit_seal s WHERE s.number = $1`)
const END_OF_EPOCH = statement(
  'audit-seal-end-of-epoch',
  `SELECT ${SEAL} FROM audit_seal s WHERE s.epoch = $1 ORDER BY s.high DESC LIMIT 1`,
)
const COVERING = statement(
  'audit-seal-covering',
  `SELECT ${SEAL} FROM audit_seal s WHERE s.epoch = $1 AND s.high > $2 ORDER BY s.high LIMIT 1`,
)

export const lastSeal = (sql: Sql): Promise<SealRow | undefined> => first(sql.rows(LAST))
export const sealNumbered = (sql: Sql, number: string): Promise<SealRow | undefined> =>
  first(sql.rows(BY_NUMBER, [number]))

/** The seal that an entry has to be in, if it is sealed. */
export async function sealCovering(sql: Sql, { id, xact }: SealedEntry): Promise<SealRow | undefined> {
  let seal = await lastSeal(sql)
  while (seal && BigInt(seal.header.after) >= BigInt(id))
    seal = await first(sql.rows(END_OF_EPOCH, [Number(seal.header.epoch) - 1]))
  return seal && first(sql.rows(COVERING, [seal.header.epoch, xact]))
}

const EPOCHS = statement('audit-epochs', `SELECT DISTINCT epoch::text AS epoch, epoch AS n FROM audit_seal ORDER BY n`)
const START_OF_EPOCH = statement(
  'audit-seal-start-of-epoch',
  `SELECT ${SEAL} FROM audit_seal s WHERE s.epoch = $1 ORDER BY s.high LIMIT $2`,
)

export async function epochs(sql: Sql): Promise<string[]> {
  return (await sql.rows<{ epoch: string }>(EPOCHS)).map(({ epoch }) => epoch)
}

export async function startOfEpoch(sql: Sql, epoch: string, limit: number): Promise<SealRow[]> {
  return (await sql.rows<SealColumns>(START_OF_EPOCH, [epoch, limit])).map(sealOf)
}

const PAGE = statement(
  'audit-seal-page',
  `SELECT ${SEAL} FROM (SELECT *, sum(length(leaves)) OVER (ORDER BY number) - length(leaves) AS before
     FROM (SELECT * FROM audit_seal WHERE number > $1 ORDER BY number LIMIT 500) AS page) AS s
   WHERE s.before < $2 ORDER BY s.number`,
)

/** The seals after a number, with about so many bytes of leaves, and at least one unless there is none. */
export async function sealsAfter(sql: Sql, number: string, bytes: number): Promise<SealRow[]> {
  return (await sql.rows<SealColumns>(PAGE, [number, bytes])).map(sealOf)
}

const NODES = statement(
  'audit-nodes',
  `SELECT number::text AS number, nodes FROM audit_seal WHERE number = ANY($1::bigint[])`,
)

/** The subtrees that these seals complete, by number of the seal. */
export async function nodesOf(sql: Sql, numbers: readonly number[]): Promise<Map<number, Buffer>> {
  const rows = await sql.rows<{ number: string; nodes: Buffer }>(NODES, [numbers])
  return new Map(rows.map(({ number, nodes }) => [Number(number), nodes]))
}

/** Without OFFSET the planner would walk all ids backwards to find the greatest. */
const BEYOND = statement(
  'audit-beyond',
  `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next,
     (SELECT max(id) FROM (SELECT id FROM audit_entry WHERE xact >= (SELECT pg_snapshot_xmax(pg_current_snapshot())) AND id > $1 OFFSET 0) AS e)::text AS last`,
)

/** The number that the server will give to a transaction next, and the greatest id above `after` of entries at or beyond it. */
export async function beyond(sql: Sql, after: string): Promise<{ next: string; last: string | null }> {
  const [row] = await sql.rows<{ next: string; last: string | null }>(BEYOND, [after])
  return row as { next: string; last: string | null }
}

const UNSEALED = statement(
  'audit-unsealed',
  `WITH e AS NOT MATERIALIZED (SELECT id, xact, at FROM audit_entry
     WHERE id > $1 AND xact >= $2 AND xact < (SELECT pg_snapshot_xmax(pg_current_snapshot())))
   SELECT (SELECT count(*) FROM (SELECT FROM e LIMIT 10000) AS counted) AS rows, (SELECT at FROM e ORDER BY xact, id LIMIT 1) AS oldest`,
)

/** How many committed entries have no seal yet, counted up to 10,000, and when the first of them was written. */
export async function unsealed(sql: Sql): Promise<{ rows: number; oldest: Date | undefined }> {
  const last = await lastSeal(sql)
  const [row] = await sql.rows<{ rows: bigint; oldest: Date | null }>(UNSEALED, [
    last?.header.after ?? '0',
    last?.header.high ?? '0',
  ])
  return { rows: Number(row?.rows ?? 0), oldest: row?.oldest ?? undefined }
}

/** The advisory lock of whoever seals. */
export const LEADER = [0x6b7461, 1] as const

const IN_ORDER = statement(
  'audit-in-order',
  `SELECT set_config(name, 'off', false) FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) AS name`,
)

/**
 * Sealing reads in one order, for which there is an index: the planner must not think otherwise, on this connection, because a
 * table was small when a statement was prepared.
 */
export async function readInOrder(sql: Sql): Promise<void> {
  await sql.rows(IN_ORDER)
}
