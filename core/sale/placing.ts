import { isForSale } from '../catalog/policy.ts'
import type { Order, Placing } from '../orders/model.ts'
import type { Offer, Quote } from '../orders/policy.ts'
import type { Standing } from '../orders/quota.ts'
import type { Step } from '../platform/database/lanes.ts'
import { newOrderNo } from '../platform/ids.ts'
import type { Facts, Origin, Rule } from '../risk/model.ts'
import { type AtHand, type Trait, versionsText } from '../risk/service.ts'
import { LAST_TOUCH } from '../sources/policy.ts'
import { NEVER, type Place, type Stretch } from './hint.ts'
import { WRITE_PLACED } from './place-statements.ts'

export interface PlaceTerms {
  readonly currency: string
  readonly now: Date
  readonly reservedUntil: Date
  /** demo products may be bought, with pretend money */
  readonly demo: boolean
}

/** Someone wants to order something. */
export interface PlaceRequest {
  readonly placing: Placing
  readonly terms: PlaceTerms
  readonly origin: Origin
}

/** A key that this transaction has locked. */
export interface Key extends Place {
  readonly cost: number | null
}

/** An order that can be made, with the keys of each of its lines. */
export interface Placeable {
  readonly request: PlaceRequest
  readonly quote: Quote
  readonly keys: readonly (readonly Key[])[]
  /** what the rules let it be placed on */
  readonly facts: Facts
  /** what its buyer is known by for the first time, and is alone with */
  readonly traits: readonly Trait[]
}

export interface ProductRow {
  id: number
  sku: string
  price: number
  currency: string
  stars: number | null
  on_shelf: boolean
  demo: boolean
  limit: number
  names: Readonly<Record<string, string | null>> | null
}

export interface StandingRow {
  customer_id: number
  open_orders: number
  open_units: number
  paid: number
  expired: number
  trust: string | null
}

export const standingOf = (row: StandingRow): Standing => ({
  openOrders: row.open_orders,
  openUnits: row.open_units,
  paid: row.paid,
  expired: row.expired,
  trust: row.trust ?? undefined,
})

/** A picked key, as its statement gives it: as text where it comes as JSON. */
export interface PickedRow {
  product_id: number
  rank: bigint | string
  card_id: bigint | string
  cost: number | null
}

/** Keys that an order is to have. */
export const unitsOf = ({ lines }: Quote): number => lines.reduce((sum, { quantity }) => sum + quantity, 0)

/** An order as the rules look at it. */
export const atHand = ({ channel }: Placing, quoted: Quote): AtHand => ({
  units: unitsOf(quoted),
  total: quoted.total,
  channel,
})

/** The values of the statement that asks the facts of orders to be placed. */
export const factsOf = (requests: readonly PlaceRequest[]): readonly unknown[] => [
  requests.map(({ placing }) => placing.customerId),
  requests.map(({ origin }) => origin.ip ?? null),
  requests.map(({ origin }) => origin.device ?? null),
  requests.map(({ placing }) => placing.wanted.map(({ sku }) => sku).join(',')),
  requests.map(({ terms }) => terms.now),
  // What is not so is refused before it is judged.
  requests.map(({ placing }) => placing.wanted.reduce((sum, { quantity }) => sum + quantity, 0)),
  requests.map(({ placing }) => placing.expectedTotal),
]

/** What these products cost this buyer now, by SKU. */
export function offersOf(
  rows: readonly ProductRow[],
  { language }: Placing,
  { currency, demo }: PlaceTerms,
): Map<string, Offer> {
  return new Map(
    rows
      .filter((row) => row.currency === currency)
      .map((row) => [
        row.sku,
        {
          productId: row.id,
          sku: row.sku,
          name: row.names?.[language] || (row.names?.[''] ?? row.sku),
          price: row.price,
          stars: row.stars ?? undefined,
          onShelf: isForSale({ onShelf: row.on_shelf, demo: row.demo }, demo),
          demo: row.demo,
          limit: row.limit,
        },
      ]),
  )
}

/** The order as it will be, with ids of its own. Takes the ids of its lines. */
export function orderOf(
  { request: { placing, terms }, quote: { lines, total, stars, demo } }: Placeable,
  id: bigint,
  ids: string[],
): Order {
  const { customerId, channel, chat } = placing
  return {
    id,
    no: newOrderNo(),
    customerId,
    channel,
    chat,
    state: 'awaiting_payment',
    currency: terms.currency,
    total,
    stars,
    demo,
    lines: lines.map(({ offer: { sku, name, price, stars }, quantity }) => ({
      id: BigInt(ids.shift() as string),
      sku,
      name,
      quantity,
      unitPrice: price,
      unitStars: stars,
    })),
    placedAt: terms.now,
    reservedUntil: terms.reservedUntil,
    paidAt: undefined,
    deliveredAt: undefined,
    promisedAt: undefined,
    holdReasons: [],
    reveals: [],
    paid: undefined,
  }
}

