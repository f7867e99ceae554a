import { formatMoney } from '../platform/money.ts'
import type { Claim, ClaimState } from './model.ts'

/** Where a claim may go from each state. Refused and settled are booked, and stay. */
export const CLAIM_MOVES: Readonly<Record<ClaimState, readonly ClaimState[]>> = {
  open: ['accepted', 'refused', 'settled'],
  accepted: ['open', 'refused', 'settled'],
  refused: [],
  settled: [],
}

/** The states from which a claim may go to this one. */
export const claimStatesBefore = (state: ClaimState): ClaimState[] =>
  (Object.keys(CLAIM_MOVES) as ClaimState[]).filter((from) => CLAIM_MOVES[from].includes(state))

/** A cell that no spreadsheet takes for a formula, in quotes where it needs them. Those made for Chinese and Japanese take the wide signs too. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

const COLUMNS = [
  'claim',
  'supplier',
  'batch',
  'key',
  'product',
  'order',
  'reason',
  'cost',
  'currency',
  'state',
  'settled',
  'opened',
  'closed',
]

/** Claims as a table for the supplier: never a key. A mark makes Windows read it as UTF-8. */
export function claimsCsv(claims: readonly Claim[]): string {
  const money = (amount: number | undefined, currency: string) =>
    amount === undefined ? '' : formatMoney(amount, currency, 'en').replace(/[^\d.]/g, '')
  const rows = claims.map((claim) => [
    String(claim.id),
    claim.supplier,
    String(claim.batchId),
    String(claim.cardId),
    claim.sku,
    claim.orderNo,
    claim.reason,
    money(claim.cost, claim.currency),
    claim.currency,
    claim.state,
    money(claim.amount, claim.currency),
    claim.openedAt.toISOString(),
    claim.closedAt?.toISOString() ?? '',
  ])
  return `\uFEFF${[COLUMNS, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
}
