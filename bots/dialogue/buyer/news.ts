import type { ProductPage } from '../../../core/catalog/model.ts'
import { isForSale } from '../../../core/catalog/policy.ts'
import type { Mailing } from '../../../core/marketing/model.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import type { Context, Reply, Routes, Show } from '../context.ts'
import { label } from '../format.ts'
import { TEXTS, type Texts } from '../locales/texts.ts'
import type { Button, Screen } from '../screen.ts'
import { productPage } from './product.ts'
import { shelf } from './shelf.ts'

/** Under every message of the marketing kind: no more of these. */
export const newsOffButton = (t: Texts): Button => ({ label: t.buyer.news.off, action: action('news-off') })

/** A broadcast as a buyer sees it; `product` is the one that its button leads to. */
export const mailingScreen = (
  t: Texts,
  { id, text, picture }: Mailing,
  product: Pick<ProductPage, 'name'> | undefined,
): Screen => ({
  text: [text],
  buttons: [
    ...(product
      ? [[{ label: label(t.buyer.news.look(product.name), 60), action: action('mail', id), style: 'primary' } as const]]
      : []),
    [newsOffButton(t)],
  ],
  ...(picture ? { picture } : {}),
})

async function set(context: Context, quiet: boolean): Promise<Reply> {
  const { t, shop, customer } = context
  await shop.marketing.setQuiet(customer, quiet)
  const { news } = t.buyer
  const other: Button = quiet ? { label: news.on, action: action('news-on') } : newsOffButton(t)
  const text = quiet ? news.isOff : news.isOn
  const screen: Screen = { text: [text], buttons: [[other, homeButton(t)]] }
  // The message under which it was pressed stays: it may be worth reading again.
  return { show: [{ screen, place: 'new' }] }
}

/** A word that means the same as the command wherever people are used to sending it. */
export async function newsTyped(context: Context, text: string): Promise<Reply | undefined> {
  const word = text.normalize('NFKC').trim().toLowerCase()
  const isKnown = Object.values(TEXTS).some(({ buyer }) => buyer.news.words.includes(word))
  return isKnown ? set(context, true) : undefined
}

/** The product that a broadcast is about, in a new message. */
async function look(context: Context, [id = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, language } = context
  const sku = /^\d{1,9}$/.test(id) ? await shop.marketing.open(customer, Number(id)) : undefined
  const product = sku === undefined ? undefined : await shop.catalog.product(sku, language)
  const isThere = product !== undefined && isForSale(product, shop.sandbox)
  const { show: screens = [] } = isThere ? await productPage(context, product.sku) : await shelf(context)
  const note: Screen = { text: [t.buyer.news.gone] }
  // The broadcast stays where it is.
  return { show: [...(isThere ? [] : [note]), ...screens.map(({ screen }) => screen)].map(asNew) }
}

const asNew = (screen: Screen): Show => ({ screen, place: 'new' })

export const newsRoutes: Routes = {
  commands: {
    stop: (context) => set(context, true),
    quiet: (context) => set(context, true),
    subscribe: (context) => set(context, false),
  },
  actions: {
    'news-off': (context) => set(context, true),
    'news-on': (context) => set(context, false),
    mail: look,
  },
}
