import { hasCode } from '../../../core/platform/errors.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { OTHER, type SourceFigures, SPANS, type Span, type Start } from '../../../core/sources/model.ts'
import { isAddress } from '../../../core/sources/policy.ts'
import { action } from '../action.ts'
import { backButton } from '../back.ts'
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
  back: true,
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

/** What links lead to, and what stands around them. */
interface Aim {
  readonly start: Start
  readonly title: string
  readonly hint?: string
  /** leads to the links */
  readonly links: Button
  readonly above: Button
  /** the action of the button that shows a channel's link as a picture */
  code(channel: string): string
}

/** The shop or a product, by a source; what to say instead when there is none of it. */
async function bySource(context: Context, name: string, sku?: string): Promise<Aim | Reply> {
  const { t, shop, language } = context
  const words = t.staff.sources
  if (name === OTHER || !(await shop.sources.isKnown(name)))
    return show({ text: [words.unknown], buttons: [[allButton(context), menuButton(context)]] })
  const product = sku === undefined ? undefined : await shop.catalog.product(sku, language)
  if (sku !== undefined && !product) return unknownSku(context, sku)
  const parts = product ? [name, product.sku] : [name]
  return {
    start: { source: name, ...(product && { sku: product.sku }) },
    title: product ? words.linksTo(name, product.name) : words.links(name),
    ...(product ? {} : { hint: words.toProduct(name) }),
    links: backButton(t, action('s-source', ...parts)),
    above: allButton(context),
    code: (channel) => action('s-qr', channel, ...parts),
  }
}

/** A product by links that count nobody; what to say instead when there is none. */
async function byNone(context: Context, sku: string): Promise<Aim | Reply> {
  const { t, shop, language } = context
  const words = t.staff.sources
  const product = await shop.catalog.product(sku, language)
  if (!product) return unknownSku(context, sku)
  return {
    start: { sku: product.sku },
    title: words.linksOf(product.name),
    hint: words.counted(product.sku),
    links: backButton(t, action('s-links', product.sku)),
    above: backButton(t, action('s-product', product.sku)),
    code: (channel) => action('s-link-qr', channel, product.sku),
  }
}

/** The links of every channel. */
async function links(context: Context, found: Promise<Aim | Reply>): Promise<Reply> {
  const aim = await found
  if (!('start' in aim)) return aim
  const { t, shop } = context
  const words = t.staff.sources
  const all = await shop.sources.links(aim.start)
  const nameOf = (channel: string) => t.buyer.channels[channel] ?? channel
  return show({
    text: lines(
      [bold(aim.title)],
      '',
      ...all.map(({ channel, link }) => [(isAddress(link) ? words.link : words.said)(nameOf(channel)), code(link)]),
      all.length === 0 ? words.noDoors : undefined,
      aim.hint,
    ),
    buttons: [
      ...all.map(({ channel, link, scanned }): Button[] => [
        { label: `📋 ${nameOf(channel)}`, copy: link },
        ...(scanned ? [{ label: words.codeButton(nameOf(channel)), action: aim.code(channel) }] : []),
      ]),
      [aim.above, menuButton(context)],
    ],
  })
}

/** The link of one channel as a picture: to be printed, or put where it cannot be pressed. */
async function linkCode(context: Context, channel: string, found: Promise<Aim | Reply>): Promise<Reply> {
  const aim = await found
  if (!('start' in aim)) return aim
  const { t, shop } = context
  const words = t.staff.sources
  const buttons = [[aim.links, menuButton(context)]]
  const address = await shop.sources.code(channel, aim.start).catch((err: unknown) => {
    shop.log.warn({ err, channel }, 'a code of a link could not be made')
    return undefined
  })
  if (address === undefined) return show({ text: [words.noCode], buttons })
  const { source, sku } = aim.start
  const about = [t.buyer.channels[channel] ?? channel, source, sku].filter((part) => part !== undefined)
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
  return links(context, bySource(context, name))
}

/** `/source`, `/source add NAME`, `/source NAME`, `/source NAME SKU` */
function command(context: Context, argument: string): Promise<Reply> {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
  if (word === '') return list(context, FIRST, 0)
  if (word.toLowerCase() === 'add') return add(context, rest)
  return links(context, bySource(context, word.toLowerCase(), rest === '' ? undefined : rest))
}

export const sourceRoutes: Routes = {
  commands: { source: command },
  actions: {
    's-sources': (context, [span = '', page]) => list(context, span, Number(page)),
    's-source': (context, [name = '', sku]) => links(context, bySource(context, name, sku)),
    's-qr': (context, [channel = '', name = '', sku]) => linkCode(context, channel, bySource(context, name, sku)),
    's-links': (context, [sku = '']) => links(context, byNone(context, sku)),
    's-link-qr': (context, [channel = '', sku = '']) => linkCode(context, channel, byNone(context, sku)),
    's-source-add': async (context) => askName(context),
  },
  questions: { 's-source-add': add },
}
