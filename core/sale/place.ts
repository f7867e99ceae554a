import type { Order, Refusal } from '../orders/model.ts'
import { type Quote, quote } from '../orders/policy.ts'
import { levelOf, quotaProblem, type TrustLevel } from '../orders/quota.ts'
import type { Database } from '../platform/database/database.ts'
import type { Sql } from '../platform/database/sql.ts'
import { KeytillError } from '../platform/errors.ts'
import type { Facts, Judgement } from '../risk/model.ts'
import { isChallenge } from '../risk/policy.ts'
import { addRefusal, type FactsRow, type Judging, judged, link } from '../risk/service.ts'
import { END, type Hints } from './hint.ts'
import { tracesOf } from './identities.ts'
import {
  AWAIT_STANDINGS,
  BY_IDEMPOTENCY_KEY,
  CLAIMED,
  OPEN_ORDERS,
  PICK,
  PICK_WAITING,
  PLACE_IDS,
  PRODUCTS,
} from './place-statements.ts'
import {
  atHand,
  factsOf,
  type Key,
  offersOf,
  orderOf,
  type PickedRow,
  type PlaceRequest,
  type ProductRow,
  picking,
  type StandingRow,
  standingOf,
  write,
} from './placing.ts'
import { available } from './stock.ts'

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

/** What came of it: a new order, the number of the one this key of idempotency had made before, or why not. */
export type Placed =
  | { readonly order: Order; readonly no?: never; readonly refused?: never }
  | { readonly no: string; readonly order?: never; readonly refused?: never }
  | { readonly refused: Refusal; readonly order?: never; readonly no?: never }

/**
 * The careful form of placing an order: by itself, with every question asked, waiting for what is in other hands. Reserves
 * the order's keys, or refuses it and changes nothing. The same idempotency key again gives the order it gave before.
 */
export function place(
  db: Database,
  hints: Hints,
  levels: readonly TrustLevel[],
  judging: Judging,
  request: PlaceRequest,
): Promise<Placed> {
  return attempt(db, { hints, levels, judging, request, isWaiting: false }, LOOKS)
}

interface Attempt {
  readonly hints: Hints
  readonly levels: readonly TrustLevel[]
  readonly judging: Judging
  readonly request: PlaceRequest
  /** whether keys in other hands are waited for, all through the queue, or passed over */
  readonly isWaiting: boolean
}

/** First without waiting for anyone; who then finds keys in the hands of others waits for them. */
async function attempt(db: Database, how: Attempt, looks: number): Promise<Placed> {
  try {
    const { answer, keys } = await db.transaction((sql) => placeIn(sql, how))
    for (const [productId, picked] of keys) if (!how.isWaiting) how.hints.taken(productId, picked.at(-1) as Key)
    return answer
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    if (error.mayChange && looks > 0) return attempt(db, { ...how, isWaiting: true }, looks - 1)
    return { refused: error.refusal }
  }
}

type Picked = ReadonlyMap<number, readonly Key[]>

async function placeIn(sql: Sql, how: Attempt): Promise<{ answer: Placed; keys: Picked }> {
  const { placing, terms } = how.request
  const [row] = await sql.rows<StandingRow>(AWAIT_STANDINGS, [[placing.customerId]])
  // They have just become one with another customer, in whose name it has to be asked again.
  if (!row) throw new KeytillError('customer.moved', 'This customer was linked with another one at this moment.')
  const [known] = await sql.rows<{ no: string }>(BY_IDEMPOTENCY_KEY, [placing.idempotencyKey, placing.customerId])
  if (known) return { answer: { no: known.no }, keys: new Map() }

  const products = await sql.rows<ProductRow>(PRODUCTS, [placing.wanted.map(({ sku }) => sku)])
  const quoted = quote(placing.wanted, offersOf(products, placing, terms))
  if (quoted.refused) throw new Refused(quoted.refused)
  if (quoted.quote.total !== placing.expectedTotal) throw new Refused({ reason: 'price_changed' })
  const { facts, refusal } = await judgeIn(sql, how, quoted.quote)
  if (refusal) return { answer: { refused: refusal }, keys: new Map() }
  await withinOrders(sql, how, row)
  const picked = await pick(sql, how, quoted.quote)
  // Only now: that there is too little is told as such, not as a share of it.
  await withinUnits(sql, how, row, quoted.quote)
  const keys = quoted.quote.lines.map(({ offer }) => picked.get(offer.productId) ?? [])
  const [ids] = await sql.rows<{ orders: string; lines: string }>(PLACE_IDS, [1, keys.length])
  if (!ids) throw new Error('a statement without a condition gave no row')
  // What its buyer is known by is remembered already, and whom it joins them to.
  const placeable = { request: how.request, quote: quoted.quote, keys, facts, traits: [] }
  const order = orderOf(placeable, BigInt(ids.orders), ids.lines.split(','))
  await sql.rows(...write([placeable], [order], how.judging.rules))
  return { answer: { order }, keys: picked }
}

