import { statement } from '../platform/database/sql.ts'

/**
 * An order is judged under the locks of all it can be known by (its payer, address, device, and the group of its buyer), so that
 * of two at once the second counts the first. Whoever has many orders in hand passes over what others have locked; whoever has
 * one waits. The lock of a group is also what allows to change it.
 */

/** The id of a customer's group, in SQL: of one who is alone, their own. */
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

/** Waits for the locks of these names ($1). Everyone takes them in the same order: so two never wait for each other. */
export const LOCK = statement(
  'risk-lock',
  `SELECT pg_advisory_xact_lock(${SPACE}, k.key) FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest($1::text[]) AS name ORDER BY 1) AS k`,
)
