import { parseOrderNo } from '../../../core/platform/ids.ts'
import type { Block, BlockKind, Whom } from '../../../core/risk/model.ts'
import { parsePhone } from '../../../core/risk/phone.ts'
import { labelOf } from '../../../core/risk/service.ts'
import type { Shop } from '../../../core/shop.ts'
import { action } from '../action.ts'
import type { Context } from '../context.ts'
import { time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import type { Button } from '../screen.ts'

const customer = (id: number): Whom => ({ kind: 'customer', value: String(id) })

/**
 * Whom staff mean by one word: a customer's number (`12`), an order's (its buyer), a ticket's (`ticket:5`), a chat account
 * (`telegram:12345`), a payer (`payer:telegram-stars:12345`) or a phone number. Undefined when it is none of these.
 */
export async function whomOf(shop: Shop, word: string): Promise<Whom | undefined> {
  const phone = parsePhone(word)
  if (phone !== undefined) return { kind: 'phone', value: phone }
  if (/^#?\d{1,9}$/.test(word)) return customer(Number(word.replace('#', '')))
  const no = parseOrderNo(word)
  const order = no === undefined ? undefined : await shop.orders.byNo(no)
  if (order) return customer(order.customerId)
  const [, kind = '', value = ''] = /^([a-z][a-z-]*):(\S{1,120})$/i.exec(word) ?? []
  switch (kind.toLowerCase()) {
    case '':
      return undefined
    case 'ticket': {
      const ticket = /^\d{1,9}$/.test(value) ? await shop.support.ticket(Number(value)) : undefined
      return ticket && customer(ticket.customerId)
    }
    case 'payer':
      return /^[a-z-]+:\S+$/.test(value) ? { kind: 'payer', value } : undefined
    default:
      return { kind: 'account', value: `${kind.toLowerCase()}:${value}` }
  }
}

/** A customer by name and number. */
export async function buyerName(shop: Shop, t: Texts, id: number): Promise<string> {
  return t.staff.buyerName((await shop.customers.get(id))?.name ?? t.staff.nameless, id)
}

/** Whom it is about, as far as that may be shown. */
export function whomName(shop: Shop, t: Texts, whom: Whom): Promise<string> {
  return nameOf(shop, t, whom.kind, labelOf(whom), whom.kind === 'customer' ? Number(whom.value) : undefined)
}

/** Whom a block is about. */
export const blockedName = (shop: Shop, t: Texts, { kind, label, customerId }: Block): Promise<string> =>
  nameOf(shop, t, kind, label, customerId)

async function nameOf(shop: Shop, t: Texts, kind: BlockKind, label: string | undefined, customerId?: number) {
  const name = customerId === undefined ? undefined : await buyerName(shop, t, customerId)
  if (kind === 'customer' && name !== undefined) return name
  const what =
    label === undefined ? (t.staff.blockKinds[kind] ?? kind) : t.staff.labelled(t.staff.blockKinds[kind] ?? kind, label)
  return name === undefined ? what : `${what} · ${name}`
}

/** Until when, in words. */
export const until = (t: Texts, { expiresAt }: Pick<Block, 'expiresAt'>): string =>
  expiresAt ? t.staff.blockUntil(time(expiresAt)) : t.staff.blockForEver

/** Blocks in lines, for whoever decides about them. */
export const blockLines = (shop: Shop, t: Texts, blocks: readonly Block[]): Promise<string[]> =>
  Promise.all(
    blocks.map(async (block) =>
      t.staff.blockLine(block.id, await blockedName(shop, t, block), block.reason, until(t, block)),
    ),
  )

/** The button that leads to a buyer. */
export const buyerButton = ({ t }: Pick<Context, 't'>, id: number): Button => ({
  label: t.staff.buyerButton,
  action: action('s-buyer', id),
})