/**
 * The statement that writes these orders, reserves their keys, counts them for their buyers, keeps what the rules decided on, and
 * tells the audit log.
 */
export function write(placed: readonly Placeable[], orders: readonly Order[], rules: readonly Rule[]): Step {
  const made = placed.map((one, n) => ({ ...one, ...one.request, order: orders[n] as Order }))
  const lines = made.flatMap(({ order, quote: quoted, keys }) =>
    quoted.lines.map(({ offer, quantity }, at) => ({
      order,
      offer,
      quantity,
      at,
      id: order.lines[at]?.id,
      keys: keys[at] ?? [],
    })),
  )
  const units = lines.flatMap(({ id, offer, keys }) =>
    keys.map((key, at) => ({ id, key, at, productId: offer.productId })),
  )
  const traits = made.flatMap(({ traits: own, order }) => own.map((trait) => ({ ...trait, order })))
  const costs = made.map(({ keys }) => keys.flat().map(({ cost }) => cost))
  const ranks = made.map(({ keys }) => keys.flat().reduce((least, { rank }) => (rank < least ? rank : least), NEVER))
  return [
    WRITE_PLACED,
    [
      made.map(({ order }) => order.id),
      made.map(({ order }) => order.no),
      made.map(({ order }) => order.customerId),
      made.map(({ order }) => order.channel),
      made.map(({ order }) => order.chat),
      made.map(({ placing }) => placing.language),
      made.map(({ order }) => order.total),
      made.map(({ order }) => order.stars ?? null),
      made.map(({ order }) => order.demo),
      made.map(({ placing }) => placing.idempotencyKey),
      made.map(({ order }) => order.placedAt),
      made.map(({ order }) => order.reservedUntil),
      made.map(({ quote: quoted }) => unitsOf(quoted)),
      costs.map((all) => (all.includes(null) ? null : all.reduce<number>((sum, cost) => sum + (cost ?? 0), 0))),
      ranks.map((rank) => (rank === NEVER ? null : new Date(Number(rank) * 1000))),
      made[0]?.terms.currency,
      lines.map(({ id }) => id),
      lines.map(({ order }) => order.id),
      lines.map(({ at }) => at + 1),
      lines.map(({ offer }) => offer.productId),
      lines.map(({ offer }) => offer.name),
      lines.map(({ quantity }) => quantity),
      lines.map(({ offer }) => offer.price),
      lines.map(({ offer }) => offer.stars ?? null),
      units.map(({ id }) => id),
      units.map(({ at }) => at + 1),
      units.map(({ key }) => key.card),
      units.map(({ productId }) => productId),
      units.map(({ key }) => key.rank),
      made.map(({ placing }) => placing.pseudonym),
      made.map(({ order }) => `order:${order.no}`),
      made.map(({ order, quote: quoted }) => JSON.stringify(placedData(quoted, order.currency))),
      made.map(({ origin }) => origin.ip ?? null),
      made.map(({ origin }) => origin.device ?? null),
      // Without a rule nothing was decided.
      rules.length > 0 ? made.map(({ order }) => order.id) : [],
      made.map(({ facts }) => JSON.stringify(facts)),
      versionsText(rules),
      traits.map(({ kind }) => kind),
      traits.map(({ hash }) => hash),
      traits.map(({ order }) => order.customerId),
      traits.map(({ order }) => order.placedAt),
      LAST_TOUCH,
    ],
  ]
}

/** What the audit log is told of a placed order. */
function placedData({ total, lines }: Quote, currency: string): Readonly<Record<string, unknown>> {
  const items = lines.map(({ offer, quantity }) => ({ sku: offer.sku, quantity, price: offer.price }))
  return { total, currency, items }
}

/** The values of a statement that picks so many keys of each product, looking in these stretches of its queue. */
export function picking(
  units: ReadonlyMap<number, number>,
  look: (productId: number) => readonly Stretch[],
): readonly unknown[] {
  // In one order for everyone: two who wait for keys never wait for each other.
  const products = [...units].toSorted(([a], [b]) => a - b)
  const stretches = products.flatMap(([id]) => look(id).map((stretch) => ({ id, ...stretch })))
  return [
    products.map(([id]) => id),
    products.map(([, quantity]) => quantity),
    stretches.map(({ id }) => id),
    stretches.map(({ after }) => after.rank),
    stretches.map(({ after }) => after.card),
    stretches.map(({ upTo }) => upTo.rank),
    stretches.map(({ upTo }) => upTo.card),
  ]
}
