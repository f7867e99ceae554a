import { SANDBOX } from '../payments/providers/sandbox.ts'
import { WALLET } from '../payments/providers/wallet.ts'
import { asRows, type Sql, type Statement, statement } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { Money } from '../wallet/model.ts'
import type { Kind, Row } from './model.ts'

/**
 * The one list of where something personal is kept, whichever feature it belongs to: what is told to whom it is about, what goes
 * with age, and what goes when they want it. Whoever adds a table about people adds it here, three times.
 */

/** A row at most every so often, so that nothing is locked for long. */
const old = (table: string, keys: string, where: string) =>
  `DELETE FROM ${table} WHERE (${keys}) IN (SELECT ${keys} FROM ${table} WHERE ${where} LIMIT $2) RETURNING 1`
const over = (kind: string, text: string) => statement(`privacy-old-${kind}`, text)
/** What is over its age ($1), at most $2 rows at a time. Broadcasts are forgotten by their own room, which keeps their figures. */
const OVER_AGE: Readonly<Record<Exclude<Kind, 'broadcasts'>, readonly Statement[]>> = {
  sessions: [over('sessions', old('chat_session', 'channel, chat', 'updated_at < $1'))],
  messages: [over('messages', old('chat_message', 'channel, chat, subject', 'sent_at < $1'))],
  tickets: [
    over(
      'ticket-messages',
      old(
        'ticket_message',
        'id',
        `at < $1 AND EXISTS (SELECT FROM ticket t WHERE t.id = ticket_id AND t.state <> 'open')`,
      ),
    ),
    over(
      'tickets',
      old(
        'ticket',
        'id',
        `opened_at < $1 AND state <> 'open' AND NOT EXISTS (SELECT FROM ticket_message m WHERE m.ticket_id = ticket.id)
           AND NOT EXISTS (SELECT FROM complaint c WHERE c.ticket_id = ticket.id) AND NOT EXISTS (SELECT FROM ticket n WHERE n.previous_id = ticket.id)`,
      ),
    ),
  ],
  feedback: [
    over(
      'feedback',
      `UPDATE feedback SET sealed = NULL WHERE order_id IN (SELECT order_id FROM feedback WHERE sealed IS NOT NULL AND changed_at < $1 LIMIT $2) RETURNING 1`,
    ),
  ],
  visits: [over('visits', old('source_visit', 'source, customer_id', 'last_at < $1'))],
  risk: [
    over('signs', old('risk_sign', 'id', 'at < $1')),
    over('refusals', old('risk_refusal', 'key', 'at < $1')),
    over('challenges', old('challenge_given', 'id', 'at < $1')),
    over('vouches', old('risk_vouch', 'customer_id, rule', 'at < $1')),
    ...['ip', 'device'].map((column) =>
      over(
        column,
        `UPDATE orders SET ${column} = NULL WHERE id IN (SELECT id FROM orders WHERE ${column} IS NOT NULL AND placed_at < $1 LIMIT $2) RETURNING 1`,
      ),
    ),
  ],
  claims: [over('claims', old('invitation', 'id', 'expires_at < $1'))],
}
/** What stands about chats of nobody (any more): of the conversation in which somebody was forgotten, its last lines. */
const OF_NOBODY = (
  [
    ['chat_session', 'channel, chat', 'updated_at'],
    ['chat_message', 'channel, chat, subject', 'sent_at'],
    ['chat_event', 'id', 'done_at'],
    ['deferred_message', 'id', 'at'],
    ['send_allowance', 'channel, chat, kind', 'until'],
  ] as const
).map(([table, keys, at]) => {
  const nobody = `NOT EXISTS (SELECT FROM identity i WHERE i.channel = ${table}.channel AND i.chat = ${table}.chat)`
  return over(table, old(table, keys, `${at} < $1 AND ${nobody}`))
})

const SETTINGS = statement('retention', `SELECT kind, days FROM retention`)
const SET = statement(
  'retention-set',
  `INSERT INTO retention (kind, days) VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET days = excluded.days`,
)
const HAS_RUN = statement('retention-has-run', `SELECT FROM retention_run WHERE day = $1::date`)
const RAN = statement(
  'retention-ran',
  `INSERT INTO retention_run (day, at) VALUES ($1::date, $2) ON CONFLICT DO NOTHING`,
)

