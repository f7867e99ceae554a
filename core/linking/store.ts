import { type Sql, statement } from '../platform/database/sql.ts'
import type { LinkHindrance, Place } from './model.ts'

const WRITE_CODE = statement(
  'link-code-write',
  `INSERT INTO link_code (customer_id, hash, channel, chat, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (customer_id) DO UPDATE SET hash = excluded.hash, channel = excluded.channel, chat = excluded.chat,
     created_at = excluded.created_at, expires_at = excluded.expires_at, typed_by = NULL`,
)
const CODE = `SELECT l.customer_id AS "customerId", l.channel, l.chat, l.typed_by AS "typedBy",
  (SELECT i.external_id FROM identity i WHERE i.customer_id = l.customer_id AND i.channel = l.channel AND i.chat = l.chat) AS "externalId" FROM link_code l`
const FIND_CODE = statement('link-code-find', `${CODE} WHERE l.hash = $1 AND l.expires_at > $2 FOR UPDATE`)
const TYPED_CODE = statement('link-code-typed', `${CODE} WHERE l.typed_by = $1 AND l.expires_at > $2`)
const TAKE_CODE = statement(
  'link-code-take',
  `DELETE FROM link_code WHERE customer_id = $1 AND typed_by = $2 AND expires_at > $3 RETURNING customer_id`,
)
const DROP_CODE = statement('link-code-drop', `DELETE FROM link_code WHERE customer_id = $1`)
const FORGET_TYPED = statement('link-code-forget', `UPDATE link_code SET typed_by = NULL WHERE typed_by = $1`)
const TYPE_CODE = statement('link-code-type', `UPDATE link_code SET typed_by = $2 WHERE customer_id = $1`)
const PRUNE_CODES = statement('link-code-prune', `DELETE FROM link_code WHERE expires_at < $1`)

const ACCOUNTS = statement(
  'linking-accounts',
  `SELECT channel, external_id AS "externalId", chat, linked_at AS "linkedAt" FROM identity WHERE customer_id = $1 ORDER BY created_at, channel`,
)
const COUNT_ORDERS = statement('linking-orders', `SELECT count(*)::int AS orders FROM orders WHERE customer_id = $1`)

/** The first thing that stands in the way of linking or unlinking this customer, besides a block. */
const HINDRANCE = statement(
  'linking-hindrance',
  `SELECT CASE WHEN EXISTS (SELECT FROM staff_member s WHERE s.customer_id = $1) THEN 'staff'
     WHEN EXISTS (SELECT FROM orders o WHERE o.customer_id = $1 AND o.state = 'held')
       OR EXISTS (SELECT FROM ticket t WHERE t.customer_id = $1 AND t.kind = 'appeal' AND t.state <> 'closed') THEN 'review' END AS hindrance`,
)

/** In the order of the sale: whoever is ordering, paying or being paid at this moment is waited for, and who comes next waits. */
const LOCK_ORDERS = statement(
  'linking-lock-orders',
  `SELECT FROM orders WHERE customer_id = ANY($1) ORDER BY id FOR UPDATE`,
)
const LOCK_STANDINGS = statement(
  'linking-lock-standings',
  `SELECT FROM customer_standing WHERE customer_id = ANY($1) ORDER BY customer_id FOR UPDATE`,
)
const LOCK_ACCOUNTS = statement(
  'linking-lock-accounts',
  `SELECT FROM identity WHERE customer_id = ANY($1) ORDER BY channel, external_id FOR UPDATE`,
)
/** With those that were linked with them before: what is written for one of these waits. */
const LOCK_CUSTOMERS = statement(
  'linking-lock-customers',
  `SELECT id, pseudonym, name, erased_at IS NULL AND merged_into IS NULL AS "isThere" FROM customer
   WHERE id = ANY($1) OR merged_into = ANY($1) ORDER BY id FOR UPDATE`,
)

/** The one who leaves begins anew, but for what they owe to the rules: reservations that ran out, and a word of staff that bars them. */
const MAKE = statement(
  'linking-make',
  `WITH c AS (INSERT INTO customer (name, language, quiet_since) SELECT name, language, quiet_since FROM customer WHERE id = $1 RETURNING id, pseudonym),
     s AS (
       INSERT INTO customer_standing (customer_id, expired, trust)
       SELECT c.id, o.expired, CASE WHEN o.trust = (SELECT l.name FROM trust_level l ORDER BY l.rank LIMIT 1) THEN o.trust END
       FROM c, customer_standing o WHERE o.customer_id = $1)
   SELECT id, pseudonym FROM c`,
)
const GIVE_ACCOUNT = statement(
  'linking-give-account',
  `UPDATE identity SET customer_id = $2, linked_at = NULL WHERE customer_id = $1 AND external_id = $3 AND channel = ANY($4)`,
)
const ALONE = statement('linking-alone', `UPDATE identity SET linked_at = NULL WHERE customer_id = $1 AND $2::boolean`)

