import pg from 'pg'
import { readRoots } from '../../../core/audit/anchor.ts'
import { readAuditPublicKey } from '../../../core/audit/key.ts'
import { verifyAudit } from '../../../core/audit/verify.ts'
import type { OrderState } from '../../../core/orders/states.ts'
import type { PaymentRule } from '../../../core/payments/model.ts'
import { buys } from '../../../core/payments/policy.ts'
import { type Connection, types } from '../../../core/platform/database/database.ts'
import { type Sql, sqlOn } from '../../../core/platform/database/sql.ts'
import { fingerprint } from '../../../core/vault/fingerprint.ts'
import { openKeyring } from '../../../core/vault/keyring.ts'
import { unsound } from '../../../test/core/sale/invariants.ts'
import type { Chats } from './chats.ts'
import { insist } from './insist.ts'
import type { World } from './truth.ts'
import { BANK, OWNER } from './world.ts'

/** One look into the shop's database, past the shop. */
export interface Window {
  readonly sql: Sql
  rows<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  close(): Promise<void>
}

export function openWindow(connection: Connection): Window {
  const pool = new pg.Pool({ ...connection, max: 2, types, options: '-c timezone=UTC' })
  pool.on('error', () => {})
  return {
    sql: sqlOn(pool),
    rows: async (text, values = []) => (await pool.query(text, [...values])).rows,
    close: () => pool.end(),
  }
}

export interface Checking {
  readonly world: World
  readonly chats: Chats
  readonly window: Window
  readonly dataDir: string
}

/** Everything that is wrong, in sentences. Only to be asked when all is quiet. */
export async function violations(checking: Checking): Promise<string[]> {
  const found: string[] = []
  for (const [what, rows] of Object.entries(await unsound(checking.window))) found.push(`${what}: ${named(rows)}`)
  found.push(...(await moneyProblems(checking)))
  found.push(...(await orderProblems(checking)))
  found.push(...(await keyProblems(checking)))
  found.push(...(await jobProblems(checking)))
  return found
}

interface PaymentRow {
  readonly id: bigint
  readonly reference: string
  readonly order_no: string
  readonly payer: string
  readonly amount: number
  readonly currency: string
  readonly outcome: string
  readonly rule: PaymentRule
  readonly state: OrderState | null
  readonly chat: string | null
  readonly price: number | null
  readonly excess: number
}

/** The bank's book and ours, charge by charge; and whoever paid knows where the money is. */
async function moneyProblems({ world: { bank, truth }, chats, window }: Checking): Promise<string[]> {
  const found = [...bank.problems]
  const rows = await window.rows<PaymentRow>(
    `SELECT p.id, p.reference, p.order_no, p.payer, p.amount, p.currency, p.outcome, p.rule, p.excess, o.state, o.chat,
       CASE p.currency WHEN 'XTR' THEN o.stars WHEN o.currency THEN o.total END AS price
     FROM payment p LEFT JOIN orders o ON o.id = p.order_id WHERE p.provider = $1`,
    [BANK],
  )
  const payments = new Map(rows.map((row) => [row.reference, row]))
  for (const { reference } of rows)
    if (!bank.charges.has(reference)) found.push(`a payment that nobody made: ${reference}`)
  for (const [reference, charge] of bank.charges) {
    const row = payments.get(reference)
    if (!row) {
      found.push(`a charge that the shop does not know: ${reference}`)
      continue
    }
    const say = (what: string) => found.push(`${reference} (${row.rule}, ${row.outcome}): ${what}`)
    if (row.order_no !== charge.orderNo || row.payer !== charge.payer) say('kept with another order or payer')
    if (row.amount !== charge.amount || row.currency !== charge.currency) say('kept with another amount')
    const isBack = bank.returned.has(reference)
    // Whose way back is closed has it in a wallet: see `unsound`.
    if (isBack !== (row.outcome === 'refunded')) say(`the bank ${isBack ? 'gave it back' : 'has it'}`)
    if (row.outcome === 'settled') {
      if (!(row.state === 'delivered' || row.state === 'held')) say(`kept for an order that is ${row.state}`)
      if (row.price !== row.amount - row.excess) say(`kept for an order that costs ${row.price}`)
    } else if (row.outcome !== 'refunded' && row.outcome !== 'credited') say('it has not ended')
    const settlement = truth.settlements.get(reference)
    if (settlement && (settlement.paymentId !== row.id || settlement.rule !== row.rule))
      say(`acknowledged as ${settlement.rule}`)
    const rule = truth.rules.get(reference)
    if (rule && row.rule !== rule) say(`it should be ${rule}`)
    // Of what bought an order its buyer is told with the order.
    if (buys(row.rule)) continue
    const chat = row.chat ?? (row.outcome === 'credited' ? row.payer : undefined)
    if (chat && !chats.told.has(`${chat} payment ${row.id}`)) say('the payer was not told')
    const alert = row.rule === 'given_back' ? 'given_back' : 'odd_payment'
    if (!chats.told.has(`${OWNER} ${alert} ${row.id}`)) say('staff were not told')
  }
  return found
}

