import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { pageOf } from '../../../core/platform/page.ts'
import { type Hindrance, type HourlyKind, type Kind, OF_STAFF, type PersonalData } from '../../../core/privacy/model.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { type Button, bold, type FileContent } from '../screen.ts'
import { emptyBasket } from '../session.ts'
import { pager } from './shelf.ts'

/** The question that stands between asking for it and doing it. */
const ERASE = 'erase'

const backButton = ({ t }: Context): Button => ({ label: t.buyer.privacy.title, action: action('privacy'), back: true })

async function privacy(context: Context, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  const words = t.buyer.privacy
  const isQuiet = await shop.marketing.isQuiet(customer)
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(words.title)],
      words.intro,
      '',
      words.marketing(!isQuiet),
    ),
    buttons: [
      [{ label: words.kept, action: action('kept', 0) }],
      [{ label: words.export, action: action('export') }],
      [{ label: words.erase, action: action('erase') }],
      [
        isQuiet
          ? { label: t.buyer.news.on, action: action('news-on') }
          : { label: t.buyer.news.off, action: action('news-off') },
        { label: t.buyer.accounts.button, action: action('accounts') },
      ],
      [homeButton(context.t)],
    ],
  })
}

/** As many kinds as one screen of a phone has room for. */
const PER_PAGE = 5

/** What is kept of a person, and for how long: as the night's work has it. */
async function kept(context: Context, wanted: number): Promise<Reply> {
  const { t, shop, customer } = context
  const words = t.buyer.privacy
  const all = Object.entries(await shop.privacy.retention()) as [Kind | HourlyKind, number][]
  const kinds = all.filter(([kind]) => customer.role !== undefined || !OF_STAFF.includes(kind))
  const told = [
    words.profile,
    words.orders,
    words.keys,
    ...kinds.map(([kind, days]) => words.kinds[kind](days)),
    words.audit,
  ]
  const { page, pages, skip, take } = pageOf(told.length, PER_PAGE, wanted)
  const items = told.slice(skip, skip + take)
  return show({
    text: lines([bold(words.kept)], t.buyer.page(page + 1, pages), '', ...items.map((line) => `· ${line}`)),
    buttons: [
      ...pager(context, { items, page, pages, total: told.length }, 'kept'),
      [backButton(context), homeButton(context.t)],
    ],
  })
}

/** Personal data as a file that a person can read. */
export function personalFile(about: string, data: PersonalData): FileContent {
  const text = `${JSON.stringify({ about, ...data }, undefined, 2)}\n`
  return { name: `keytill-data-${data.at.slice(0, 10)}.json`, mime: 'application/json', bytes: Buffer.from(text) }
}

async function exported(context: Context): Promise<Reply> {
  const { t, shop, customer } = context
  const file = personalFile(t.buyer.privacy.exportAbout, await shop.privacy.collect(customer, customer.id))
  const screen = { text: [t.buyer.privacy.exported], file, buttons: [[backButton(context), homeButton(context.t)]] }
  // As with keys: no copy of it is kept once it is handed over.
  return { show: [{ screen: { ...screen, secret: true }, place: 'new' }] }
}

/** What stands in the way, and what to do about it. */
export function hindranceLines({ t, language }: Context, hindrances: readonly Hindrance[]): string[] {
  const words = t.buyer.privacy.hindrances
  return hindrances.map((one): string => {
    if (one.kind === 'order') return words.order(spoken(one.no))
    if (one.kind === 'money') return words.money(one.no && spoken(one.no))
    if (one.kind === 'staff') return words.staff()
    const sums = one.balances.map(({ amount, currency }) => formatMoney(amount, currency, language))
    return words.wallet(sums.join(t.buyer.comma))
  })
}

function hindered(context: Context, hindrances: readonly Hindrance[]): Reply {
  const { t } = context
  const order = hindrances.find((one) => one.kind === 'order')
  return show({
    text: lines([bold(t.buyer.privacy.hindered)], ...hindranceLines(context, hindrances)),
    buttons: [
      ...(order ? [[{ label: t.buyer.orderTitle(spoken(order.no)), action: action('order', order.no) }]] : []),
      [{ label: t.buyer.support, action: action('support') }, backButton(context)],
    ],
  })
}

/** Asked for once: what goes, what stays, or why it cannot be yet. */
async function erase(context: Context): Promise<Reply> {
  const { t, shop, customer } = context
  const words = t.buyer.privacy
  const hindrances = await shop.privacy.hindrances(customer.id)
  if (hindrances.length > 0) return hindered(context, hindrances)
  return show({
    text: lines([bold(words.eraseTitle)], ...words.eraseWhat.map((line) => `· ${line}`)),
    buttons: [
      [{ label: words.goOn, action: action('erase-sure'), style: 'danger' }],
      [{ label: words.keep, action: action('privacy') }],
    ],
  })
}

/** Asked for twice. The question is about this person: the same account, come back as another, is asked anew. */
async function sure(context: Context): Promise<Reply> {
  const { t, session, customer } = context
  const words = t.buyer.privacy
  session.asked = { question: ERASE, args: [String(customer.id)], digits: false }
  return show({
    text: [words.sure],
    buttons: [
      [{ label: words.eraseYes, action: action('erase-yes'), style: 'danger' }],
      [{ label: words.keep, action: action('privacy') }],
    ],
  })
}

async function erased(context: Context): Promise<Reply> {
  const { t, shop, customer, session } = context
  const { asked } = session
  session.asked = undefined
  if (asked?.question !== ERASE || asked.args[0] !== String(customer.id)) return erase(context)
  const hindrances = await shop.privacy.erase(customer, customer.id)
  if (hindrances.length > 0) return hindered(context, hindrances)
  emptyBasket(session)
  session.draft = undefined
  return { show: [{ screen: { text: [t.buyer.privacy.erased] }, place: 'edit' }] }
}

export const privacyRoutes: Routes = {
  commands: { privacy: (context) => privacy(context) },
  actions: {
    privacy: (context) => privacy(context),
    kept: (context, [page]) => kept(context, Number(page)),
    export: exported,
    erase,
    'erase-sure': sure,
    'erase-yes': erased,
  },
  // Whatever is said in place of the button is not a yes.
  questions: {
    [ERASE]: (context) => {
      context.session.asked = undefined
      return privacy(context, context.t.buyer.privacy.notErased)
    },
  },
}
