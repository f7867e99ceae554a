import { SANDBOX } from '../payments/providers/sandbox.ts'
import { WALLET } from '../payments/providers/wallet.ts'
import { type Sql, type Statement, statement } from '../platform/database/sql.ts'

/**
 * The one list of what names a customer, whichever feature it belongs to, and what becomes of it when two of them are one person.
 * Whoever adds a column that names one adds it here; a test looks for what is missing.
 */
type Way =
  /** a statement that gives it to who is left ($1) of who goes ($2) */
  | { readonly moved: string }
  /** it goes on naming who it named, and why that is right */
  | { readonly stays: string }

const moved = (table: string, column = 'customer_id'): Way => ({
  moved: `UPDATE ${table} SET ${column} = $1 WHERE ${column} = $2`,
})
/** Rows of which each customer has one for the same thing: of two, this becomes of the one that is left. */
const joined = (table: string, columns: string, key: string, conflict: string): Way => ({
  moved: `WITH gone AS (DELETE FROM ${table} WHERE customer_id = $2 RETURNING *)
    INSERT INTO ${table} AS kept (customer_id, ${columns}) SELECT $1, ${columns} FROM gone ON CONFLICT (${key}) DO UPDATE SET ${conflict}`,
})

export const NAMING: Readonly<Record<string, Way>> = {
  'identity.customer_id': moved('identity'),
  'orders.customer_id': moved('orders'),
  'ticket.customer_id': moved('ticket'),
  'ticket.assignee_id': moved('ticket', 'assignee_id'),
  'import_draft.staff_id': moved('import_draft', 'staff_id'),
  'invitation.used_by': moved('invitation', 'used_by'),
  'feedback.customer_id': moved('feedback'),
  'risk_refusal.customer_id': moved('risk_refusal'),
  'risk_sign.customer_id': moved('risk_sign'),
  'challenge_given.customer_id': moved('challenge_given'),
  'blocklist.customer_id': moved('blocklist'),
  // Whoever pays out of a wallet is the payer by their number: what rules count by payer adds up.
  'payment.payer': {
    moved: `UPDATE payment SET payer = $1::int::text WHERE payer = $2::int::text AND provider IN ('${WALLET}', '${SANDBOX}')`,
  },
  // What counts unpaid orders and reservations that ran out adds up. Of two words of staff the stricter one stays.
  'customer_standing.customer_id': {
    moved: `WITH gone AS (DELETE FROM customer_standing WHERE customer_id = $2 RETURNING *)
      UPDATE customer_standing s SET open_orders = s.open_orders + g.open_orders, open_units = s.open_units + g.open_units,
        paid = s.paid + g.paid, expired = s.expired + g.expired,
        trust = (SELECT l.name FROM trust_level l WHERE l.name IN (s.trust, g.trust) ORDER BY l.rank LIMIT 1)
      FROM gone g WHERE s.customer_id = $1`,
  },
  'customer_trait.customer_id': joined(
    'customer_trait',
    'kind, hash, first_seen_at',
    'kind, hash, customer_id',
    'first_seen_at = least(kept.first_seen_at, excluded.first_seen_at)',
  ),
  // They are in one group by now: see risk/links.
  'customer_group.customer_id': { moved: `DELETE FROM customer_group WHERE customer_id = $2 AND customer_id <> $1` },
  'customer_group.group_id': { stays: 'the smallest id of a group, and the smaller one of two customers is left' },
  'customer_challenge.customer_id': joined(
    'customer_challenge',
    'kind, passed_at',
    'customer_id, kind',
    'passed_at = greatest(kept.passed_at, excluded.passed_at)',
  ),
  'risk_vouch.customer_id': joined(
    'risk_vouch',
    'rule, up_to, by, at',
    'customer_id, rule',
    'up_to = least(kept.up_to, excluded.up_to), at = least(kept.at, excluded.at)',
  ),
  'mailing_recipient.customer_id': joined(
    'mailing_recipient',
    'mailing_id, channel, chat, state, at, opened_at',
    'mailing_id, customer_id',
    'opened_at = coalesce(kept.opened_at, excluded.opened_at)',
  ),
  'source_visit.customer_id': joined(
    'source_visit',
    'source, first_at, last_at',
    'source, customer_id',
    'first_at = least(kept.first_at, excluded.first_at), last_at = greatest(kept.last_at, excluded.last_at)',
  ),
  'link_code.customer_id': { moved: `DELETE FROM link_code WHERE customer_id IN ($1, $2)` },
  'link_code.typed_by': { moved: `UPDATE link_code SET typed_by = NULL WHERE typed_by IN ($1, $2)` },
  'second_factor.customer_id': { moved: `DELETE FROM second_factor WHERE customer_id = $2 AND customer_id <> $1` },
  'customer.merged_into': moved('customer', 'merged_into'),
  'staff_member.customer_id': { stays: 'staff are not linked' },
  'wallet.customer_id': { stays: 'empty: what was in it went over by a booking' },
  'wallet_entry.customer_id': { stays: 'only ever added to, as the ledger, which has the same account' },
  'refund.customer_id': { stays: 'into whose wallet it went, as the ledger has it' },
  'payment_intent.payer': { stays: 'an account at the provider, not a customer' },
  'reveal.customer_id': { stays: 'only ever added to: who was shown a key' },
}

const WAYS: readonly Statement[] = Object.entries(NAMING).flatMap(([name, way]) =>
  'moved' in way ? [statement(`linking-${name}`, way.moved)] : [],
)
/** What is said of the person: what the older one is called, whoever wants no marketing wants none, and what happened first or last. */
const PERSON = statement(
  'linking-person',
  `UPDATE customer c SET name = coalesce(c.name, g.name), language = coalesce(c.language, g.language), created_at = least(c.created_at, g.created_at),
     quiet_since = least(c.quiet_since, g.quiet_since), source = coalesce(c.source, g.source), source_at = greatest(c.source_at, g.source_at),
     last_source = CASE WHEN c.source_at IS NULL OR g.source_at > c.source_at THEN coalesce(g.last_source, c.last_source) ELSE c.last_source END
   FROM customer g WHERE c.id = $1 AND g.id = $2`,
)
/** The name stays, so that the audit log's pseudonym goes on telling who that was. */
const GONE = statement(
  'linking-gone',
  `UPDATE customer SET merged_into = $1, source = NULL, last_source = NULL, source_at = NULL WHERE id = $2`,
)
const SINCE = statement(
  'linking-since',
  `UPDATE identity SET linked_at = $2 WHERE customer_id = $1 AND linked_at IS NULL`,
)

/** Gives all that names `from` to `into`, but for money: that is booked. Both are locked. */
export async function moveAll(sql: Sql, into: number, from: number, at: Date): Promise<void> {
  for (const way of WAYS) await sql.rows(way, [into, from])
  await sql.rows(PERSON, [into, from])
  await sql.rows(GONE, [into, from])
  await sql.rows(SINCE, [into, at])
}
