import { hasCode } from '../../../core/platform/errors.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { OTHER, type SourceFigures, SPANS, type Span } from '../../../core/sources/model.ts'
import { action } from '../action.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { type Button, bold, code } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { unknownSku } from './product-page.ts'

const FIRST: Span = '30'

const allButton = ({ t }: Context): Button => ({
  label: t.staff.sources.all,
  action: action('s-sources', FIRST, 0),
})

/** What came of each source in a span of time. */
async function list(context: Context, typed: string, page: number): Promise<Reply> {
  const { t, shop, language } = context
  const words = t.staff.sources
  const span = SPANS.find((one) => one === typed) ?? FIRST
  const found = await shop.sources.figures(span, page)
  const nameOf = ({ name }: SourceFigures) => (name === OTHER ? words.other : name)
  return show({
    text: lines(
      [bold(words.title(words.spans[span]))],
      found.total === 0 ? words.none : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
      ...found.items.flatMap((source) => {
        const { visitors, buyers, orders, sums } = source
        const paid = sums.map(({ amount, currency }) => formatMoney(amount, currency, language)).join(' + ')
        return ['', [bold(nameOf(source))], words.line(visitors, buyers, orders, paid)]
      }),
      ...(found.total > 0 ? ['', words.hint] : []),
    ),
    buttons: [
      ...found.items
        .filter(({ name }) => name !== OTHER)
        .map(({ name }): Button[] => [{ label: `🔗 ${name}`, action: action('s-source', name) }]),
      ...pager(context, found, 's-sources', span),
      SPANS.filter((other) => other !== span).map((other) => ({
        label: words.spans[other],
        action: action('s-sources', other, 0),
      })),
      [{ label: words.add, action: action('s-source-add') }, menuButton(context)],
    ],
  })
}

/** The links of a source, to the shop or to a product. */
async function links(context: Context, name: string, sku?: string): Promise<Reply> {
  const { t, shop, language } = context
  const words = t.staff.sources
  if (name === OTHER || !(await shop.sources.isKnown(name)))
    return show({ text: [words.unknown], buttons: [[allButton(context), menuButton(context)]] })
  const product = sku === undefined ? undefined : await shop.catalog.product(sku, language)
  if (sku !== undefined && !product) return unknownSku(context, sku)
  const found = await shop.sources.links(name, product?.sku)
  return show({
    text: lines(
      [bold(product ? words.linksTo(name, product.name) : words.links(name))],
      '',
      ...found.map(({ channel, link }) => [words.link(t.buyer.channels[channel] ?? channel, ''), code(link)]),
      found.length === 0 ? words.noDoors : undefined,
      product ? undefined : words.toProduct(name),
    ),
    buttons: [
      ...found.map(({ channel, link }): Button[] => [
        { label: `📋 ${t.buyer.channels[channel] ?? channel}`, copy: link },
      ]),
      [allButton(context), menuButton(context)],
    ],
  })
}

const askName = (context: Context, problem?: string): Reply =>
  ask(context, 's-source-add', lines(problem, context.t.staff.sources.askName), { back: action('s-sources', FIRST, 0) })

async function add(context: Context, typed: string): Promise<Reply> {
  const { shop, customer, t } = context
  const name = typed.trim().toLowerCase()
  if (name === '') return askName(context)
  try {
    await shop.sources.add(customer, name)
  } catch (error) {
    if (!hasCode(error, 'source.name')) throw error
    return askName(context, t.staff.sources.badName)
  }
  return links(context, name)
}

/** `/source`, `/source add NAME`, `/source NAME`, `/source NAME SKU` */
function command(context: Context, argument: string): Promise<Reply> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (word === '') return list(context, FIRST, 0)
  if (word.toLowerCase() === 'add') return add(context, rest)
  return links(context, word.toLowerCase(), rest === '' ? undefined : rest)
}

export const sourceRoutes: Routes = {
  commands: { source: command },
  actions: {
    's-sources': (context, [span = '', page]) => list(context, span, Number(page)),
    's-source': (context, [name = '']) => links(context, name),
    's-source-add': async (context) => askName(context),
  },
  questions: { 's-source-add': add },
}
