import type { ProductPage, ProductPicture } from '../../../core/catalog/model.ts'
import type { StockLevel } from '../../../core/inventory/model.ts'
import { formatMoney, STARS } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { type Context, type Reply, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold, code, type RichText } from '../screen.ts'
import { buyerButton } from './elsewhere.ts'
import { menuButton } from './menu.ts'

/** What is shown of a long text: the whole of it is on the buyer's page. */
const SHOWN = 300

/** All that staff set of a product, and how many keys there are. */
export async function staffProduct(context: Context, sku: string, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  const { items } = await shop.inventory.levels(product.sku, 0)
  const [said, words] = await Promise.all([shop.feedback.figures(product), shop.feedback.lastWords(product)])
  const optional = (title: string, text: string | undefined) =>
    text === undefined ? undefined : t.staff.labelled(title, label(text, SHOWN))
  const fields = t.staff.productFields
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(product.name), ' ', code(product.sku)],
      t.staff.price(formatMoney(product.price, product.currency, language)),
      t.staff.stars(product.stars === undefined ? t.staff.none : formatMoney(product.stars, STARS, language)),
      t.staff.category(product.category ?? t.staff.none),
      t.staff.shelf(yesNo(context, product.onShelf)),
      product.demo ? t.staff.demo(t.staff.on) : undefined,
      t.staff.limit(product.limit),
      t.staff.format(product.format),
      t.staff.picture(pictureState(context, product.picture)),
      optional(fields.description.name, product.description),
      optional(fields.redeem.name, product.redeem),
      optional(fields.validity.name, product.validity),
      optional(fields.support.name, product.support),
      '',
      ...items.map((level) => counts(context, level)),
      ...(said.count > 0 ? [t.staff.feedback.figures(said.count, said.average)] : []),
      words === undefined ? undefined : t.staff.feedback.words(label(words, 80)),
    ),
    buttons: productButtons(
      context,
      product,
      items.some(({ available }) => available > 0),
    ),
  })
}

function productButtons(context: Context, product: ProductPage, hasKeys: boolean): Button[][] {
  const { t } = context
  const { sku, onShelf, demo } = product
  return [
    [
      { label: t.staff.change, action: action('s-change', sku), style: 'primary' },
      { label: t.staff.importHere, action: action('s-import', sku) },
      ...(hasKeys ? [{ label: t.staff.exportButton, action: action('s-export', 'sku', sku) }] : []),
    ],
    [
      onShelf
        ? { label: t.staff.takeOff, action: action('s-shelf', sku, 'off') }
        : { label: t.staff.putOn, action: action('s-shelf', sku, 'on'), style: 'success' },
      demo
        ? { label: t.staff.makeReal, action: action('s-demo', sku, 'off') }
        : { label: t.staff.makeDemo, action: action('s-demo', sku, 'on') },
    ],
    [
      ...buyerButton(context, t.staff.asBuyer, action('product', sku), `p_${sku}`),
      { label: t.staff.sources.linksButton, action: action('s-links', sku) },
      { label: t.staff.feedback.button, action: action('s-feedback', sku) },
      { label: t.staff.products, action: action('s-products', 0), back: true },
    ],
    [menuButton(context)],
  ]
}

/** There is no product with this SKU: what to do next. */
export function unknownSku(context: Context, sku: string): Reply {
  const { t } = context
  return show({
    text: [t.staff.unknownSku(label(sku, 24))],
    buttons: [[{ label: t.staff.products, action: action('s-products', 0), back: true }, menuButton(context)]],
  })
}

const yesNo = ({ t }: Context, value: boolean): string => (value ? t.staff.on : t.staff.off)

function pictureState({ t }: Context, picture: ProductPicture | undefined): string {
  if (!picture) return t.staff.none
  if ('url' in picture) return picture.url
  return t.staff.pictureKept(picture.mime.replace('image/', '').toUpperCase(), Math.ceil(picture.bytes.length / 1024))
}

/** How many keys of a product are in which state. */
export function counts({ t }: Context, level: StockLevel): RichText {
  const rare = [
    level.frozen > 0 ? t.staff.stockFrozen(level.frozen) : undefined,
    level.expiring > 0 ? t.staff.stockExpiring(level.expiring) : undefined,
    level.expired > 0 ? t.staff.stockExpired(level.expired) : undefined,
  ].filter((part) => part !== undefined)
  return [[t.staff.stockCounts(level.available, level.reserved, level.sold), ...rare].join(' · ')]
}
