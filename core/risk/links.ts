import { type Sql, statement } from '../platform/database/sql.ts'

/**
 * Who shares what. An order is judged under the locks of all it can be known by (its payer, address, device, and the group of its
 * buyer), so that of two at once the second counts the first. Whoever has many orders in hand passes over what others have
 * locked; whoever has one waits. The locks of a group are also what allows to change it.
 */

/** The id of a customer's group: of one who is alone, their own. */
export const groupOf = (customer: string): string =>
  `coalesce((SELECT g.group_id FROM customer_group g WHERE g.customer_id = ${customer}), ${customer})`

/** The space of these advisory locks. */
const SPACE = 0x6b7472

/** The key of a lock, in SQL: of its name, which is its kind and what it is of. */
export const lockKey = (kind: 'payer' | 'ip' | 'device' | 'group', text: string): string =>
  `hashtext('${kind} ' || ${text})`

/** Takes the locks whose keys stand in a query; gives those it got. */
export const tryLocks = (keys: string): string =>
  `SELECT k.key FROM (SELECT DISTINCT key FROM ${keys}) AS k WHERE pg_try_advisory_xact_lock(${SPACE}, k.key)`

/** Everyone who waits takes them in the same order: so two never wait for each other. */
const LOCK = statement(
  'risk-lock',
  `SELECT pg_advisory_xact_lock(${SPACE}, k.key) FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS k`,
)
/** The groups of a customer ($1) and of all who have one of these traits ($2 kind, $3 hash). */
const GROUPS = statement(
  'risk-groups',
  `SELECT DISTINCT ${groupOf('c.id')} AS id FROM (
     SELECT $1::int AS id UNION SELECT t.customer_id FROM unnest($2::text[], $3::bytea[]) AS m (kind, hash)
       JOIN customer_trait t ON t.kind = m.kind AND t.hash = m.hash) AS c ORDER BY 1`,
)
const MOVE = statement('risk-group-move', `UPDATE customer_group SET group_id = $2 WHERE group_id = ANY($1)`)
const JOIN = statement(
  'risk-group-join',
  `INSERT INTO customer_group (customer_id, group_id) SELECT id, $2 FROM unnest($1::int[]) AS id ON CONFLICT DO NOTHING`,
)
const REMEMBER = statement(
  'risk-trait',
  `INSERT INTO customer_trait (kind, hash, customer_id, first_seen_at) SELECT kind, hash, $1, $4 FROM unnest($2::text[], $3::bytea[]) AS t (kind, hash)
   ON CONFLICT DO NOTHING`,
)

/** By what a buyer can be known again. All but an address, which strangers share too, make those who have it one group. */
export interface Trait {
  readonly kind: 'payer' | 'phone' | 'ip' | 'device'
  readonly hash: Buffer
  /** under which name it is locked, where orders are counted by it */
  readonly lock?: string
}

/**
 * Remembers what a customer was known by, and makes everyone one group who shares it. Waits for whoever judges an order of one of
 * them; the locks are kept until the transaction ends.
 */
export async function link(sql: Sql, customerId: number, traits: readonly Trait[], now: Date): Promise<void> {
  const linking = traits.filter(({ kind }) => kind !== 'ip')
  const locked = new Set<string>()
  const locks = traits.flatMap(({ lock }) => lock ?? [])
  let groups: number[]
  for (;;) {
    const found = await sql.rows<{ id: number }>(GROUPS, [
      customerId,
      linking.map(({ kind }) => kind),
      linking.map(({ hash }) => hash),
    ])
    groups = found.map(({ id }) => id)
    const names = [...locks, ...groups.map((id) => `group ${id}`)].filter((name) => !locked.has(name))
    // Somebody may have joined them while we waited: then there is more to lock.
    if (names.length === 0) break
    await sql.rows(LOCK, [names])
    for (const name of names) locked.add(name)
  }
  if (groups.length > 1) {
    await sql.rows(MOVE, [groups, groups[0]])
    await sql.rows(JOIN, [groups, groups[0]])
  }
  if (traits.length > 0)
    await sql.rows(REMEMBER, [customerId, traits.map(({ kind }) => kind), traits.map(({ hash }) => hash), now])
}