/** What a buyer has to have been told of an order that is in this state. */
const NEWS: Partial<Record<OrderState, string>> = {
  delivered: 'delivered',
  held: 'delayed',
  refunded: 'refunded',
  expired: 'expired',
}

/** Orders that were acknowledged are there as they were placed, and their buyers know what became of them. */
async function orderProblems({ world: { truth }, chats, window }: Checking): Promise<string[]> {
  const found: string[] = []
  const rows = await window.rows<{
    no: string
    customer_id: number
    chat: string
    state: OrderState
    total: number
    lines: string
    was_cancelled: boolean
    from_wallet: boolean
  }>(
    `SELECT o.no, o.customer_id, o.chat, o.state, o.total,
       (SELECT string_agg(p.sku || ' ' || l.quantity, ', ' ORDER BY p.sku) FROM order_line l JOIN product p ON p.id = l.product_id WHERE l.order_id = o.id) AS lines,
       EXISTS (SELECT FROM audit_entry a WHERE a.subject = 'order:' || o.no AND a.action = 'order.cancelled') AS was_cancelled,
       EXISTS (SELECT FROM payment p WHERE p.order_id = o.id AND p.provider = 'wallet') AS from_wallet
     FROM orders o`,
  )
  const orders = new Map(rows.map((row) => [row.no, row]))
  for (const [no, { customerId, wanted, total }] of truth.orders) {
    const row = orders.get(no)
    const lines = wanted
      .map(({ sku, quantity }) => `${sku} ${quantity}`)
      .toSorted()
      .join(', ')
    if (!row) found.push(`an acknowledged order is gone: ${no}`)
    else if (row.customer_id !== customerId || row.total !== total || row.lines !== lines)
      found.push(`an order is not as it was acknowledged: ${no}`)
    else if (truth.fromWallet.has(no) && !row.from_wallet) found.push(`an order paid from a wallet was not: ${no}`)
    else if (truth.cancelled.has(no) && !row.was_cancelled) found.push(`a cancelled order was not: ${no}`)
  }
  for (const { no, chat, state } of rows) {
    if (!truth.orders.has(no)) found.push(`an order that nobody was told of: ${no}`)
    const news = NEWS[state]
    if (news && !chats.told.has(`${chat} ${news} ${no}`))
      found.push(`the buyer of ${no} was not told that it is ${state}`)
  }
  return found
}

