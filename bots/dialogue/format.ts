import type { Product } from '../../core/catalog/model.ts'
import type { Language } from '../../core/customers/model.ts'
import type { Order } from '../../core/orders/model.ts'
import { after, hours } from '../../core/platform/clock.ts'
import { formatMoney, STARS } from '../../core/platform/money.ts'
import type { Money } from '../../core/wallet/model.ts'
import type { Context } from './context.ts'
import type { Capabilities, RichText } from './screen.ts'

/** Joins lines; an absent line leaves no gap, an empty one leaves a blank line. */
export function lines(...parts: readonly (RichText | string | undefined)[]): RichText {
  const present = parts.filter((part) => part !== undefined)
  return present.flatMap((part, index): RichText => {
    const spans: RichText = typeof part === 'string' ? [part] : part
    return index === 0 ? spans : ['\n', ...spans]
  })
}

/** What a product costs on this channel: Stars where the payment happens in the chat, else the shop's currency. Undefined: not for sale here. */
export function priceHere(
  context: Pick<Context, 'can' | 'language'>,
  product: Pick<Product, 'price' | 'currency' | 'stars'>,
  quantity = 1,
): string | undefined {
  if (!context.can.invoice) return formatMoney(product.price * quantity, product.currency, context.language)
  return product.stars === undefined ? undefined : formatMoney(product.stars * quantity, STARS, context.language)
}

/** What an order costs on a channel, as {@link priceHere}. Undefined: it cannot be paid here. */
export function dueHere(
  can: Pick<Capabilities, 'invoice'>,
  { total, currency, stars }: Pick<Order, 'total' | 'currency' | 'stars'>,
): Money | undefined {
  if (!can.invoice) return { amount: total, currency }
  return stars === undefined ? undefined : { amount: stars, currency: STARS }
}

/** `2026-11-22 08:30 UTC` */
export function time(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Writes one time after another as {@link time} does, and a day only where it begins: then `08:45 UTC`. */
export function times(): (at: Date) => string {
  let day = ''
  return (at) => {
    const [date = '', ...clock] = time(at).split(' ')
    const isSameDay = date === day
    day = date
    return isSameDay ? clock.join(' ') : time(at)
  }
}

/** `2026-11-22 16:30 (UTC+8)`: in a time zone so many hours ahead of UTC. */
export function timeIn(timezone: number, at: Date): string {
  const local = after(at, hours(timezone)).toISOString().slice(0, 16).replace('T', ' ')
  const minutes = Math.abs(timezone % 1) * 60
  const zone = `${Math.trunc(Math.abs(timezone))}${minutes === 0 ? '' : `:${minutes}`}`
  return `${local} (UTC${timezone < 0 ? '-' : '+'}${zone})`
}

/** Minutes until a moment, to the nearest, at least 0. */
export function minutesUntil(at: Date, now: Date): number {
  return Math.max(0, Math.round((at.getTime() - now.getTime()) / 60_000))
}

/** Cuts a label to what a button can carry. */
export function label(text: string, most = 40): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}

export const languageName: Readonly<Record<Language, string>> = { zh: '中文', en: 'English' }

/** What a redeeming text may hold, filled in at delivery; before that, what is not known yet is an ellipsis. */
const VARIABLES = ['order', 'product', 'quantity', 'delivered'] as const
type Variables = Partial<Readonly<Record<(typeof VARIABLES)[number], string>>>

/** A redeeming text with `{order}`, `{product}`, `{quantity}` and `{delivered}` filled in; anything else stays as it was typed. */
export function instruction(template: string, variables: Variables): string {
  return VARIABLES.reduce((text, name) => text.replaceAll(`{${name}}`, variables[name] ?? '…'), template)
}
