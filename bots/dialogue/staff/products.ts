import { formatMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'
import { addProduct } from './product-add.ts'
import { setField, setPictureByCaption } from './product-fields.ts'
import { staffProduct } from './product-page.ts'

const PER_PAGE = 8

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

/** A button says what it makes of the product, so that a second press changes nothing. */
async function toggle(
  context: Context,
  field: 'shelf' | 'demo',
  [sku = '', value = '']: readonly string[],
): Promise<Reply> {
  const { shop, customer, t } = context
  await shop.catalog.set(customer.pseudonym, sku.toUpperCase(), field, value)
  return staffProduct(context, sku, (field === 'shelf' ? t.staff.shelfSet : t.staff.demoSet)[value])
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
