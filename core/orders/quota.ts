import type { Refusal } from './model.ts'

/** What buyers of one level of trust may keep from others without paying. Data: staff change it. */
export interface TrustLevel {
  readonly name: string
  readonly rank: number
  /** the figures that lead to it: at least so many orders paid for, at most so many reservations run out since the last of them */
  readonly minPaid: number
  readonly maxExpired: number
  /** unpaid orders at once, units in them, and units of one product */
  readonly openOrders: number
  readonly openUnits: number
  readonly productUnits: number
  /** beyond `alwaysUnits`, at most this share of what there is of a product */
  readonly stockPercent: number
  readonly alwaysUnits: number
}

/** A buyer's figures, kept by the sale. */
export interface Standing {
  readonly openOrders: number
  readonly openUnits: number
  readonly paid: number
  readonly expired: number
  /** staff's word, which goes before the figures */
  readonly trust: string | undefined
}

/** The highest level whose figures a buyer meets, or the one that staff gave them; whoever meets none stands on the lowest. */
export function levelOf(standing: Standing, levels: readonly TrustLevel[]): TrustLevel | undefined {
  const set = levels.find((level) => level.name === standing.trust)
  if (set) return set
  const byRank = levels.toSorted((a, b) => a.rank - b.rank)
  return byRank.findLast((level) => standing.paid >= level.minPaid && standing.expired <= level.maxExpired) ?? byRank[0]
}

/** Whether so many more units are within a buyer's quota whatever products they are of, and whatever there is of them. */
export function isSurelyWithin(level: TrustLevel, standing: Standing, units: number): boolean {
  const most = Math.min(level.openUnits, level.productUnits, level.alwaysUnits)
  return standing.openOrders < level.openOrders && standing.openUnits + units <= most
}

/** One product of an order, and how it stands with it. */
export interface Claimed {
  readonly sku: string
  readonly name: string
  readonly quantity: number
  /** units of it in this buyer's unpaid orders */
  readonly open: number
  /** keys of it that nobody has reserved */
  readonly available: number
}

/** Why a buyer may not keep this much without paying; undefined when they may. */
export function quotaProblem(
  level: TrustLevel,
  standing: Standing,
  claimed: readonly Claimed[],
): Extract<Refusal, { reason: 'over_quota' }> | undefined {
  const units = claimed.reduce((sum, { quantity }) => sum + quantity, 0)
  const left = level.openUnits - standing.openUnits
  if (units > left) return { reason: 'over_quota', left: Math.max(0, left), open: standing.openUnits }
  for (const { sku, name, quantity, open, available } of claimed) {
    const share = Math.floor(((available + open) * level.stockPercent) / 100)
    const most = Math.min(level.productUnits, Math.max(level.alwaysUnits, share))
    if (open + quantity > most) return { reason: 'over_quota', sku, name, left: Math.max(0, most - open), open }
  }
  return undefined
}
