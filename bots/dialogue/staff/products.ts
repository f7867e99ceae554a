import type { ProductPage, ProductPicture } from '../../../core/catalog/model.ts'
import type { StockLevel } from '../../../core/inventory/model.ts'
import { formatMoney, STARS } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold, code } from '../screen.ts'
import { menuButton } from './menu.ts'
import { addProduct } from './product-add.ts'
import { setField, setPictureByCaption } from './product-fields.ts'
import { counts } from './stock.ts'

const PER_PAGE = 8
/** What is shown of a long text: the whole of it is on the buyer's page. */
const SHOWN = 300

/** A page of all products, on the shelf or not; pressing one leads to `verb`. */
export async function productList(
  context: Context,
  page: number,
  list: { readonly title: (total: number) => string; readonly self: string; readonly leadsTo: string },
): Promise<Reply> {
  const { t, shop, language } = context
  const found = await shop.catalog.list({ language, page, size: PER_PAGE, offShelf: true })
  const rows = found.items.map((product): Button[] => {
    const price = formatMoney(product.price, product.currency, language)
    const parts = [
      t.staff.productLine(product.sku, product.name, price),
      product.onShelf ? undefined : t.staff.offShelfMark,
      product.level === 'none' ? t.buyer.levels.none : undefined,
    ]
    const text = label(parts.filter((part) => part !== undefined).join(' · '), 60)
    return [{ label: text, action: action(list.leadsTo, product.sku) }]
  })
  return show({
    text: lines(
      [bold(list.title(found.total))],
      found.total === 0 ? t.staff.noProducts : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      ...rows,
      ...pager(context, found, list.self),
      [{ label: t.staff.addProduct, action: action('s-add') }, menuButton(context)],
    ],
  })
}

const products = (context: Context, page: number): Promise<Reply> =>
  productList(context, page, { title: context.t.staff.productsTitle, self: 's-products', leadsTo: 's-product' })

/** All that staff set of a product, and how many keys there are. */
export async function staffProduct(context: Context, sku: string, note?: string): Promise<Reply> {
  const { t, shop, language } = context
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  const { items } = await shop.inventory.levels(product.sku, 0)
  const optional = (title: string, text: string | undefined) => (text === undefined ? undefined : `${title}：${label(text, SHOWN)}`)
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
      ...items.map((level: StockLevel) => counts(context, level)),
    ),
    buttons: productButtons(context, product),
  })
}

function productButtons(context: Context, product: ProductPage): Button[][] {
  const { t } = context
  const { sku, onShelf, demo } = product
  return [
    [
      { label: t.staff.change, action: action('s-change', sku), style: 'primary' },
      { label: t.staff.importHere, action: action('s-import', sku) },
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
      { label: t.staff.asBuyer, action: action('product', sku) },
      { label: t.staff.products, action: action('s-products', 0) },
    ],
    [menuButton(context)],
  ]
}

/** There is no product with this SKU: what to do next. */
export function unknownSku(context: Context, sku: string): Reply {
  const { t } = context
  return show({
    text: [t.staff.unknownSku(label(sku, 24))],
    buttons: [[{ label: t.staff.products, action: action('s-products', 0) }, menuButton(context)]],
  })
}

const yesNo = ({ t }: Context, value: boolean): string => (value ? t.staff.on : t.staff.off)

function pictureState({ t }: Context, picture: ProductPicture | undefined): string {
  if (!picture) return t.staff.none
  if ('url' in picture) return picture.url
  return t.staff.pictureKept(picture.mime.replace('image/', '').toUpperCase(), Math.ceil(picture.bytes.length / 1024))
}

/** A button says what it makes of the product, so that a second press changes nothing. */
async function toggle(context: Context, field: 'shelf' | 'demo', [sku = '', value = '']: readonly string[]): Promise<Reply> {
  const { shop, customer, t } = context
  await shop.catalog.set(customer.pseudonym, sku.toUpperCase(), field, value)
  return staffProduct(context, sku, t.staff.fieldSet(t.staff.productFields[field].name))
}

/** `/product`, `/product SKU`, `/product add …`, `/product set …` */
async function command(context: Context, argument: string): Promise<Reply> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  switch (word.toLowerCase()) {
    case '':
      return products(context, 0)
    case 'add':
      return addProduct(context, rest)
    case 'set':
      return setField(context, rest)
    default:
      return rest === '' ? staffProduct(context, word) : show({ text: [context.t.staff.productUsage] })
  }
}

export const productRoutes: Routes = {
  commands: { product: command },
  actions: {
    's-products': (context, [page]) => products(context, Number(page)),
    's-product': (context, [sku = '']) => staffProduct(context, sku),
    's-shelf': (context, args) => toggle(context, 'shelf', args),
    's-demo': (context, args) => toggle(context, 'demo', args),
  },
  files: { product: setPictureByCaption },
}
