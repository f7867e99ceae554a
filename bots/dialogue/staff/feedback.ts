import type { ProductPage } from '../../../core/catalog/model.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, time } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { menuButton } from './menu.ts'
import { unknownSku } from './product-page.ts'
import { productList } from './products.ts'

const ALL = 'all'

/** What buyers say of everything, or of one product: the worst first. */
async function list(context: Context, page: number, product?: ProductPage): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.feedback
  const [found, figures] = await Promise.all([shop.feedback.list(page, product), shop.feedback.figures(product)])
  const titleOf = (stars: number, title: string, no: string, at: Date) =>
    words.line(t.buyer.rating.stars(stars), title, spoken(no), time(at))
  return show({
    text: lines(
      [bold(product ? words.titleOf(product.name, found.total) : words.title(found.total))],
      found.total === 0 ? words.none : words.figures(figures.count, figures.average),
      found.total > 1 ? words.lowFirst : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...found.items.flatMap(({ stars, title, orderNo, at, words: said }) => [
        '',
        titleOf(stars, title, orderNo, at),
        said === undefined ? undefined : words.words(said),
      ]),
    ),
    buttons: [
      ...found.items.map(({ stars, title, orderNo, at }): Button[] => [
        { label: label(titleOf(stars, title, orderNo, at), 60), action: action('s-order', orderNo) },
      ]),
      ...pager(context, found, 's-feedback', product?.sku ?? ALL),
      product
        ? [
            { label: words.batches, action: action('s-feedback-batches', product.sku, 0) },
            { label: words.all, action: action('s-feedback', ALL, 0) },
          ]
        : [{ label: words.filter, action: action('s-feedback-of', 0) }],
      [menuButton(context)],
    ],
  })
}

async function batches(context: Context, page: number, product: ProductPage): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.feedback
  const found = await shop.feedback.batches(page, product)
  return show({
    text: lines(
      [bold(words.batchesTitle(product.name))],
      found.total === 0 ? words.none : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...found.items.flatMap(({ batchId, importedAt, count, average, words: said }) => [
        '',
        words.batch(batchId, time(importedAt), count, average),
        said === undefined ? undefined : words.words(said),
      ]),
    ),
    buttons: [
      ...pager(context, found, 's-feedback-batches', product.sku),
      [{ label: words.button, action: action('s-feedback', product.sku, 0) }],
      [menuButton(context)],
    ],
  })
}

/** Something about a product that was named, or that there is none of that name. */
async function about(context: Context, sku: string, what: (product: ProductPage) => Promise<Reply>): Promise<Reply> {
  const product = await context.shop.catalog.product(sku, context.language)
  return product ? what(product) : unknownSku(context, sku)
}

const open = (context: Context, sku: string, page = 0): Promise<Reply> =>
  sku === '' || sku === ALL ? list(context, page) : about(context, sku, (product) => list(context, page, product))

export const feedbackRoutes: Routes = {
  commands: { feedback: (context, argument) => open(context, argument) },
  actions: {
    's-feedback': (context, [sku = '', page]) => open(context, sku, Number(page)),
    's-feedback-of': (context, [page]) =>
      productList(context, Number(page), {
        title: context.t.staff.feedback.choose,
        self: 's-feedback-of',
        leadsTo: 's-feedback',
      }),
    's-feedback-batches': (context, [sku = '', page]) =>
      about(context, sku, (product) => batches(context, Number(page), product)),
  },
}
