import type { Complaint, DefectRate } from '../../../core/complaints/model.ts'
import { defectPercent, mayDecide } from '../../../core/complaints/policy.ts'
import type { Order } from '../../../core/orders/model.ts'
import { formatMoney, STARS } from '../../../core/platform/money.ts'
import type { Ticket } from '../../../core/support/model.ts'
import { action } from '../action.ts'
import type { Context } from '../context.ts'
import { label } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import type { Button } from '../screen.ts'

/** How many keys have a button of their own. */
const KEYS_SHOWN = 4
/** In the place of a complaint's number: all that are not decided. */
export const ALL = 'all'

type Seen = Pick<Context, 'shop' | 't' | 'language'>

/** How many of the keys sold did not work, in words. */
export function defects(t: Texts, rate: DefectRate): string {
  const percent = defectPercent(rate)
  return percent === undefined ? t.staff.defectsNone : t.staff.defects(rate.upheld, rate.sold, String(percent))
}

/** What staff see above the complaints in a ticket: what their buyer did before. */
export async function complaintLines(
  { shop, t }: Seen,
  ticket: Ticket,
  complaints: readonly Complaint[],
): Promise<string[]> {
  if (complaints.length === 0) return []
  const { orders, complaints: made, upheld, rejected, refunds } = await shop.complaints.buyer(ticket.customerId)
  return [t.staff.complaintBuyer(orders, made, upheld, rejected, refunds)]
}

/** A complaint in one line. */
export const complaintLine = (t: Texts, { unit, product, reason, state }: Complaint): string =>
  t.staff.complaintLine(unit, product, t.buyer.complainReasons[reason], t.buyer.complaintStates[state])

/** Leads to it. */
export const complaintButton = (t: Texts, { id, unit, reason, state }: Complaint): Button => ({
  label: label(t.staff.complaintOpen(unit, t.buyer.complainReasons[reason], t.buyer.complaintStates[state]), 60),
  action: action('s-complaint', id),
})

/** What the units of these complaints cost their buyer. */
export function priceOf(order: Order, complaints: readonly Complaint[], language: string): string {
  const inStars = order.paid?.currency === STARS && order.stars !== undefined
  const { currency = order.currency } = order.paid ?? {}
  const prices = order.lines.flatMap(({ quantity, unitPrice, unitStars }) =>
    Array.from({ length: quantity }, () => (inStars ? (unitStars ?? 0) : unitPrice)),
  )
  return formatMoney(
    complaints.reduce((sum, { unit }) => sum + (prices[unit - 1] ?? 0), 0),
    currency,
    language,
  )
}

/** The buttons that decide about complaints of a ticket, and lead to each key. */
export async function complaintButtons(
  { shop, t, language }: Seen,
  ticket: Ticket,
  complaints: readonly Complaint[],
  which: string = ALL,
): Promise<Button[][]> {
  const open = complaints.filter(({ state }) => (which === ALL ? state === 'open' : mayDecide(state)))
  const order = ticket.orderNo === undefined ? undefined : await shop.orders.byNo(ticket.orderNo)
  const keys = which === ALL ? complaints.slice(0, KEYS_SHOWN).map((one): Button[] => [complaintButton(t, one)]) : []
  const all = { label: t.staff.complaintsMore(complaints.length), action: action('s-complaints', ticket.id, 0) }
  const more = complaints.length > KEYS_SHOWN ? [all] : []
  const rows = more.length > 0 ? [...keys, more] : keys
  if (!order || open.length === 0) return rows
  const deed = (verb: string) => action(verb, ticket.id, which)
  return [
    ...rows,
    [
      { label: t.staff.replaceAll(open.length), action: deed('s-replace'), style: 'success' },
      { label: t.staff.refundPart(open.length, priceOf(order, open, language)), action: deed('s-refund-keys') },
    ],
    [
      { label: t.staff.refundWhole, action: deed('s-refund-all'), style: 'danger' },
      ...(open.every(({ state }) => state === 'open')
        ? [{ label: t.staff.rejectAll(open.length), action: deed('s-reject-keys'), style: 'danger' } as const]
        : []),
    ],
  ]
}
