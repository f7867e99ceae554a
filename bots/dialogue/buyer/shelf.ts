import type { Product } from '../../../core/catalog/model.ts'
import type { Page } from '../../../core/platform/page.ts'
import { action } from '../action.ts'
import { backButton, homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, priceHere } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { looksLikeKey } from '../staff/key-name.ts'

const PER_PAGE = 6

/** Categories, or the products themselves when there is nothing to choose between. */
export async function shelf(context: Context): Promise<Reply> {
  const { t, shop } = context
  const categories = await shop.catalog.categories()
  if (categories.length < 2) return products(context, 'all', 0)
  const rows = categories.map((c): Button[] => [
    { label: label(`${c.name} (${c.products})`), action: action('cat', c.id, 0) },
  ])
  return show({
    text: [bold(t.buyer.categories)],
    buttons: [...rows, [{ label: t.buyer.allProducts, action: action('cat', 'all', 0) }, homeButton(t)]],
  })
}

async function products(context: Context, category: string, page: number): Promise<Reply> {
  const { t, shop, language } = context
  const id = /^\d{1,9}$/.test(category) ? Number(category) : undefined
  const found = await shop.catalog.list({
    language,
    page,
    size: PER_PAGE,
    ...(id === undefined ? {} : { category: id }),
  })
  if (found.total === 0 && id !== undefined) return shelf(context)
  if (found.total === 0) return show({ text: [t.buyer.emptyShop], buttons: [[homeButton(t)]] })
  const isOneShelf = (await shop.catalog.categories()).length < 2
  const title = id === undefined ? t.buyer.allProducts : (found.items[0]?.category ?? t.buyer.allProducts)
  return show({
    text: lines([bold(title)], found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined),
    buttons: [
      ...productRows(context, found),
      ...pager(context, found, 'cat', category),
      [isOneShelf ? homeButton(t) : backButton(t, action('shop'))],
    ],
  })
}

/** What a free text finds. */
export async function search(context: Context, text: string, page: number): Promise<Reply> {
  const { t, shop, language } = context
  const wanted = text
    .normalize('NFKC')
    .replace(/[:\s]+/g, ' ')
    .trim()
    .slice(0, 60)
  const found = await shop.catalog.list({ language, page, size: PER_PAGE, search: wanted })
  const all: Button[] = [{ label: t.buyer.allProducts, action: action('cat', 'all', 0) }, homeButton(t)]
  if (wanted === '' || found.total === 0) {
    // Keys are pasted where they do not belong: they are not said again.
    const said = looksLikeKey(text) ? t.buyer.noMatchUnsaid : t.buyer.noMatch(label(wanted, 30))
    return show({ text: [said], buttons: [all] })
  }
  // A long search cannot travel in a button: its further pages are asked for by typing more of it.
  const pages = Buffer.byteLength(wanted) <= 40 ? pager(context, found, 'find', wanted) : []
  return show({
    text: [t.buyer.found(label(wanted, 30), found.total)],
    buttons: [...productRows(context, found), ...pages, all],
  })
}

function productRows(context: Context, found: Page<Product>): Button[][] {
  return found.items.map((product) => {
    const parts = [
      product.name,
      priceHere(context, product),
      product.level === 'none' ? context.t.buyer.levels.none : undefined,
    ]
    return [
      {
        label: label(parts.filter((part) => part !== undefined).join(' · '), 60),
        action: action('product', product.sku),
      },
    ]
  })
}

/** Buttons to the pages before and after; `verb:argument:page`. */
export function pager(
  { t }: Context,
  { page, pages }: Page<unknown>,
  verb: string,
  ...args: readonly string[]
): Button[][] {
  const row: Button[] = []
  if (page > 0) row.push({ label: t.buyer.previousPage, action: action(verb, ...args, page - 1) })
  if (page < pages - 1) row.push({ label: t.buyer.nextPage, action: action(verb, ...args, page + 1) })
  return row.length > 0 ? [row] : []
}

export const shelfRoutes: Routes = {
  commands: { shop: (context) => shelf(context) },
  actions: {
    shop: (context) => shelf(context),
    cat: (context, [category = 'all', page]) => products(context, category, Number(page)),
    find: (context, [text = '', page]) => search(context, text, Number(page)),
  },
}
