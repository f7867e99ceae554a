import { recordAudit } from '../audit/service.ts'
import { isForSale } from '../catalog/policy.ts'
import type { Placing, Refusal } from '../orders/model.ts'
import { MOST_OPEN_ORDERS, type Offer, type Quote, quote } from '../orders/policy.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { newOrderNo } from '../platform/ids.ts'
import { BY_IDEMPOTENCY_KEY, INSERT_LINE, INSERT_ORDER, LOCK_BUYER, OFFERS, OPEN_ORDERS } from './statements.ts'
import { available, type Patience, take } from './stock.ts'

/** Carries a refusal out of the transaction, so that nothing of it stays. */
class Refused extends Error {
  readonly refusal: Refusal
  /** there were enough keys, but others took them at this moment: they may give them back, or others may come back */
  readonly mayChange: boolean
  constructor(refusal: Refusal, mayChange = false) {
    super(refusal.reason)
    this.refusal = refusal
    this.mayChange = mayChange
  }
}

/** How often to look again for keys that are there and taken by others at this moment. */
const LOOKS = 2

export interface PlaceTerms {
  readonly currency: string
  readonly now: Date
  readonly reservedUntil: Date
  /** demo products may be bought, with pretend money */
  readonly demo: boolean
}

/**
 * Places an order and reserves its keys, or refuses it and changes nothing. The same idempotency key again gives the
 * order it gave before. Returns the order's number.
 */
export function place(
  db: Database,
  placing: Placing,
  terms: PlaceTerms,
): Promise<{ readonly no: string } | { readonly refused: Refusal }> {
  return attempt(db, placing, terms, 'pass', LOOKS)
}

/** First without waiting for anyone; who then finds keys in the hands of others waits for them. */
async function attempt(
  db: Database,
  placing: Placing,
  terms: PlaceTerms,
  patience: Patience,
  looks: number,
): Promise<{ readonly no: string } | { readonly refused: Refusal }> {
  try {
    return await db.transaction((sql) => placeIn(sql, placing, terms, patience))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.mayChange && looks > 0) return attempt(db, placing, terms, 'wait', looks - 1)
    return { refused: error.refusal }
  }
}

async function placeIn(
  sql: Sql,
  placing: Placing,
  { currency, now, reservedUntil, demo }: PlaceTerms,
  patience: Patience,
): Promise<{ no: string }> {
  await sql.rows(LOCK_BUYER, [placing.customerId])
  const [known] = await sql.rows<{ no: string }>(BY_IDEMPOTENCY_KEY, [placing.idempotencyKey, placing.customerId])
  if (known) return { no: known.no }

  const open = await sql.rows<{ no: string }>(OPEN_ORDERS, [placing.customerId])
  const oldest = open[0]
  if (oldest && open.length >= MOST_OPEN_ORDERS)
    throw new Refused({ reason: 'too_many_open', limit: MOST_OPEN_ORDERS, no: oldest.no })

  const quoted = quote(placing.wanted, await offers(sql, placing, currency, demo))
  if (quoted.refused) throw new Refused(quoted.refused)
  if (quoted.quote.total !== placing.expectedTotal) throw new Refused({ reason: 'price_changed' })

  const { id, no } = await insertOrder(sql, placing, quoted.quote, currency, now, reservedUntil)
  const taking: { id: bigint; offer: Offer; quantity: number }[] = []
  for (const [position, { offer, quantity }] of quoted.quote.lines.entries()) {
    const values = [id, position + 1, offer.productId, offer.name, quantity, offer.price, offer.stars ?? null]
    const [line] = await sql.rows<{ id: bigint }>(INSERT_LINE, values)
    taking.push({ id: (line as { id: bigint }).id, offer, quantity })
  }
  for (const { id: lineId, offer, quantity } of taking.sort((a, b) => a.offer.productId - b.offer.productId)) {
    const line = { id: lineId, productId: offer.productId, wanted: quantity, last: 0 }
    const taken = await take(sql, line, now, patience)
    if (taken < quantity) {
      const left = taken + (await available(sql, offer.productId, quantity, now))
      throw new Refused({ reason: 'sold_out', sku: offer.sku, name: offer.name, available: left }, left >= quantity)
    }
  }
  const items = quoted.quote.lines.map(({ offer, quantity }) => ({ sku: offer.sku, quantity, price: offer.price }))
  await recordAudit(sql, now, {
    actor: placing.pseudonym,
    action: 'order.placed',
    subject: `order:${no}`,
    data: { total: quoted.quote.total, currency, items },
  })
  return { no }
}

async function offers(sql: Sql, placing: Placing, currency: string, demo: boolean): Promise<Map<string, Offer>> {
  interface Row {
    id: number
    sku: string
    name: string
    price: number
    currency: string
    stars: number | null
    on_shelf: boolean
    demo: boolean
    limit: number
  }
  const rows = await sql.rows<Row>(OFFERS, [placing.wanted.map((w) => w.sku), placing.language])
  return new Map(
    rows
      .filter((row) => row.currency === currency)
      .map((row) => [
        row.sku,
        {
          productId: row.id,
          sku: row.sku,
          name: row.name,
          price: row.price,
          stars: row.stars ?? undefined,
          onShelf: isForSale({ onShelf: row.on_shelf, demo: row.demo }, demo),
          demo: row.demo,
          limit: row.limit,
        },
      ]),
  )
}

async function insertOrder(
  sql: Sql,
  placing: Placing,
  { total, stars, demo }: Quote,
  currency: string,
  now: Date,
  reservedUntil: Date,
): Promise<{ id: bigint; no: string }> {
  for (;;) {
    const no = newOrderNo()
    const { customerId, channel, chat, language, idempotencyKey } = placing
    const [row] = await sql.rows<{ id: bigint }>(INSERT_ORDER, [
      no,
      customerId,
      channel,
      chat,
      language,
      currency,
      total,
      stars ?? null,
      demo,
      idempotencyKey,
      now,
      reservedUntil,
    ])
    // Only the number can have been taken: one in a billion, so another. A key of idempotency that another buyer used throws.
    if (row) return { id: row.id, no }
  }
}
