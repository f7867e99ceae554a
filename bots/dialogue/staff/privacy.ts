import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { KINDS, type Kind } from '../../../core/privacy/model.ts'
import { action } from '../action.ts'
import { privacyRoutes as buyerPrivacyRoutes, hindranceLines, personalFile } from '../buyer/privacy.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { type Button, bold } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'
import { orderUnknown, staffOrder } from './orders.ts'
import { named } from './review.ts'

const orderButton = ({ t }: Context, { no }: Order): Button => ({
  label: t.staff.openOrder(spoken(no)),
  action: action('s-order', no),
  back: true,
})

/** What can be done with the personal data of an order's buyer. */
async function person(context: Context, order: Order | undefined, note?: string): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.personal
  if (!order) return orderUnknown(context)
  const buyer = await shop.customers.get(order.customerId)
  if (!buyer)
    return show({ text: lines(note, words.gone), buttons: [[orderButton(context, order), menuButton(context)]] })
  return show({
    text: lines(note, [bold(words.title(buyer.name ?? t.staff.nameless, spoken(order.no)))], words.hint),
    buttons: [
      [{ label: t.buyer.privacy.export, action: action('s-privacy-export', order.no) }],
      [{ label: t.buyer.privacy.erase, action: action('s-privacy-erase', order.no), style: 'danger' }],
      [orderButton(context, order), menuButton(context)],
    ],
  })
}

async function exported(context: Context, order: Order | undefined): Promise<Reply> {
  const { t, shop, customer } = context
  if (!order) return orderUnknown(context)
  if (!(await shop.customers.get(order.customerId))) return person(context, order)
  const file = personalFile(t.buyer.privacy.exportAbout, await shop.privacy.collect(customer, order.customerId))
  const screen = { text: [t.staff.personal.exported], file, buttons: [[orderButton(context, order)]], secret: true }
  return { show: [{ screen, place: 'new' }] }
}

/** Asks twice, as a buyer is asked. */
async function erase(context: Context, order: Order | undefined, isSure: boolean): Promise<Reply> {
  const { t, shop } = context
  const words = t.buyer.privacy
  if (!order) return orderUnknown(context)
  if (!(await shop.customers.get(order.customerId))) return person(context, order)
  const hindrances = await shop.privacy.hindrances(order.customerId)
  if (hindrances.length > 0)
    return person(context, order, [words.hindered, ...hindranceLines(context, hindrances)].join('\n'))
  const back = action('s-privacy', order.no)
  if (!isSure)
    return show({
      text: lines([bold(words.eraseTitle)], ...words.eraseWhat.map((line) => `· ${line}`)),
      buttons: [
        [{ label: words.goOn, action: action('s-privacy-sure', order.no), style: 'danger' }],
        [{ label: words.keep, action: back }],
      ],
    })
  const yes: Button = { label: words.eraseYes, action: action('s-privacy-erase-yes', order.no), style: 'danger' }
  return ask(context, 's-privacy-sure', words.sure, { args: [order.no], back, buttons: [[yes]] })
}

async function erased(context: Context, order: Order | undefined): Promise<Reply> {
  const { t, shop, customer, session } = context
  const { asked } = session
  session.asked = undefined
  if (!order) return orderUnknown(context)
  if (asked?.question !== 's-privacy-sure' || asked.args[0] !== order.no) return erase(context, order, false)
  const hindrances = await shop.privacy.erase(customer, order.customerId)
  if (hindrances.length > 0)
    return person(context, order, [t.buyer.privacy.hindered, ...hindranceLines(context, hindrances)].join('\n'))
  return staffOrder(context, order.no, t.staff.personal.erased)
}

/** `/privacy order`; alone it is about oneself. */
async function command(context: Context, argument: string): Promise<Reply> {
  const own = buyerPrivacyRoutes.commands?.privacy
  if (argument.trim() === '' && own) return own(context, '')
  return person(context, (await named(context, argument)).order)
}

/** For how many days each kind of data is kept. */
async function retention(context: Context, note?: string): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.personal
  const kept = await shop.privacy.retention()
  const rows = KINDS.map((kind): Button[] => [
    { label: words.line(words.kinds[kind], kept[kind]), action: action('s-retention-set', kind) },
  ])
  return show({
    text: lines(note, note === undefined ? undefined : '', [bold(words.retention)], words.retentionHint),
    buttons: [...rows, [menuButton(context)]],
  })
}

const kindOf = (typed: string): Kind | undefined => KINDS.find((kind) => kind === typed.toLowerCase())

function askDays(context: Context, kind: Kind, problem?: string): Reply {
  const words = context.t.staff.personal
  return ask(context, 's-retention-set', lines(problem, words.ask(words.kinds[kind])), {
    args: [kind],
    back: action('s-retention'),
    digits: true,
  })
}

async function setDays(context: Context, typedKind: string, typed: string): Promise<Reply> {
  const { shop, customer, t } = context
  const words = t.staff.personal
  const kind = kindOf(typedKind)
  if (!kind) return retention(context, words.unknownKind)
  const value = typed.normalize('NFKC').trim()
  if (value === '') return askDays(context, kind)
  try {
    await shop.privacy.setRetention(customer, kind, /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN)
  } catch (error) {
    if (!hasCode(error, 'privacy.days')) throw error
    return askDays(context, kind, words.badDays)
  }
  return retention(context, words.set(words.kinds[kind], Number(value)))
}

const byNo = (context: Context, no = ''): Promise<Order | undefined> => context.shop.orders.byNo(no)

export const privacyRoutes: Routes = {
  commands: {
    privacy: command,
    retention: (context, argument) => {
      const [, kind = '', days = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? []
      return kind === '' ? retention(context) : setDays(context, kind, days)
    },
  },
  actions: {
    's-privacy': async (context, [no]) => person(context, await byNo(context, no)),
    's-privacy-export': async (context, [no]) => exported(context, await byNo(context, no)),
    's-privacy-erase': async (context, [no]) => erase(context, await byNo(context, no), false),
    's-privacy-sure': async (context, [no]) => erase(context, await byNo(context, no), true),
    's-privacy-erase-yes': async (context, [no]) => erased(context, await byNo(context, no)),
    's-retention': (context) => retention(context),
    's-retention-set': (context, [kind = '']) => setDays(context, kind, ''),
  },
  questions: {
    // Whatever is said in place of the button is not a yes.
    's-privacy-sure': async (context, _text, [no]) =>
      person(context, await byNo(context, no), context.t.buyer.privacy.notErased),
    's-retention-set': (context, text, [kind = '']) => setDays(context, kind, text),
  },
}
