import { skuSchema } from '../../../core/catalog/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'
import { counts, unknownSku } from './product-page.ts'

async function stock(context: Context, page: number): Promise<Reply> {
  const { t, shop } = context
  const found = await shop.inventory.levels(undefined, page)
  return show({
    text: lines(
      [bold(t.staff.stockTitle)],
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      found.total === 0 ? t.staff.noProducts : undefined,
      ...found.items.flatMap((level) => ['', t.staff.stockProduct(level.name, level.sku), counts(context, level)]),
    ),
    buttons: [
      ...pager(context, found, 's-stock'),
      [{ label: t.staff.products, action: action('s-products', 0) }, menuButton(context)],
    ],
  })
}

async function stockOf(context: Context, typed: string): Promise<Reply> {
  const { t, shop } = context
  const sku = skuSchema.safeParse(typed)
  const [level] = sku.success ? (await shop.inventory.levels(sku.data, 0)).items : []
  if (!level) return unknownSku(context, typed)
  const next: Button[] = [
    { label: t.staff.importHere, action: action('s-import', level.sku) },
    ...(level.available > 0 ? [{ label: t.staff.exportButton, action: action('s-export', 'sku', level.sku) }] : []),
    { label: label(level.name, 30), action: action('s-product', level.sku) },
  ]
  return show({
    text: lines([bold(t.staff.stockProduct(level.name, level.sku))], counts(context, level)),
    buttons: [next, [{ label: t.staff.stock, action: action('s-stock', 0) }, menuButton(context)]],
  })
}

export const stockRoutes: Routes = {
  commands: { stock: (context, sku) => (sku === '' ? stock(context, 0) : stockOf(context, sku)) },
  actions: { 's-stock': (context, [page]) => stock(context, Number(page)) },
}