/** Whoever is paying, or ordering, at this moment is waited for; who comes next waits. Locked in the order of the sale. */
const LOCK_ORDERS = statement('privacy-lock-orders', `SELECT FROM orders WHERE customer_id = $1 ORDER BY id FOR UPDATE`)
const LOCK_STANDING = statement(
  'privacy-lock-standing',
  `SELECT FROM customer_standing WHERE customer_id = $1 FOR UPDATE`,
)
const LOCK = statement(
  'privacy-lock',
  `SELECT pseudonym, EXISTS (SELECT FROM staff_member s WHERE s.customer_id = c.id) AS "isStaff", merged_into IS NOT NULL AS "isMoved"
   FROM customer c WHERE id = $1 AND erased_at IS NULL FOR UPDATE`,
)
const PSEUDONYM = statement('privacy-pseudonym', `SELECT pseudonym FROM customer WHERE id = $1`)
const OPEN_ORDERS = statement(
  'privacy-open-orders',
  `SELECT no FROM orders o WHERE customer_id = $1 AND (state NOT IN ('delivered', 'refunded', 'expired', 'cancelled')
     OR EXISTS (SELECT FROM complaint c WHERE c.order_id = o.id AND c.state = 'open')) ORDER BY id`,
)
/** Payments for their orders, or from their accounts. */
const PAYMENTS = `SELECT p.* FROM payment p WHERE p.order_id IN (SELECT id FROM orders WHERE customer_id = $1)
  OR p.provider NOT IN ('${WALLET}', '${SANDBOX}') AND p.payer IN (SELECT external_id FROM identity WHERE customer_id = $1)
  OR p.provider IN ('${WALLET}', '${SANDBOX}') AND p.payer = $1::text`
const OPEN_MONEY = statement(
  'privacy-open-money',
  `SELECT p.order_no AS no FROM (${PAYMENTS}) AS p
   WHERE p.outcome IN ('received', 'refunding') OR EXISTS (SELECT FROM refund r WHERE r.payment_id = p.id AND r.state <> 'done') ORDER BY p.id`,
)
const BALANCES = statement(
  'privacy-balances',
  `SELECT currency, balance FROM wallet WHERE customer_id = $1 AND balance > 0 ORDER BY currency FOR UPDATE`,
)
const THEIRS = `IN (SELECT channel, chat FROM identity WHERE customer_id = $1)`
/** What is left of a person is a number, and what was sold under it. In this order: their chats are known by their identities. */
const ERASE = (
  [
    ['sessions', `DELETE FROM chat_session WHERE (channel, chat) ${THEIRS}`],
    ['messages', `DELETE FROM chat_message WHERE (channel, chat) ${THEIRS}`],
    ['deferred', `DELETE FROM deferred_message WHERE (channel, chat) ${THEIRS}`],
    ['allowances', `DELETE FROM send_allowance WHERE (channel, chat) ${THEIRS}`],
    // One that is still to be handled may be money.
    ['events', `DELETE FROM chat_event WHERE done_at IS NOT NULL AND (channel, chat) ${THEIRS}`],
    ['links', `DELETE FROM redemption_link WHERE order_id IN (SELECT id FROM orders WHERE customer_id = $1)`],
    ['ticketMessages', `DELETE FROM ticket_message WHERE ticket_id IN (SELECT id FROM ticket WHERE customer_id = $1)`],
    // A complaint stays with its key and its claim; nothing that was said about it does.
    ['ticketsBefore', `UPDATE ticket SET previous_id = NULL, chat = '' WHERE customer_id = $1`],
    [
      'tickets',
      `DELETE FROM ticket WHERE customer_id = $1 AND NOT EXISTS (SELECT FROM complaint c WHERE c.ticket_id = ticket.id)`,
    ],
    ['feedback', `UPDATE feedback SET sealed = NULL WHERE customer_id = $1 AND sealed IS NOT NULL`],
    ['broadcasts', `UPDATE mailing_recipient SET chat = '' WHERE customer_id = $1`],
    ['visits', `DELETE FROM source_visit WHERE customer_id = $1`],
    [
      'payments',
      `UPDATE payment SET payer = 'erased' WHERE provider NOT IN ('${WALLET}', '${SANDBOX}') AND id IN (SELECT id FROM (${PAYMENTS}) AS p)`,
    ],
    [
      'intents',
      `UPDATE payment_intent SET payer = NULL WHERE payer IS NOT NULL AND order_id IN (SELECT id FROM orders WHERE customer_id = $1)`,
    ],
    ['orders', `UPDATE orders SET chat = '', source = NULL, ip = NULL, device = NULL WHERE customer_id = $1`],
    ['traits', `DELETE FROM customer_trait WHERE customer_id = $1`],
    ['groups', `DELETE FROM customer_group WHERE customer_id = $1`],
    ['signs', `DELETE FROM risk_sign WHERE customer_id = $1`],
    ['refusals', `DELETE FROM risk_refusal WHERE customer_id = $1`],
    ['challenges', `DELETE FROM customer_challenge WHERE customer_id = $1`],
    ['vouches', `DELETE FROM risk_vouch WHERE customer_id = $1`],
    ['challengesGiven', `DELETE FROM challenge_given WHERE customer_id = $1`],
    // A block stays, or whoever is blocked could come back as somebody new: by a hash, without what it shows of an account.
    ['blocks', `UPDATE blocklist SET label = NULL WHERE customer_id = $1 AND label IS NOT NULL`],
    [
      'jobs',
      `SELECT FROM graphile_worker.complete_jobs(ARRAY(
         SELECT id FROM graphile_worker._private_jobs WHERE payload -> 'to' ->> 'customerId' = $1::text AND locked_at IS NULL))`,
    ],
    ['notices', `DELETE FROM outbox WHERE payload -> 'to' ->> 'customerId' = $1::text`],
    ['linkCodes', `DELETE FROM link_code WHERE customer_id = $1 OR typed_by = $1`],
    ['accounts', `DELETE FROM identity WHERE customer_id = $1`],
  ] as const
).map(([kind, text]) => ({
  kind,
  text: statement(`privacy-erase-${kind}`, `${text}${/^SELECT/.test(text) ? '' : ' RETURNING 1'}`),
}))
const ERASED = statement(
  'privacy-erased',
  `UPDATE customer SET name = NULL, language = NULL, source = NULL, last_source = NULL, source_at = NULL, quiet_since = NULL, erased_at = $2 WHERE id = $1 OR merged_into = $1`,
)

