import type { ProductPage } from '../../../core/catalog/model.ts'
import { isForSale } from '../../../core/catalog/policy.ts'
import { action } from '../action.ts'
import { backButton, homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { instruction, lines, priceHere } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { addToBasket } from './basket.ts'

/** Quantities offered as buttons. */
const OFFERED = [1, 2, 3, 5, 10, 20]

async function onShelf({ shop, language }: Context, sku: string): Promise<ProductPage | undefined> {
  const product = await shop.catalog.product(sku, language)
  return product && isForSale(product, shop.sandbox) ? product : undefined
}

function unknown({ t }: Context): Reply {
  return show({
    text: [t.buyer.unknownProduct],
    buttons: [[{ label: t.buyer.allProducts, action: action('cat', 'all', 0) }, homeButton(t)]],
  })
}

/** A product: price, what is in stock, what you get, how to redeem it, how long it is good for. */
export async function productPage(context: Context, sku: string): Promise<Reply> {
  const { t } = context
  const product = await onShelf(context, sku)
  if (!product) return unknown(context)
  const price = priceHere(context, product)
  const buy: Button[] =
    price === undefined || product.level === 'none'
      ? []
      : [{ label: t.buyer.buy, action: action('buy', product.sku), style: 'primary' }]
  const section = (title: string, text: string | undefined) =>
    text === undefined ? undefined : lines('', [bold(title)], text)
  return show({
    text: lines(
      [bold(product.name)],
      product.demo ? t.buyer.demoProduct : undefined,
      price === undefined ? t.buyer.notHere : t.buyer.price(price),
      t.buyer.stock(t.buyer.levels[product.level]),
      product.description === undefined ? undefined : lines('', product.description),
      section(t.buyer.redeem, product.redeem && instruction(product.redeem, { product: product.name })),
      section(t.buyer.validity, product.validity),
      section(t.buyer.productSupport, product.support),
    ),
    buttons: [...(buy.length > 0 ? [buy] : []), [backButton(t, action('shop')), homeButton(t)]],
    ...(product.picture ? { picture: product.picture } : {}),
  })
}

/** How many: buttons where there are any, else a typed number. */
async function askQuantity(context: Context, sku: string): Promise<Reply> {
  const { t, can, session } = context
  const product = await onShelf(context, sku)
  if (!product) return unknown(context)
  const title = lines(
    [bold(t.buyer.howMany(product.name, product.limit))],
    priceHere(context, product) && t.buyer.price(priceHere(context, product) ?? ''),
  )
  if (!can.buttons) {
    session.asked = { question: 'quantity', args: [product.sku], digits: true }
    return show({
      text: lines(title, t.buyer.howManyTyped),
      buttons: [[backButton(t, action('product', product.sku))]],
    })
  }
  const most = product.level === 'plenty' ? product.limit : Math.min(product.limit, product.counted)
  const numbers = OFFERED.filter((n) => n <= most).map(
    (n): Button => ({ label: String(n), action: action('add', product.sku, n) }),
  )
  return show({
    text: title,
    buttons: [
      numbers.slice(0, 3),
      numbers.slice(3),
      [{ label: t.buyer.otherQuantity, action: action('type', product.sku) }],
      [backButton(t, action('product', product.sku))],
    ],
  })
}

async function typeQuantity(context: Context, sku: string): Promise<Reply> {
  const product = await onShelf(context, sku)
  if (!product) return unknown(context)
  context.session.asked = { question: 'quantity', args: [product.sku], digits: true }
  return show({
    text: [context.t.buyer.typeQuantity(product.limit)],
    buttons: [[backButton(context.t, action('buy', product.sku))]],
  })
}

async function quantityTyped(context: Context, text: string, [sku = '']: readonly string[]): Promise<Reply> {
  const { t, session } = context
  const product = await onShelf(context, sku)
  session.asked = undefined
  if (!product) return unknown(context)
  const typed = text.normalize('NFKC').trim()
  const quantity = /^[0-9]{1,6}$/.test(typed) ? Number(typed) : 0
  if (quantity >= 1 && quantity <= product.limit) return addToBasket(context, product, quantity)
  session.asked = { question: 'quantity', args: [sku], digits: true }
  return show({
    text: lines(t.buyer.badQuantity(product.limit), t.buyer.howManyTyped),
    buttons: [[backButton(t, action('product', product.sku))]],
  })
}

async function add(context: Context, [sku = '', quantity = '']: readonly string[]): Promise<Reply> {
  const product = await onShelf(context, sku)
  if (!product) return unknown(context)
  const number = /^[0-9]{1,6}$/.test(quantity) ? Number(quantity) : 0
  if (number < 1 || number > product.limit) return askQuantity(context, sku)
  return addToBasket(context, product, number)
}

export const productRoutes: Routes = {
  actions: {
    product: (context, [sku = '']) => productPage(context, sku),
    buy: (context, [sku = '']) => askQuantity(context, sku),
    type: (context, [sku = '']) => typeQuantity(context, sku),
    add,
  },
  questions: { quantity: quantityTyped },
}
