import type { Account } from '../../../core/linking/model.ts'
import type { AccountEvent } from '../../../core/notifications/model.ts'
import { after, minutes } from '../../../core/platform/clock.ts'
import { KeytillError } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, lines, minutesUntil, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { problemText } from '../problem.ts'
import { type Button, bold, code, type RichText, type Screen } from '../screen.ts'

/** The question that stands between a code and what it does. */
const LINK = 'account-link'

const accountsButton = (t: Texts): Button => ({ label: t.buyer.accounts.button, action: action('accounts') })

/** `Telegram 12****78` */
const nameOf = (t: Texts, { channel, label }: Pick<Account, 'channel' | 'label'>): string =>
  `${t.buyer.channels[channel] ?? channel} ${label}`

function accountLine(t: Texts, account: Account): string {
  const name = nameOf(t, account)
  return `· ${account.linkedAt ? t.buyer.accounts.since(name, time(account.linkedAt)) : name}`
}

const here = ({ channel, event }: Context) => ({ channel, chat: event.chat })

/** A new code, or why there is none. */
async function codeLines(context: Context): Promise<readonly (RichText | string)[]> {
  const { t, shop, customer, now } = context
  try {
    const made = await shop.linking.code(customer, here(context))
    const words = t.buyer.accounts
    return [
      [words.code, code(spoken(made.code))],
      words.howTo(spoken(made.code), minutesUntil(made.expiresAt, now)),
      words.secret,
    ]
  } catch (error) {
    if (!(error instanceof KeytillError)) throw error
    const why = problemText(t, error)
    if (why === undefined) throw error
    return [why]
  }
}

/** Which accounts are one, and a code that adds another. */
async function accounts(context: Context, note?: string): Promise<Reply> {
  const { t, shop, customer } = context
  const all = await shop.linking.accounts(customer.id)
  const words = t.buyer.accounts
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(words.title)],
      words.what,
      '',
      ...all.map((account) => accountLine(t, account)),
      '',
      ...(await codeLines(context)),
    ),
    buttons: [
      ...(all.length < 2
        ? []
        : all.map((account): Button[] => [
            { label: label(words.unlink(nameOf(t, account))), action: action('account-leave', account.key) },
          ])),
      [homeButton(context.t)],
    ],
  })
}

/** `/link CODE`: what will be one, before it is. */
async function typed(context: Context, text: string): Promise<Reply> {
  if (text === '') return accounts(context)
  const { t, shop, customer, session, language } = context
  const words = t.buyer.accounts
  const { orders, balances, other } = await shop.linking.type(customer, text)
  session.asked = { question: LINK, args: [], digits: false }
  const sums = balances.map(({ amount, currency }) => formatMoney(amount, currency, language)).join(t.buyer.comma)
  return show({
    text: lines(
      [bold(words.previewTitle)],
      words.preview(nameOf(t, other), orders, sums),
      ...words.previewWhat.map((line) => `· ${line}`),
      '',
      words.warning,
    ),
    buttons: [
      [{ label: words.yes, action: action('account-yes'), style: 'primary' }],
      [{ label: words.no, action: action('account-no') }],
    ],
  })
}

async function confirmed(context: Context): Promise<Reply> {
  const { t, shop, customer, session } = context
  const isAsked = session.asked?.question === LINK
  session.asked = undefined
  const isConfirmed = isAsked && (await shop.linking.confirm(customer, here(context)))
  // Of the two customers they may be the other one by now.
  const now = (await shop.customers.get(customer.id)) ?? customer
  // Handled again after it was done, it is done.
  const isLinked = isConfirmed || (isAsked && (await wasJustLinked(context, now.id)))
  return listed({ ...context, customer: now }, isLinked ? t.buyer.accounts.done : t.buyer.accounts.nothing)
}

/** How long ago a link may have been made by an event that is handled again, in ms. */
const JUST = minutes(10)

const wasJustLinked = async ({ shop, now }: Context, customerId: number): Promise<boolean> =>
  (await shop.linking.accounts(customerId)).some(({ linkedAt }) => linkedAt && linkedAt >= after(now, -JUST))

/** The accounts without a new code: nobody asked for one. */
async function listed(context: Context, note: string): Promise<Reply> {
  const { t, shop, customer } = context
  const all = await shop.linking.accounts(customer.id)
  return show({
    text: lines(note, '', [bold(t.buyer.accounts.title)], ...all.map((account) => accountLine(t, account))),
    buttons: [
      [
        { label: t.buyer.myOrders, action: action('orders', 0) },
        { label: t.buyer.wallet, action: action('wallet', 0) },
      ],
      [accountsButton(t), homeButton(context.t)],
    ],
  })
}

async function declined(context: Context): Promise<Reply> {
  context.session.asked = undefined
  await context.shop.linking.decline(context.customer)
  return listed(context, context.t.buyer.accounts.declined)
}

/** Asked first: what goes with an account, and what stays. */
async function leave(context: Context, key: string): Promise<Reply> {
  const { t, shop, customer } = context
  const words = t.buyer.accounts
  const all = await shop.linking.accounts(customer.id)
  const account = all.find((one) => one.key === key)
  if (!account || all.length < 2) return listed(context, words.notLinked)
  return show({
    text: lines([bold(words.leaveTitle(nameOf(t, account)))], ...words.leaveWhat.map((line) => `· ${line}`)),
    buttons: [
      [{ label: words.leaveYes, action: action('account-leave-yes', key), style: 'danger' }],
      [{ label: words.keep, action: action('accounts') }],
    ],
  })
}

async function left(context: Context, key: string): Promise<Reply> {
  const { t, shop, customer, channel, event } = context
  const words = t.buyer.accounts
  const account = await shop.linking.unlink(customer, key, here(context))
  if (!account) return listed(context, words.notLinked)
  // It may be this one that went: then it is somebody new who reads the answer.
  const me = await shop.customers.meet({ channel, externalId: event.person.id, chat: event.chat })
  return listed({ ...context, customer: me }, words.left(nameOf(t, account)))
}

/** The news that this account is one with another, or no longer, and what to do when that was somebody else. */
export function accountNotice(t: Texts, event: AccountEvent, by: string): Screen {
  const words = t.buyer.accounts
  return {
    text: [words.notices[event](t.buyer.channels[by] ?? by)],
    buttons: [[accountsButton(t), { label: t.buyer.support, action: action('support') }]],
  }
}

export const accountRoutes: Routes = {
  commands: { link: typed },
  links: { link: typed },
  actions: {
    accounts: (context) => accounts(context),
    'account-yes': confirmed,
    'account-no': declined,
    'account-leave': (context, [key = '']) => leave(context, key),
    'account-leave-yes': (context, [key = '']) => left(context, key),
  },
  // Whatever is said in place of the button is not a yes.
  questions: { [LINK]: declined },
}
