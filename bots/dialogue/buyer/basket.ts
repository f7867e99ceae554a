import type { ProductPage } from '../../../core/catalog/model.ts'
import { isForSale } from '../../../core/catalog/policy.ts'
import type { Placing, Refusal } from '../../../core/orders/model.ts'
import { formatMoney, STARS } from '../../../core/platform/money.ts'
import type { Money } from '../../../core/wallet/model.ts'
import { covers } from '../../../core/wallet/policy.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { dueHere, label, lines, priceHere } from '../format.ts'
import { type Button, bold, type RichText } from '../screen.ts'
import { emptyBasket } from '../session.ts'
import { blockedScreen } from './appeal.ts'
import { challenge } from './challenge.ts'
import { isPressed, orderScreen, placed } from './order.ts'

/** Different products in one basket. */
const MOST_LINES = 10

/** Puts so many of a product into the basket (in place of how many there were) and shows it. */
export async function addToBasket(context: Context, product: ProductPage, quantity: number): Promise<Reply> {
  const { basket } = context.session
  const known = basket.find((line) => line.sku === product.sku)
  if (known) known.quantity = quantity
  else if (basket.length < MOST_LINES) basket.push({ sku: product.sku, quantity })
  return basketScreen(context)
}

interface Line {
  readonly product: ProductPage
  readonly quantity: number
}

/** The basket's products as they are sold now; what is no longer sold leaves it, and is named. */
async function currentLines({ shop, session, language }: Context): Promise<{ kept: Line[]; gone: string[] }> {
  const kept: Line[] = []
  const gone: string[] = []
  for (const { sku, quantity } of session.basket) {
    const product = await shop.catalog.product(sku, language)
    if (product && isForSale(product, shop.sandbox)) kept.push({ product, quantity })
    else gone.push(product?.name ?? sku)
  }
  session.basket = session.basket.filter(({ sku }) => kept.some(({ product }) => product.sku === sku))
  return { kept, gone }
}

/** What the basket comes to in the shop's currency, and as it is paid here; the latter undefined when something is not for sale here. */
function sums({ can }: Context, kept: readonly Line[]): { total: number; due: Money | undefined } {
  const total = kept.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0)
  const stars = kept.every(({ product }) => product.stars !== undefined)
    ? kept.reduce((sum, { product, quantity }) => sum + (product.stars ?? 0) * quantity, 0)
    : undefined
  return { total, due: dueHere(can, { total, currency: kept[0]?.product.currency ?? STARS, stars }) }
}

/** Whether there is a way to pay for it here: an order that nobody could pay for would only keep keys from others. */
async function isPayable(
  { can, channel, shop, customer }: Context,
  kept: readonly Line[],
  due: Money,
): Promise<boolean> {
  if (can.invoice) return true
  if (kept.some(({ product }) => product.demo)) return shop.sandbox && kept.every(({ product }) => product.demo)
  if (shop.payments.intents.areOffered(due.currency, channel)) return true
  return covers(await shop.wallets.balances(customer.id), due)
}

export async function basketScreen(context: Context, notes: readonly string[] = []): Promise<Reply> {
  const { t, session, profile, language } = context
  const { kept, gone } = await currentLines(context)
  const said = [...notes, ...gone.map((name) => t.buyer.lineGone(name))]
  if (kept.length === 0) {
    return show({
      text: lines(...said, t.buyer.basketEmpty),
      buttons: [[{ label: t.buyer.shop, action: action('shop'), style: 'primary' }, homeButton(t)]],
    })
  }
  const { total, due } = sums(context, kept)
  const here = due && formatMoney(due.amount, due.currency, language)
  const payable = due !== undefined && (await isPayable(context, kept, due))
  const body: (RichText | string)[] = kept.map(({ product, quantity }) =>
    t.buyer.line(product.name, quantity, priceHere(context, product, quantity) ?? t.buyer.notHere),
  )
  const order: Button[][] =
    payable && here !== undefined
      ? [
          [
            {
              label: t.buyer.checkout(here),
              action: action('order-now', session.basketId.slice(0, 8), total),
              style: 'success',
            },
          ],
        ]
      : []
  return show({
    text: lines(
      ...said,
      said.length > 0 ? '' : undefined,
      [bold(t.buyer.basketTitle)],
      ...body,
      '',
      here === undefined ? undefined : [bold(t.buyer.total(here))],
      payable ? t.buyer.reserveHint(profile.reservation) : t.buyer.notPayableHere,
      kept.some(({ product }) => product.demo) ? t.buyer.sandboxHint : undefined,
    ),
    buttons: [
      ...order,
      [
        { label: t.buyer.addMore, action: action('shop') },
        { label: t.buyer.emptyBasket, action: action('empty') },
      ],
      ...kept.map(({ product }): Button[] => [
        { label: label(t.buyer.removeLine(product.name)), action: action('remove', product.sku) },
      ]),
      [homeButton(t)],
    ],
  })
}

