import type { ProductPage } from '../../../core/catalog/model.ts'
import type { UnitFacts } from '../../../core/complaints/model.ts'
import type { OpenedKey } from '../../../core/delivery/model.ts'
import { type Order, type OrderLine, unitCount } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'
import { action } from '../action.ts'
import type { Context, Reply, Show } from '../context.ts'
import { instruction, lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type RichText, type Screen, spoiler } from '../screen.ts'
import { cardOf, pictureOf } from './order-subjects.ts'
import { type Products, qrCodes } from './qr.ts'

/** Masked keys listed on an order; of the rest only the number is told. */
const MASKED_SHOWN = 10
/** Up to so many keys are shown in the chat; more come as a file. */
export const MOST_IN_CHAT = 10
/** The longest text a copy button holds on every channel that has one. */
const MOST_COPIED = 256

/** The masked keys of an order, line by line. */
export async function maskedSection(shop: Shop, t: Texts, order: Order): Promise<RichText> {
  const masked = await shop.delivery.masked(order, MASKED_SHOWN)
  const missing = unitCount(order) - masked.length
  const several = order.lines.length > 1
  const parts = order.lines.flatMap((line): (RichText | string)[] => {
    const own = masked.filter((key) => key.lineId === line.id).map((key) => key.masked)
    return own.length === 0 ? [] : [several ? `${line.name}：` : '', ...own].filter((part) => part !== '')
  })
  const isCut = unitCount(order) > MASKED_SHOWN
  const units = missing > 0 && !isCut ? await shop.complaints.units(order) : []
  const count = (state: UnitFacts['state']) => units.filter((unit) => unit.state === state).length
  const [judged, refunded, withheld] = [count('complained'), count('refunded'), count('withheld')]
  return lines(
    [bold(t.buyer.maskedTitle)],
    ...parts,
    missing > 0 && isCut ? t.buyer.moreKeys(missing) : undefined,
    judged > 0 ? t.buyer.inComplaint(judged) : undefined,
    refunded > 0 ? t.buyer.unitsRefunded(refunded) : undefined,
    withheld > 0 ? t.buyer.withheld(withheld) : undefined,
  )
}

/**
 * The keys in plain text: a few in the chat, under a spoiler with copy buttons, those that are scanned also as pictures;
 * many as a file.
 */
export async function keysText(context: Context, order: Order, keys: readonly OpenedKey[]): Promise<Reply> {
  const { t, can } = context
  const products = await productsOf(context, order)
  const withheld = unitCount(order) - keys.length
  const how = [...(withheld > 0 ? ['', t.buyer.withheld(withheld)] : []), ...instructions(context, order, products)]
  if (keys.length > MOST_IN_CHAT) {
    const file = { name: `keytill-${order.no}.txt`, mime: 'text/plain', bytes: Buffer.from(fileText(order, keys)) }
    const where = can.files ? t.buyer.asFile(keys.length) : t.buyer.asMessages(keys.length)
    const screen: Screen = {
      text: lines([bold(t.buyer.orderTitle(spoken(order.no)))], where, ...how),
      file,
      secret: true,
    }
    return { show: [{ screen, place: 'new' }] }
  }
  const pictures = await qrCodes(context, order, products, keys)
  const hide: Button[] = [
    { label: t.buyer.hideKeys, action: action('hide', order.no, pictures.length) },
    { label: t.buyer.keyProblem, action: action('problem', order.no) },
  ]
  const several = order.lines.length > 1
  const shown = keys.flatMap(({ key, lineId }, index): (RichText | string)[] => {
    const line = order.lines.find((l) => l.id === lineId)
    const isFirstOfLine = keys[index - 1]?.lineId !== lineId
    const number = keys.length > 1 ? `${index + 1}. ` : ''
    const title = several && isFirstOfLine && line ? [line.name] : []
    if (key.password === undefined) return [...title, [number, spoiler(key.code)]]
    return [
      ...title,
      [`${number}${t.buyer.keyNumber} `, spoiler(key.code)],
      [`${t.buyer.keyPassword} `, spoiler(key.password)],
    ]
  })
  const screen: Screen = {
    text: lines(
      [bold(t.buyer.keysTitle)],
      `${t.buyer.orderTitle(spoken(order.no))}`,
      '',
      ...shown,
      '',
      t.buyer.keepSafe,
      ...how,
    ),
    buttons: [...copyButtons(t, keys), hide],
    secret: true,
  }
  const text: Show = { screen, place: 'edit', subject: cardOf(order.no) }
  return {
    // A menu of numbers counts only under the last message.
    show: can.buttons ? [text, ...pictures] : [...pictures, text],
    // Those of an earlier time, or nothing would ever take them away.
    retract: takenBack(context, order.no, pictures.length),
  }
}

/** The messages with pictures of an order's keys that are to go, where the channel can take anything back. */
export function takenBack({ can }: Context, no: string, pictures: number): string[] {
  // How many comes back in a button, and so from anybody.
  const count = can.delete && pictures > 0 ? Math.min(pictures, MOST_IN_CHAT) : 0
  return Array.from({ length: count }, (_, index) => pictureOf(no, index + 1))
}

function copyButtons(t: Texts, keys: readonly OpenedKey[]): Button[][] {
  const copies = (text: string | undefined, label: string): Button[] =>
    text !== undefined && text.length <= MOST_COPIED ? [{ label, copy: text }] : []
  return keys
    .map(({ key }, index) =>
      key.password === undefined
        ? copies(key.code, t.buyer.copyKey(index + 1, keys.length))
        : [
            ...copies(key.code, t.buyer.copyNumber(index + 1, keys.length)),
            ...copies(key.password, t.buyer.copyPassword(index + 1, keys.length)),
          ],
    )
    .filter((row) => row.length > 0)
}

/** The products of an order as they are now. */
export async function productsOf(
  { shop, language }: Pick<Context, 'shop' | 'language'>,
  { lines }: Order,
): Promise<Products> {
  const products = new Map<bigint, ProductPage>()
  for (const { id, sku } of lines) {
    const product = await shop.catalog.product(sku, language)
    if (product) products.set(id, product)
  }
  return products
}

/** How to redeem each product of an order. */
function instructions({ t }: Context, order: Order, products: Products): RichText[] {
  return order.lines.flatMap((line) => {
    const how = redeeming(order, line, products.get(line.id))
    const title = `${t.buyer.redeem}${order.lines.length > 1 ? ` · ${line.name}` : ''}`
    return how === undefined ? [] : [lines('', [bold(title)], how)]
  })
}

/** How to redeem what a line bought, as its owner wrote it, with `{order}`, `{product}` and `{quantity}` filled in. */
export function redeeming(order: Order, line: OrderLine, product: ProductPage | undefined): string | undefined {
  if (!product?.redeem) return undefined
  return instruction(product.redeem, {
    order: spoken(order.no),
    product: line.name,
    quantity: String(line.quantity),
    delivered: time(order.deliveredAt ?? order.placedAt),
  })
}

/** One key a line, as staff would have to type it: number and password by a comma. A mark makes Windows read it as UTF-8. */
export function fileText(order: Order, keys: readonly OpenedKey[]): string {
  const several = order.lines.length > 1
  const rows = order.lines.flatMap((line) => {
    const own = keys
      .filter((key) => key.lineId === line.id)
      .map(({ key }) => (key.password === undefined ? key.code : `${key.code},${key.password}`))
    return several ? [`# ${line.name}`, ...own] : own
  })
  return `\uFEFF${rows.join('\r\n')}\r\n`
}