/** Keys whose import was acknowledged are there, no others are, and what staff took out of the trade stays out. */
async function keyProblems({ world, window, dataDir }: Checking): Promise<string[]> {
  const { truth } = world
  const found: string[] = []
  const { keyring } = openKeyring({ dataDir, createIfMissing: false })
  const rows = await window.rows<{ fingerprint: Buffer; kind: string | null }>(
    `SELECT k.fingerprint, m.kind FROM card_key k LEFT JOIN card_mark m ON m.card_id = k.id`,
  )
  const kinds = new Map(rows.map((row) => [row.fingerprint.toString('hex'), row.kind]))
  if (kinds.size !== truth.keys.size) found.push(`${kinds.size} keys of ${truth.keys.size} that were imported`)
  for (const code of truth.keys) {
    const kind = kinds.get(fingerprint(keyring, { code }).toString('hex'))
    if (kind === undefined) found.push(`an imported key is gone: ${code}`)
    const marked = truth.marked.get(code)
    // What was frozen may have been written off since.
    if (marked && kind !== marked && !(marked === 'frozen' && kind === 'void')) found.push(`${code} is not ${marked}`)
  }
  for (const code of truth.shown.keys())
    if (!truth.keys.has(code)) found.push(`a key was shown that nobody had imported`)
  const [counts] = await window.rows<Record<'all' | 'free' | 'reserved' | 'sold' | 'marked', number>>(
    `SELECT count(*)::int AS all, count(s.card_id)::int AS free, count(*) FILTER (WHERE m.card_id IS NULL AND o.state = 'awaiting_payment')::int AS reserved,
       count(*) FILTER (WHERE m.card_id IS NULL AND o.state <> 'awaiting_payment')::int AS sold, count(m.card_id)::int AS marked
     FROM card_key k LEFT JOIN stock s ON s.card_id = k.id LEFT JOIN card_mark m ON m.card_id = k.id LEFT JOIN order_unit u ON u.card_id = k.id
       LEFT JOIN order_line l ON l.id = u.line_id LEFT JOIN orders o ON o.id = l.order_id`,
  )
  if (counts && counts.all !== counts.free + counts.reserved + counts.sold + counts.marked)
    found.push(`keys do not add up: ${JSON.stringify(counts)}`)
  return found
}

/** A job that failed for good would be done by nobody. */
async function jobProblems({ window }: Checking): Promise<string[]> {
  const rows = await window.rows<{ task: string; last_error: string }>(
    `SELECT task_identifier AS task, last_error FROM graphile_worker.jobs WHERE attempts >= max_attempts`,
  )
  return rows.map(({ task, last_error }) => `the job ${task} failed for good: ${last_error}`)
}

/** Where the books differ by the shop's own comparison, of every day from `from` to today, both in ms since 1970. */
export async function differences({ world }: Checking, from: number): Promise<string[]> {
  const found: string[] = []
  const today = world.clock().toISOString().slice(0, 10)
  for (let at = from; ; at += 86_400_000) {
    const date = new Date(at).toISOString().slice(0, 10)
    if (date > today) return found
    const books = await insist(world, (shop) => shop.ask('compare', date))
    for (const { kind, subject, expected, actual } of books.differences)
      found.push(`the books of ${date}: ${kind} ${subject}, ${expected} expected, ${actual} found`)
    for (const name of books.unasked) found.push(`the books of ${date}: ${name} could not be asked`)
  }
}

/** What the audit log says of itself, from its first row to its last. */
export async function auditProblems({ world, window, dataDir }: Checking): Promise<string[]> {
  const key = readAuditPublicKey(dataDir)
  const { roots, unreadable } = readRoots(dataDir)
  const known = { now: world.clock(), keys: key === undefined ? [] : [key], roots, hashes: [] }
  const { findings, rows, seals } = await verifyAudit(window.sql, known)
  const found = findings.map((finding) => `the audit log: ${JSON.stringify(finding)}`)
  if (unreadable.length > 0) found.push(`posted roots that cannot be read: ${unreadable}`)
  if (rows > 0 && seals === 0) found.push('the audit log has no seal')
  return found
}

const named = (rows: unknown): string => {
  const text = JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
  return text.length > 600 ? `${text.slice(0, 600)} …` : text
}