/** Places the order. The basket's id makes a second press find the first one's order, even after the basket was emptied. */
export async function order(context: Context, [basket = '', total = '']: readonly string[]): Promise<Reply> {
  const { shop, session, customer, event, channel, language, t } = context
  const idempotencyKey = `basket:${customer.id}:${basket}`
  const isCurrent = session.basketId.startsWith(basket) && basket.length === 8
  const wish: Placing = {
    customerId: customer.id,
    pseudonym: customer.pseudonym,
    channel,
    chat: event.chat,
    language,
    // An old button can only find the order that it made: with nothing wanted, nothing new is placed.
    wanted: isCurrent ? session.basket : [],
    idempotencyKey,
    expectedTotal: Number(total),
    ...(event.origin === undefined ? {} : { origin: event.origin }),
  }
  const result = await shop.sale.place(wish, (ahead) => context.wait(t.buyer.inLine(ahead)))
  if (result.refused) {
    if (result.refused.reason === 'too_many_open')
      return orderScreen(context, result.refused.no, refusalText(context, result.refused))
    if (result.refused.reason === 'challenge') return challenge(context, result.refused.challenge, basket, total)
    if (result.refused.reason === 'denied') return (await blockedScreen(context)) ?? notTaken(context)
    return basketScreen(context, isCurrent ? [refusalText(context, result.refused)] : [t.buyer.oldButton])
  }
  if (isCurrent) emptyBasket(session)
  // Pressed again before it looked different: to show it again would keep whoever pressed often waiting.
  else if (await isPressed(context, result.placed)) return { toast: { text: t.buyer.alreadyOrdered } }
  return placed(context, result.placed)
}

/** The basket stays: whoever is let through by support orders it then. */
const notTaken = ({ t }: Context): Reply =>
  show({
    text: [t.buyer.refused.denied],
    buttons: [
      [{ label: t.buyer.support, action: action('support') }],
      [{ label: t.buyer.basketTitle, action: action('basket') }, homeButton(t)],
    ],
  })

function refusalText({ t }: Context, refusal: Exclude<Refusal, { readonly reason: 'challenge' }>): string {
  const words = t.buyer.refused
  switch (refusal.reason) {
    case 'sold_out':
      return words.sold_out(refusal.name, refusal.available)
    case 'over_limit':
      return words.over_limit(refusal.name, refusal.limit)
    case 'too_many_open':
      return words.too_many_open(refusal.limit)
    case 'over_quota':
      return words.over_quota(refusal.left, refusal.open, refusal.name)
    case 'closed':
      return words.closed(refusal.text)
    default:
      return words[refusal.reason]
  }
}

/** The goods of an earlier order of this person, in the basket again at today's prices. */
async function again(context: Context, [no = '']: readonly string[]): Promise<Reply> {
  const order = await context.shop.orders.byNo(no)
  if (order?.customerId === context.customer.id)
    context.session.basket = order.lines.map(({ sku, quantity }) => ({ sku, quantity }))
  return basketScreen(context)
}

export const basketRoutes: Routes = {
  actions: {
    basket: (context) => basketScreen(context),
    'order-now': order,
    again,
    remove: (context, [sku = '']) => {
      context.session.basket = context.session.basket.filter((line) => line.sku !== sku)
      return basketScreen(context)
    },
    empty: (context) => {
      emptyBasket(context.session)
      return basketScreen(context, [context.t.buyer.basketEmptied])
    },
  },
}
