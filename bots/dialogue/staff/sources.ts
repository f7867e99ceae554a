import { hasCode } from '../../../core/platform/errors.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { OTHER, type SourceFigures, SPANS, type Span, type Start } from '../../../core/sources/model.ts'
import { isAddress } from '../../../core/sources/policy.ts'
import { action } from '../action.ts'
import { qrPicture } from '../buyer/qr.ts'
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

/** What stands in a button for a source that there is none of. */
const NONE = '-'

/** The links of a source, to the shop or to a product. */
async function ofSource(context: Context, name: string, sku?: string): Promise<Reply> {
  const { t, shop, language } = context
  const words = t.staff.sources
  if (name === OTHER || !(await shop.sources.isKnown(name)))
    return show({ text: [words.unknown], buttons: [[allButton(context), menuButton(context)]] })
  const product = sku === undefined ? undefined : await shop.catalog.product(sku, language)
  if (sku !== undefined && !product) return unknownSku(context, sku)
  const title = product ? words.linksTo(name, product.name) : words.links(name)
  const hint = product ? undefined : words.toProduct(name)
  return links(context, { source: name, ...(product && { sku: product.sku }) }, title, hint, allButton(context))
}

/** The links to a product by which nobody is counted. */
async function ofProduct(context: Context, sku: string): Promise<Reply> {
  const { t, shop, language } = context
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  const words = t.staff.sources
  const back = { label: t.buyer.back, action: action('s-product', product.sku) }
  return links(context, { sku: product.sku }, words.linksOf(product.name), words.counted(product.sku), back)
}

async function links(
  context: Context,
  start: Start,
  title: string,
  hint: string | undefined,
  back: Button,
): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.sources
  const found = await shop.sources.links(start)
  const nameOf = (channel: string) => t.buyer.channels[channel] ?? channel
  return show({
    text: lines(
      [bold(title)],
      '',
      ...found.map(({ channel, link }) => [(isAddress(link) ? words.link : words.said)(nameOf(channel)), code(link)]),
      found.length === 0 ? words.noDoors : undefined,
      hint,
    ),
    buttons: [
      ...found.map(({ channel, link, scanned }): Button[] => [
        { label: `📋 ${nameOf(channel)}`, copy: link },
        ...(scanned
          ? [
              {
                label: words.codeButton(nameOf(channel)),
                action: action('s-qr', channel, start.source ?? NONE, ...(start.sku === undefined ? [] : [start.sku])),
              },
            ]
          : []),
      ]),
      [back, menuButton(context)],
    ],
  })
}

/** A link as a picture: to be printed, or put where it cannot be pressed. */
async function linkCode(context: Context, [channel = '', named = '', sku]: readonly string[]): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.sources
  const start = { ...(named !== NONE && { source: named }), ...(sku !== undefined && { sku }) }
  const back: Button = {
    label: t.buyer.back,
    action:
      start.source === undefined
        ? action('s-links', sku ?? '')
        : action('s-source', start.source, ...(sku === undefined ? [] : [sku])),
  }
  const buttons = [[back, menuButton(context)]]
  const address = await shop.sources.code(channel, start).catch((err: unknown) => {
    shop.log.warn({ err, channel }, 'a code of a link could not be made')
    return undefined
  })
  if (address === undefined) return show({ text: [words.noCode], buttons })
  const about = [t.buyer.channels[channel] ?? channel, start.source, start.sku].filter((part) => part !== undefined)
  return show({
    text: lines([bold(about.join(' · '))], words.scan, [code(address)]),
    picture: await qrPicture(address),
    buttons,
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
  return ofSource(context, name)
}

/** `/source`, `/source add NAME`, `/source NAME`, `/source NAME SKU` */
function command(context: Context, argument: string): Promise<Reply> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (word === '') return list(context, FIRST, 0)
  if (word.toLowerCase() === 'add') return add(context, rest)
  return ofSource(context, word.toLowerCase(), rest === '' ? undefined : rest)
}

export const sourceRoutes: Routes = {
  commands: { source: command },
  actions: {
    's-sources': (context, [span = '', page]) => list(context, span, Number(page)),
    's-source': (context, [name = '', sku]) => ofSource(context, name, sku),
    's-links': (context, [sku = '']) => ofProduct(context, sku),
    's-qr': linkCode,
    's-source-add': async (context) => askName(context),
  },
  questions: { 's-source-add': add },
}
