import pg from 'pg'
import type { Connection } from '../../../core/platform/database/database.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { FakeTelegram } from '../../../test/fakes/telegram/server.ts'
import type { Chats } from './chats.ts'

/** Both sides of every entry of the ledger, debits above zero. */
const SIDES = `SELECT debit AS account, currency, amount FROM ledger_entry UNION ALL SELECT credit, currency, -amount FROM ledger_entry`

/** What is still under way, by name; everything 0 means that the shop has come to rest. */
const OPEN = `SELECT
  (SELECT count(*)::int FROM graphile_worker._private_jobs) + (SELECT count(*)::int FROM outbox) AS jobs,
  (SELECT count(*)::int FROM chat_event WHERE done_at IS NULL) AS events,
  (SELECT count(*)::int FROM payment WHERE outcome = 'received') AS payments,
  (SELECT count(*)::int FROM refund WHERE state = 'requested') AS refunds`

/** Each query names what must not be there. */
const NEVER: Readonly<Record<string, string>> = {
  'a delivered order without exactly its keys': `
    SELECT o.no FROM orders o JOIN order_line l ON l.order_id = o.id LEFT JOIN order_unit u ON u.line_id = l.id
    WHERE o.state IN ('delivered', 'held') GROUP BY o.no, l.id, l.quantity HAVING count(u.card_id) <> l.quantity`,
  'a key in two orders': `SELECT card_id FROM order_unit WHERE card_id IS NOT NULL GROUP BY card_id HAVING count(*) > 1`,
  'a key both in stock and in an order': `SELECT s.card_id FROM stock s JOIN order_unit u ON u.card_id = s.card_id`,
  'a key that is neither in stock, nor in an order, nor written off': `
    SELECT k.id FROM card_key k WHERE NOT EXISTS (SELECT FROM stock s WHERE s.card_id = k.id)
      AND NOT EXISTS (SELECT FROM order_unit u WHERE u.card_id = k.id) AND NOT EXISTS (SELECT FROM card_mark m WHERE m.card_id = k.id)`,
  'a released order that still has keys': `
    SELECT o.no FROM orders o JOIN order_line l ON l.order_id = o.id JOIN order_unit u ON u.line_id = l.id
    WHERE o.state IN ('expired', 'cancelled') AND u.card_id IS NOT NULL`,
  'an order that stopped half-way': `SELECT no FROM orders WHERE state IN ('paid', 'delivering', 'refunding')`,
  'a settled payment whose order is neither delivered nor held': `
    SELECT p.reference FROM payment p LEFT JOIN orders o ON o.id = p.order_id
    WHERE p.outcome = 'settled' AND o.state IS DISTINCT FROM 'delivered' AND o.state IS DISTINCT FROM 'held'`,
  'a delivered or held order without exactly one settled payment': `
    SELECT o.no FROM orders o LEFT JOIN payment p ON p.order_id = o.id AND p.outcome = 'settled'
    WHERE o.state IN ('delivered', 'held') GROUP BY o.no HAVING count(p.id) <> 1`,
  'a payment that has not ended': `SELECT reference FROM payment WHERE outcome NOT IN ('settled', 'refunded', 'credited')`,
  'a booking without an entry': `
    SELECT ref FROM ledger_transaction t WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.transaction_id = t.id)`,
  'money received and neither earned nor owed': `
    SELECT account FROM (${SIDES}) AS side WHERE account IN ('liabilities:received', 'liabilities:refunds') GROUP BY account, currency HAVING sum(amount) <> 0`,
  'a job that failed for good': `SELECT id FROM graphile_worker._private_jobs WHERE attempts >= max_attempts`,
}

/** One look into the shop's database. */
export interface Window {
  rows<Row extends object>(text: string): Promise<Row[]>
  close(): Promise<void>
}

export async function openWindow(connection: Connection): Promise<Window> {
  const client = new pg.Client({ ...connection })
  client.on('error', () => {})
  await client.connect()
  return { rows: async (text) => (await client.query(text)).rows, close: () => client.end() }
}

