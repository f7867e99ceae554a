import type { Language } from '../../../core/customers/model.ts'
import type { OpenedKey } from '../../../core/delivery/model.ts'
import { type Order, unitCount } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { Shop } from '../../../core/shop.ts'
import type { KeyPlaintext } from '../../../core/vault/sealing.ts'
import { fileText, MOST_IN_CHAT, productsOf, redeeming } from './keys.ts'
import { isScanned, qrPicture } from './qr.ts'

/** What an order hands over, keys in plain text, for a page that shows all of it at once. */
export interface Goods {
  /** the order's number, as people say it */
  readonly no: string
  readonly lines: readonly GoodsLine[]
  /** keys that may not be shown */
  readonly withheld: number
  /** all keys as one text, when they are many */
  readonly file: string | undefined
}

export interface GoodsLine {
  readonly name: string
  /** how to redeem it, as its owner wrote it */
  readonly how: string | undefined
  readonly keys: readonly {
    readonly key: KeyPlaintext /** PNG of a key that is scanned */
    readonly png?: Uint8Array
  }[]
}

/** Puts an order's keys together with what is said of its products in a language. Many keys get no pictures. */
export async function goodsOf(
  shop: Shop,
  language: Language,
  order: Order,
  keys: readonly OpenedKey[],
): Promise<Goods> {
  const products = await productsOf({ shop, language }, order)
  const isMany = keys.length > MOST_IN_CHAT
  const lines = order.lines.map(async (line): Promise<GoodsLine> => {
    const product = products.get(line.id)
    const own = keys.filter(({ lineId }) => lineId === line.id)
    return {
      name: line.name,
      how: redeeming(order, line, product),
      keys: await Promise.all(
        own.map(async ({ key }) =>
          !isMany && isScanned(product, key) ? { key, png: (await qrPicture(key.code)).bytes } : { key },
        ),
      ),
    }
  })
  return {
    no: spoken(order.no),
    lines: (await Promise.all(lines)).filter((line) => line.keys.length > 0),
    withheld: unitCount(order) - keys.length,
    file: isMany ? fileText(order, keys) : undefined,
  }
}