const COLLECT = statement(
  'privacy-collect',
  `WITH paid AS (${PAYMENTS})
   SELECT (SELECT json_build_object('name', name, 'language', language, 'since', created_at, 'noMarketingSince', quiet_since, 'broughtBy', source, 'lastLink', last_source)
       FROM customer WHERE id = $1) AS profile,
     ${asRows(`SELECT channel, external_id AS id, chat, created_at AS since, linked_at AS "linkedAt" FROM identity WHERE customer_id = $1 ORDER BY created_at`)} AS accounts,
     ${asRows(`SELECT o.no, o.state, o.channel, o.placed_at AS "placedAt", o.paid_at AS "paidAt", o.delivered_at AS "deliveredAt", o.total, o.currency, o.stars, o.source,
       ${asRows(`SELECT l.name AS product, l.quantity, l.unit_price AS "unitPrice" FROM order_line l WHERE l.order_id = o.id ORDER BY l.position`)} AS items,
       ${asRows(`SELECT r.at, r.channel, count(*)::int AS keys FROM reveal r WHERE r.order_id = o.id GROUP BY r.at, r.channel ORDER BY r.at`)} AS "keysShown"
       FROM orders o WHERE o.customer_id = $1 ORDER BY o.id`)} AS orders,
     ${asRows(`SELECT order_no AS order, provider, amount, currency, received_at AS at, outcome FROM paid ORDER BY id`)} AS payments,
     ${asRows(`SELECT p.order_no AS order, r.amount, r.currency, r.state, r.requested_at AS "requestedAt", r.done_at AS "doneAt", r.customer_id IS NOT NULL AS "toWallet"
       FROM refund r JOIN paid p ON p.id = r.payment_id ORDER BY r.id`)} AS refunds,
     ${asRows(`SELECT currency, balance FROM wallet WHERE customer_id = $1 ORDER BY currency`)} AS balances,
     ${asRows(`SELECT w.at, w.amount, w.currency, w.move AS what, w.note, p.order_no AS order FROM wallet_entry w LEFT JOIN payment p ON p.id = w.payment_id
       WHERE w.customer_id IN (SELECT id FROM customer WHERE id = $1 OR merged_into = $1) AND w.move <> 'linked' ORDER BY w.id`)} AS entries,
     ${asRows(`SELECT id, kind, order_no AS order, state, opened_at AS "openedAt" FROM ticket WHERE customer_id = $1 ORDER BY id`)} AS tickets,
     ${asRows(`SELECT o.no AS order, f.stars, f.at, f.changed_at AS "changedAt" FROM feedback f JOIN orders o ON o.id = f.order_id WHERE f.customer_id = $1 ORDER BY f.at`)} AS feedback,
     ${asRows(`SELECT o.no AS order, l.created_at AS "createdAt", l.expires_at AS "expiresAt", l.revoked_at AS "revokedAt", l.opened_at AS "openedAt"
       FROM redemption_link l JOIN orders o ON o.id = l.order_id WHERE o.customer_id = $1 ORDER BY l.id`)} AS links,
     ${asRows(`SELECT mailing_id AS id, channel, state, at, opened_at AS "openedAt" FROM mailing_recipient WHERE customer_id = $1 ORDER BY mailing_id`)} AS broadcasts,
     ${asRows(`SELECT source, first_at AS "firstAt", last_at AS "lastAt" FROM source_visit WHERE customer_id = $1 ORDER BY first_at`)} AS visits,
     ${asRows(`SELECT kind, at, passed_at AS "passedAt" FROM challenge_given WHERE customer_id = $1 ORDER BY id`)} AS challenges,
     ${asRows(`SELECT kind, passed_at AS "passedAt" FROM customer_challenge WHERE customer_id = $1 ORDER BY kind`)} AS passed,
     ${asRows(`SELECT rule, at FROM risk_vouch WHERE customer_id = $1 ORDER BY rule`)} AS vouched,
     ${asRows(`SELECT at, channel, wanted, outcome FROM risk_refusal WHERE customer_id = $1 ORDER BY at`)} AS refusals,
     ${asRows(`SELECT kind, at, lifted_at AS "liftedAt", expires_at AS "expiresAt" FROM blocklist WHERE customer_id = $1 ORDER BY id`)} AS blocks`,
)
const SAID = statement(
  'privacy-said',
  `SELECT m.ticket_id AS ticket, m.from_staff AS "fromStaff", m.at, m.sealed FROM ticket_message m JOIN ticket t ON t.id = m.ticket_id WHERE t.customer_id = $1 AND NOT m.note ORDER BY m.id`,
)
const WORDS = statement(
  'privacy-words',
  `SELECT o.no, f.sealed FROM feedback f JOIN orders o ON o.id = f.order_id WHERE f.customer_id = $1 AND f.sealed IS NOT NULL`,
)

