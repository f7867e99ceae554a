import { randomUUID } from 'node:crypto'
import { create, toBuffer, toString as toText } from 'qrcode'
import type { ProductPage } from '../../../core/catalog/model.ts'
import type { OpenedKey } from '../../../core/delivery/model.ts'
import { formatRule } from '../../../core/inventory/format.ts'
import type { Order } from '../../../core/orders/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import type { KeyPlaintext } from '../../../core/vault/sealing.ts'
import type { Context, Show } from '../context.ts'
import { lines } from '../format.ts'
import type { Picture } from '../screen.ts'
import { pictureOf } from './order-subjects.ts'

/** The products of an order by its lines. */
export type Products = ReadonlyMap<bigint, ProductPage>

/** Blank modules around the code, as ISO/IEC 18004 asks for; in characters, on a screen of its own, half does. */
const MARGIN = 4
/** About so wide it is drawn, in pixels: sharp on a phone, small to send. */
const WIDTH = 512
/** Fewer pixels a module do not survive a chat that compresses its pictures. */
const LEAST_SCALE = 4
const LEVEL = { errorCorrectionLevel: 'M' } as const
/** Without the encoder's search for the best filter, which holds everything else up and gains nothing here. */
const QUICK = { deflateStrategy: 0, filterType: 0 } as const

/** Whether a key is scanned (SPEC F1). One with a password was no such key when it was sold. */
export const isScanned = (product: ProductPage | undefined, key: KeyPlaintext): boolean =>
  product !== undefined && formatRule(product.format).kind === 'qr' && key.password === undefined

/** The keys of an order that are scanned, each as a message with a picture that names order and number. */
export async function qrCodes(
  { t }: Context,
  order: Order,
  products: Products,
  keys: readonly OpenedKey[],
): Promise<Show[]> {
  const shows: Show[] = []
  for (const [index, { key, lineId }] of keys.entries()) {
    if (!isScanned(products.get(lineId), key)) continue
    const text = lines(
      t.buyer.qrCaption(spoken(order.no), index + 1, keys.length),
      order.lines.length > 1 ? order.lines.find(({ id }) => id === lineId)?.name : undefined,
    )
    const screen = { text, picture: await qrPicture(key.code), secret: true }
    shows.push({ screen, place: 'new', subject: pictureOf(order.no, shows.length + 1) })
  }
  return shows
}

type Drawn = Extract<Picture, { bytes: Uint8Array }>

/** A text as a QR code, in pixels and in characters. It is made when it is shown and kept nowhere. */
export async function qrPicture(text: string): Promise<Drawn> {
  const modules = create(text, LEVEL).modules.size + 2 * MARGIN
  const scale = Math.max(LEAST_SCALE, Math.floor(WIDTH / modules))
  const bytes = await toBuffer(text, { ...LEVEL, margin: MARGIN, scale, rendererOpts: { ...QUICK } })
  // Light characters on a dark terminal: what is blank in a code has to be what shines.
  const inverted = { dark: '#ffffff', light: '#000000' }
  const drawn = await toText(text, { ...LEVEL, type: 'utf8', margin: MARGIN / 2, color: inverted })
  return { id: randomUUID(), mime: 'image/png', bytes, drawn }
}