/** Whether a chat is somebody else's account by now. */
const IS_OTHERS = statement(
  'linking-is-others',
  `SELECT FROM identity i WHERE i.channel = $2 AND i.chat = $3 AND i.customer_id <> (SELECT coalesce(c.merged_into, c.id) FROM customer c WHERE c.id = $1)
     AND NOT EXISTS (SELECT FROM identity o WHERE o.channel = $2 AND o.chat = $3 AND o.customer_id = (SELECT coalesce(c.merged_into, c.id) FROM customer c WHERE c.id = $1))`,
)
/** Where else somebody can be reached: where they came last. */
const ELSEWHERE = statement(
  'linking-elsewhere',
  `SELECT i.customer_id AS "customerId", i.channel, i.chat FROM identity i
   WHERE i.customer_id = (SELECT coalesce(c.merged_into, c.id) FROM customer c WHERE c.id = $1) AND i.gone_at IS NULL AND (i.channel, i.chat) <> ($2, $3)
     AND i.channel <> $4 ORDER BY i.created_at DESC LIMIT 1`,
)

export interface CodeRow extends Place {
  readonly customerId: number
  readonly typedBy: number | null
  /** the account that it was asked for with */
  readonly externalId: string | null
}

export async function writeCode(
  sql: Sql,
  code: Place & { readonly customerId: number; readonly hash: Buffer },
  at: Date,
  expiresAt: Date,
): Promise<void> {
  await sql.rows(WRITE_CODE, [code.customerId, code.hash, code.channel, code.chat, at, expiresAt])
}

/** A code that can still be used, which nobody else types or uses until the transaction ends. */
export async function findCode(sql: Sql, hash: Buffer, now: Date): Promise<CodeRow | undefined> {
  return (await sql.rows<CodeRow>(FIND_CODE, [hash, now]))[0]
}

/** The code that a customer has typed last. */
export async function typedCode(sql: Sql, customerId: number, now: Date): Promise<CodeRow | undefined> {
  return (await sql.rows<CodeRow>(TYPED_CODE, [customerId, now]))[0]
}

/** A customer has typed this code, and no other. */
export async function typeCode(sql: Sql, owner: number, customerId: number): Promise<void> {
  await sql.rows(FORGET_TYPED, [customerId])
  await sql.rows(TYPE_CODE, [owner, customerId])
}

export async function forgetTyped(sql: Sql, customerId: number): Promise<void> {
  await sql.rows(FORGET_TYPED, [customerId])
}

/** Uses a code up; false when it was used, replaced or ran out meanwhile. */
export async function takeCode(sql: Sql, owner: number, customerId: number, now: Date): Promise<boolean> {
  return (await sql.rows(TAKE_CODE, [owner, customerId, now])).length > 0
}

export async function dropCode(sql: Sql, owner: number): Promise<void> {
  await sql.rows(DROP_CODE, [owner])
}

export async function pruneCodes(sql: Sql, now: Date): Promise<void> {
  await sql.rows(PRUNE_CODES, [now])
}

export interface AccountRow extends Place {
  readonly externalId: string
  readonly linkedAt: Date | null
}

export function accounts(sql: Sql, customerId: number): Promise<AccountRow[]> {
  return sql.rows<AccountRow>(ACCOUNTS, [customerId])
}

export async function countOrders(sql: Sql, customerId: number): Promise<number> {
  return (await sql.rows<{ orders: number }>(COUNT_ORDERS, [customerId]))[0]?.orders ?? 0
}

export async function hindrance(sql: Sql, customerId: number): Promise<Exclude<LinkHindrance, 'blocked'> | undefined> {
  const [row] = await sql.rows<{ hindrance: Exclude<LinkHindrance, 'blocked'> | null }>(HINDRANCE, [customerId])
  return row?.hindrance ?? undefined
}

/** Waits for what is being ordered, paid or given back by these customers, and has what comes next wait. */
export async function lockTrade(sql: Sql, ids: readonly number[]): Promise<void> {
  await sql.rows(LOCK_ORDERS, [ids])
  await sql.rows(LOCK_STANDINGS, [ids])
}

export interface LockedCustomer {
  readonly id: number
  readonly pseudonym: string
  /** neither forgotten nor linked with another one */
  readonly isThere: boolean
}

/** Locks these customers and their accounts; after {@link lockTrade}. */
export async function lockPeople(sql: Sql, ids: readonly number[]): Promise<LockedCustomer[]> {
  await sql.rows(LOCK_ACCOUNTS, [ids])
  return (await sql.rows<LockedCustomer>(LOCK_CUSTOMERS, [ids])).filter(({ id }) => ids.includes(id))
}

/** A new customer, like this one. */
export async function makeLike(sql: Sql, customerId: number): Promise<{ id: number; pseudonym: string }> {
  return (await sql.rows<{ id: number; pseudonym: string }>(MAKE, [customerId]))[0] as { id: number; pseudonym: string }
}

/** Gives an account, on the channels where people have it, to another customer. */
export async function giveAccount(
  sql: Sql,
  from: number,
  to: number,
  { externalId, channels }: { readonly externalId: string; readonly channels: readonly string[] },
): Promise<void> {
  await sql.rows(GIVE_ACCOUNT, [from, to, externalId, channels])
}

/** Who has only one account left has none that is linked. */
export async function unlinkLast(sql: Sql, customerId: number, isAlone: boolean): Promise<void> {
  await sql.rows(ALONE, [customerId, isAlone])
}

export async function isOthers(sql: Sql, customerId: number, { channel, chat }: Place): Promise<boolean> {
  return (await sql.rows(IS_OTHERS, [customerId, channel, chat])).length > 0
}

export async function elsewhere(
  sql: Sql,
  customerId: number,
  { channel, chat }: Place,
  notOn: string,
): Promise<(Place & { readonly customerId: number }) | undefined> {
  return (await sql.rows<Place & { readonly customerId: number }>(ELSEWHERE, [customerId, channel, chat, notOn]))[0]
}
