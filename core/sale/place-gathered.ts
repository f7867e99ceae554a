import type { Order, Placing } from '../orders/model.ts'
import { quote } from '../orders/policy.ts'
import { isSurelyWithin, levelOf, type TrustLevel } from '../orders/quota.ts'
import type { Lanes } from '../platform/database/lanes.ts'
import { type Judging, judged, type FactsRow as RiskRow } from '../risk/service.ts'
import type { Hints } from './hint.ts'
import { type LockRow, Locks, tracesOf } from './identities.ts'
import { READ_PLACING } from './place-statements.ts'
import {
  atHand,
  factsOf,
  type Key,
  offersOf,
  orderOf,
  type PickedRow,
  type Placeable,
  type PlaceRequest,
  type ProductRow,
  picking,
  type StandingRow,
  standingOf,
  unitsOf,
  write,
} from './placing.ts'

/** What a process remembers from batch to batch; all of it may be forgotten. */
export interface PlaceMemory {
  readonly hints: Hints
  /** products by SKU: neither ever changes */
  readonly productIds: Map<string, number>
}

/** An order of a batch that can be made. */
interface Plain extends Placeable {
  readonly index: number
}

/** What the database said about a batch. */
interface FactsRow {
  readonly standings: readonly StandingRow[]
  readonly products: readonly ProductRow[]
  readonly picked: readonly PickedRow[]
  readonly known: readonly string[]
  /** the locks of each order, and those that were free */
  readonly locks: readonly LockRow[]
  readonly got: readonly number[]
  /** ids by commas */
  readonly orders: string
  readonly lines: string
}

/**
 * Places many orders in two round trips, at most one of each buyer. What is not plain is left out, not refused: a key of
 * idempotency that is known, a quota or an offer that has to be looked at, a rule that strikes, keys that are not there or in other
 * hands. For those the answer is undefined, and `place` decides about each by itself.
 */
export async function placeMany(
  lanes: Lanes,
  memory: PlaceMemory,
  levels: readonly TrustLevel[],
  judging: Judging,
  batch: readonly PlaceRequest[],
): Promise<readonly (Order | undefined)[]> {
  const { hints, productIds } = memory
  const now = Math.floor(Math.min(...batch.map(({ terms }) => terms.now.getTime())) / 1000)
  let picked: Shelf | undefined
  try {
    return await lanes.transaction(async (lane) => {
      const wanted = batch.flatMap(({ placing }) => placing.wanted)
      const [[facts], risks] = (await lane.together(
        [
          READ_PLACING,
          [
            batch.map(({ placing }) => placing.customerId),
            [...new Set(wanted.map(({ sku }) => sku))],
            batch.map(({ placing }) => placing.idempotencyKey),
            batch.length,
            wanted.length,
            ...picks(wanted, memory, now),
            batch.map(({ origin }) => origin.ip ?? null),
            batch.map(({ origin }) => origin.device ?? null),
          ],
        ],
        // Not in one statement with the locks: what others committed before they were had must be seen.
        [judging.statement, factsOf(batch)],
      )) as [[FactsRow], RiskRow[]]
      for (const { sku, id } of facts.products) productIds.set(sku, id)
      picked = shelve(facts.picked, hints)
      const plain = choose(batch, { facts, risks }, levels, judging, picked)
      const [ids, lineIds] = [facts.orders.split(','), facts.lines.split(',')]
      const orders = plain.map((one, n) => orderOf(one, BigInt(ids[n] as string), lineIds))
      const result: (Order | undefined)[] = batch.map(() => undefined)
      for (const [n, order] of orders.entries()) result[(plain[n] as Plain).index] = order
      return { last: orders.length > 0 ? [write(plain, orders, judging.rules)] : [], result }
    })
  } catch (error) {
    for (const [productId, { all }] of picked ?? []) for (const key of all) hints.returned(productId, key, key)
    throw error
  } finally {
    for (const [productId, { left }] of picked ?? []) for (const key of left) hints.returned(productId, key, key)
  }
}

/** Keys that this transaction has locked, by product: all of them, and those that no order has been given. */
type Shelf = ReadonlyMap<number, { readonly all: readonly Key[]; readonly left: Key[] }>

/** A product that is not known yet is not picked: its order goes the other way, and from then on it is known. */
function picks(wanted: Placing['wanted'], { hints, productIds }: PlaceMemory, now: number): readonly unknown[] {
  const units = new Map<number, number>()
  for (const { sku, quantity } of wanted) {
    const id = productIds.get(sku)
    if (id !== undefined && quantity > 0) units.set(id, (units.get(id) ?? 0) + quantity)
  }
  return picking(units, (id) => hints.stretches(id, now))
}

/** From here on this process looks behind these keys; those that are not used are given back to the hints. */
function shelve(rows: readonly PickedRow[], hints: Hints): Shelf {
  const shelf = new Map<number, { all: Key[]; left: Key[] }>()
  for (const row of rows) {
    const { product_id, cost } = row
    const [rank, card] = [BigInt(row.rank), BigInt(row.card_id)]
    const own = shelf.get(product_id) ?? { all: [], left: [] }
    shelf.set(product_id, own)
    own.all.push({ rank, card, cost })
    own.left.push({ rank, card, cost })
  }
  for (const [productId, { all }] of shelf) hints.taken(productId, all.at(-1) as Key)
  return shelf
}

/** The orders that are plain, each with its keys, first come first served. Takes the keys from the shelf. */
function choose(
  batch: readonly PlaceRequest[],
  { facts, risks }: { readonly facts: FactsRow; readonly risks: readonly RiskRow[] },
  levels: readonly TrustLevel[],
  judging: Judging,
  shelf: Shelf,
): Plain[] {
  const risk = new Map(risks.map((row) => [row.n, row]))
  const locks = new Locks(facts.locks, facts.got)
  const known = new Set(facts.known)
  const standings = new Map(facts.standings.map((row) => [row.customer_id, row]))
  const chosen: Plain[] = []
  for (const [index, request] of batch.entries()) {
    const { placing, terms } = request
    const row = standings.get(placing.customerId)
    if (!row || known.has(placing.idempotencyKey)) continue
    const { quote: quoted } = quote(placing.wanted, offersOf(facts.products, placing, terms))
    if (quoted?.total !== placing.expectedTotal) continue
    const standing = standingOf(row)
    const level = levelOf(standing, levels)
    if (!level || !isSurelyWithin(level, standing, unitsOf(quoted))) continue
    const seen = risk.get(index + 1)
    if (!seen || seen.joins || !locks.take(index + 1, seen.group_key)) continue
    const { judgement, facts: observed } = judged(judging, seen, atHand(placing, quoted))
    if (judgement.verdict !== undefined) continue
    if (!quoted.lines.every(({ offer, quantity }) => (shelf.get(offer.productId)?.left.length ?? 0) >= quantity))
      continue
    const keys = quoted.lines.map(({ offer, quantity }) => shelf.get(offer.productId)?.left.splice(0, quantity) ?? [])
    const traits = tracesOf(request.origin).filter(({ kind }) => (kind === 'ip' ? seen.new_ip : seen.new_device))
    chosen.push({ index, request, quote: quoted, keys, facts: observed, traits })
  }
  return chosen
}