/** Waits until nothing is under way. Returns what still is after `ms`, undefined when all is quiet. */
export async function rest(fake: FakeTelegram, window: Window, ms: number): Promise<string | undefined> {
  const deadline = performance.now() + ms
  await fake.allConfirmed({ timeout: ms })
  for (;;) {
    const [open = {}] = await window.rows<Record<string, number>>(OPEN)
    const left = Object.entries(open).filter(([, count]) => count > 0)
    // A refund makes Telegram tell of it: more may have come in meanwhile.
    if (left.length === 0 && fake.unconfirmed().length === 0) return undefined
    if (performance.now() > deadline) return left.map(([what, count]) => `${count} ${what}`).join(', ')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Everything that is wrong, in sentences; the charges in `notYet` may be unknown to the shop. */
export async function violations(
  fake: FakeTelegram,
  window: Window,
  chats: Chats,
  notYet: ReadonlySet<string>,
): Promise<string[]> {
  const found: string[] = []
  for (const [what, query] of Object.entries(NEVER)) {
    const rows = await window.rows<Record<string, unknown>>(query)
    if (rows.length > 0) found.push(`${what}: ${named(rows.map((row) => Object.values(row)[0]))}`)
  }
  found.push(...(await moneyProblems(fake, window, notYet)))
  found.push(...(await updateProblems(fake, window)))
  found.push(...(await messageProblems(window, chats)))
  return found
}

/** Telegram's book and ours, charge by charge. */
async function moneyProblems(fake: FakeTelegram, window: Window, notYet: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = []
  const payments = new Map(
    (
      await window.rows<{ reference: string; outcome: string; state: string | null; payer: string; amount: number }>(
        `SELECT p.reference, p.outcome, p.payer, p.amount, o.state FROM payment p LEFT JOIN orders o ON o.id = p.order_id`,
      )
    ).map((payment) => [payment.reference, payment]),
  )
  const back = new Set(fake.transactions().flatMap(({ id, receiver }) => (receiver ? [id] : [])))
  let kept = 0
  for (const { id, amount, source } of fake.transactions()) {
    if (!source) continue
    const payment = payments.get(id)
    if (!payment) {
      if (!notYet.has(id)) found.push(`a charge the shop does not know: ${id}`)
      continue
    }
    if (payment.amount !== amount || payment.payer !== `${source.user.id}`)
      found.push(`a charge kept with another amount or payer: ${id}`)
    else if ((payment.outcome === 'refunded') !== back.has(id))
      found.push(`a payment ${payment.outcome} that Telegram ${back.has(id) ? 'gave' : 'did not give'} back: ${id}`)
    if (!back.has(id)) kept += amount
  }
  const [held] = await window.rows<{ sum: number }>(
    `SELECT coalesce(sum(amount), 0)::int AS sum FROM (${SIDES}) AS side WHERE account = 'assets:telegram-stars'`,
  )
  if (held?.sum !== kept) found.push(`the ledger holds ${held?.sum} Stars, Telegram ${kept}`)
  return found
}

/** What Telegram has forgotten, because we said that we have it. */
async function updateProblems(fake: FakeTelegram, window: Window): Promise<string[]> {
  const bot = fake.token.split(':')[0]
  const done = new Set(
    (
      await window.rows<{ external_id: string }>(
        `SELECT external_id FROM chat_event WHERE channel = 'telegram' AND done_at IS NOT NULL`,
      )
    ).map((row) => row.external_id),
  )
  const lost = fake.confirmed().filter(({ update_id, callback_query, pre_checkout_query }) => {
    // Never kept: who asks may go on only with an answer, and without one no money moves.
    if (pre_checkout_query) return false
    return !done.has(`${bot}:${update_id}${callback_query ? `:${callback_query.id}` : ''}`)
  })
  return lost.length > 0
    ? [`confirmed to Telegram and without effect: ${named(lost.map(({ update_id }) => update_id))}`]
    : []
}

/** Who bought something knows of it, and nobody was shown the key of another. */
async function messageProblems(window: Window, { told, shown }: Chats): Promise<string[]> {
  const found: string[] = []
  const orders = await window.rows<{ no: string; chat: string }>(
    `SELECT no, chat FROM orders WHERE delivered_at IS NOT NULL`,
  )
  const untold = orders.filter(({ no, chat }) => !told.has(`${chat} ${spoken(no)}`))
  if (untold.length > 0) found.push(`delivered and its buyer was not told: ${named(untold.map(({ no }) => no))}`)
  const theirs = new Set(orders.map(({ no, chat }) => `${chat} ${spoken(no)}`))
  for (const [key, places] of shown) {
    const [place = ''] = places
    if (places.size > 1 || !theirs.has(place))
      found.push(`a key shown in ${[...places].join(' and ')}: ${key.slice(0, 14)}…`)
  }
  return found
}

const named = (items: readonly unknown[]): string =>
  items.slice(0, 5).join(', ') + (items.length > 5 ? ` and ${items.length - 5} more` : '')
