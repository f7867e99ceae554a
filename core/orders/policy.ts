import { MOST_MONEY } from '../platform/money.ts'
import type { Refusal, Wanted } from './model.ts'

export interface Offer {
  readonly productId: number
  readonly sku: string
  readonly name: string
  readonly price: number
  readonly stars: number | undefined
  readonly onShelf: boolean
  readonly demo: boolean
  readonly limit: number
}

export interface Quote {
  readonly lines: readonly { readonly offer: Offer; readonly quantity: number }[]
  /** minor units */
  readonly total: number
  readonly stars: number | undefined
  readonly demo: boolean
}

/** What the wanted goods cost now, or why they are not sold as wanted. */
export function quote(
  wanted: readonly Wanted[],
  offers: ReadonlyMap<string, Offer>,
): { readonly quote: Quote; readonly refused?: never } | { readonly refused: Refusal; readonly quote?: never } {
  if (wanted.length === 0) return { refused: { reason: 'empty' } }
  const lines: { offer: Offer; quantity: number }[] = []
  for (const [sku, quantity] of merged(wanted)) {
    const offer = offers.get(sku)
    if (!offer) return { refused: { reason: 'unknown_product', sku } }
    if (!offer.onShelf) return { refused: { reason: 'off_shelf', sku } }
    if (!(Number.isInteger(quantity) && quantity >= 1 && quantity <= offer.limit))
      return { refused: { reason: 'over_limit', sku, name: offer.name, limit: offer.limit } }
    lines.push({ offer, quantity })
  }
  const total = lines.reduce((sum, { offer, quantity }) => sum + offer.price * quantity, 0)
  if (total > MOST_MONEY) return { refused: { reason: 'too_expensive' } }
  // A demo order may be paid with pretend money: it must not carry one real key.
  const demo = lines.some(({ offer }) => offer.demo)
  if (demo && !lines.every(({ offer }) => offer.demo)) return { refused: { reason: 'mixed_demo' } }
  const stars = lines.every(({ offer }) => offer.stars !== undefined)
    ? lines.reduce((sum, { offer, quantity }) => sum + (offer.stars ?? 0) * quantity, 0)
    : undefined
  return { quote: { lines, total, stars, demo } }
}

/** A product named twice is one line: its limit is for the whole order. */
function merged(wanted: readonly Wanted[]): Map<string, number> {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of wanted) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return quantities
}