/** What the rules say of the order, under the locks of all it is known by. A refusal is kept with its reasons: there will be no order. */
async function judgeIn(
  sql: Sql,
  { judging, request }: Attempt,
  quoted: Quote,
): Promise<{ readonly facts: Facts; readonly refusal?: Refusal }> {
  const { placing, terms, origin } = request
  await link(sql, placing.customerId, tracesOf(origin), terms.now)
  const [row] = await sql.rows<FactsRow>(judging.statement, factsOf([request]))
  if (!row) throw new Error('a statement without a condition gave no row')
  const { facts, judgement } = judged(judging, row, atHand(placing, quoted))
  const refusal = refusalOf(judgement)
  if (!refusal) return { facts }
  const { customerId, channel, wanted, idempotencyKey: key } = placing
  await addRefusal(sql, { key, customerId, channel, wanted }, judgement, { judged: judging.rules, facts }, terms.now)
  return { facts, refusal }
}

function refusalOf({ verdict, reasons }: Judgement): Refusal | undefined {
  if (verdict === undefined) return undefined
  if (isChallenge(verdict)) return { reason: 'challenge', challenge: verdict }
  return { reason: 'denied', rules: reasons.filter((reason) => reason.verdict === verdict).map(({ rule }) => rule) }
}

/** @throws Refused when the buyer has as many unpaid orders as they may have */
async function withinOrders(sql: Sql, { levels, request }: Attempt, row: StandingRow): Promise<void> {
  const level = levelOf(standingOf(row), levels)
  if (!level || row.open_orders < level.openOrders) return
  const [oldest] = await sql.rows<{ no: string }>(OPEN_ORDERS, [request.placing.customerId])
  if (oldest) throw new Refused({ reason: 'too_many_open', limit: level.openOrders, no: oldest.no })
}

/** @throws Refused when the buyer would keep too much from others. The keys at hand still count as free. */
async function withinUnits(sql: Sql, { levels, request }: Attempt, row: StandingRow, { lines }: Quote): Promise<void> {
  const level = levelOf(standingOf(row), levels)
  if (!level) return
  const rows = await sql.rows<{ id: number; open: number; available: number }>(CLAIMED, [
    request.placing.customerId,
    lines.map(({ offer }) => offer.productId),
    epoch(request.terms.now),
    // No share of more than this is ever asked about.
    Math.ceil((level.productUnits * 100) / Math.max(1, level.stockPercent)),
  ])
  const claimed = lines.map(({ offer: { productId, sku, name }, quantity }) => {
    const { open = 0, available = 0 } = rows.find(({ id }) => id === productId) ?? {}
    return { sku, name, quantity, open, available }
  })
  const problem = quotaProblem(level, standingOf(row), claimed)
  if (problem) throw new Refused(problem)
}

async function pick(sql: Sql, { hints, request, isWaiting }: Attempt, { lines }: Quote): Promise<Picked> {
  const now = epoch(request.terms.now)
  const units = new Map(lines.map(({ offer, quantity }) => [offer.productId, quantity]))
  const whole = [{ after: { rank: BigInt(now), card: END.card }, upTo: END }]
  const look = (productId: number) => (isWaiting ? whole : hints.stretches(productId, now))
  const rows = await sql.rows<PickedRow>(isWaiting ? PICK_WAITING : PICK, picking(units, look))
  const picked = new Map<number, Key[]>(lines.map(({ offer }) => [offer.productId, []]))
  for (const { product_id, rank, card_id, cost } of rows)
    picked.get(product_id)?.push({ rank: BigInt(rank), card: BigInt(card_id), cost })
  for (const { offer, quantity } of lines) {
    if ((picked.get(offer.productId)?.length ?? 0) >= quantity) continue
    const left = await available(sql, offer.productId, quantity, request.terms.now)
    const refusal: Refusal = { reason: 'sold_out', sku: offer.sku, name: offer.name, available: left }
    throw new Refused(refusal, left >= quantity)
  }
  return picked
}

const epoch = (at: Date): number => Math.floor(at.getTime() / 1000)