export async function settings(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql.rows<{ kind: string; days: number }>(SETTINGS)
  return Object.fromEntries(rows.map(({ kind, days }) => [kind, days]))
}

export async function set(sql: Sql, kind: Kind, days: number): Promise<void> {
  await sql.rows(SET, [kind, days])
}

/** `day` as `2026-06-01`. */
export async function hasRun(sql: Sql, day: string): Promise<boolean> {
  return (await sql.rows(HAS_RUN, [day])).length > 0
}

export async function ran(sql: Sql, day: string, at: Date): Promise<void> {
  await sql.rows(RAN, [day, at])
}

/** Forgets at most `most` rows (of each table) that are older; returns how many. */
export async function forgetOld(
  sql: Sql,
  kind: Exclude<Kind, 'broadcasts'> | 'nobody',
  before: Date,
  most: number,
): Promise<number> {
  let forgotten = 0
  for (const one of kind === 'nobody' ? OF_NOBODY : OVER_AGE[kind])
    forgotten += (await sql.rows(one, [before, most])).length
  return forgotten
}

/** Locks a person, and all that could change what they are owed; undefined when there is no such person (any more). */
export async function lock(
  sql: Sql,
  customerId: number,
): Promise<{ readonly pseudonym: string; readonly isStaff: boolean } | undefined> {
  await sql.rows(LOCK_ORDERS, [customerId])
  await sql.rows(LOCK_STANDING, [customerId])
  const [person] = await sql.rows<{ pseudonym: string; isStaff: boolean; isMoved: boolean }>(LOCK, [customerId])
  // Asked again, it is about all there is of them.
  if (person?.isMoved)
    throw new KeytillError('customer.moved', 'This customer was linked with another one at this moment.')
  return person
}

/** What stands for a person in the audit log. */
export async function pseudonymOf(sql: Sql, customerId: number): Promise<string> {
  return (await sql.rows<{ pseudonym: string }>(PSEUDONYM, [customerId]))[0]?.pseudonym ?? 'nobody'
}

export async function openOrder(sql: Sql, customerId: number): Promise<string | undefined> {
  return (await sql.rows<{ no: string }>(OPEN_ORDERS, [customerId]))[0]?.no
}

export async function openMoney(sql: Sql, customerId: number): Promise<{ no: string | null } | undefined> {
  return (await sql.rows<{ no: string | null }>(OPEN_MONEY, [customerId]))[0]
}

export async function balances(sql: Sql, customerId: number): Promise<Money[]> {
  const rows = await sql.rows<{ currency: string; balance: bigint }>(BALANCES, [customerId])
  return rows.map(({ currency, balance }) => ({ currency, amount: Number(balance) }))
}

/** Forgets a person; returns how many rows of each kind that were. */
export async function erase(sql: Sql, customerId: number, at: Date): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { kind, text } of ERASE) counts[kind] = (await sql.rows(text, [customerId])).length
  await sql.rows(ERASED, [customerId, at])
  return counts
}

/** What there is of a person, by part; sealed words apart. */
export async function collect(sql: Sql, customerId: number): Promise<Record<string, Row & readonly Row[]>> {
  const [row] = await sql.rows<Record<string, Row & readonly Row[]>>(COLLECT, [customerId])
  return row ?? {}
}

export function said(
  sql: Sql,
  customerId: number,
): Promise<{ ticket: number; fromStaff: boolean; at: Date; sealed: Buffer }[]> {
  return sql.rows(SAID, [customerId])
}

export function words(sql: Sql, customerId: number): Promise<{ no: string; sealed: Buffer }[]> {
  return sql.rows(WORDS, [customerId])
}
