import type { Mailing, Segment } from '../../../core/marketing/model.ts'
import { momentOf, quietUntil } from '../../../core/marketing/policy.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { formatMoney } from '../../../core/platform/money.ts'
import { action } from '../action.ts'
import { cancelButton } from '../back.ts'
import { mailingScreen } from '../buyer/news.ts'
import { pager } from '../buyer/shelf.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { label, languageName, lines, timeIn } from '../format.ts'
import { type Button, bold, type RichText } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

const PER_LABEL = 60

const allButton = ({ t }: Context): Button => ({
  label: t.staff.broadcasts.all,
  action: action('s-mails', 0),
  back: true,
})

const unknownMailing = (context: Context): Reply =>
  show({ text: [context.t.staff.broadcasts.unknown], buttons: [[allButton(context)], [menuButton(context)]] })

/** The broadcast that a button or a question names. */
export async function mailingOf({ shop }: Context, id: string): Promise<Mailing | undefined> {
  return /^\d{1,9}$/.test(id) ? shop.marketing.get(Number(id)) : undefined
}

/** All broadcasts, newest first. */
export async function mailingList(context: Context, page: number): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.broadcasts
  const found = await shop.marketing.list(page)
  const rows = found.items.map(({ id, state, text }): Button[] => [
    { label: label(words.listLine(id, words.states[state], text), PER_LABEL), action: action('s-mail', id) },
  ])
  return show({
    text: lines(
      [bold(words.listTitle)],
      found.total === 0 ? words.listNone : undefined,
      found.pages > 1 ? t.buyer.page(found.page + 1, found.pages) : undefined,
    ),
    buttons: [
      [{ label: words.write, action: action('s-mail-new'), style: 'primary' }],
      ...rows,
      ...pager(context, found, 's-mails'),
      [menuButton(context)],
    ],
  })
}

/** Whom a segment is, in words. */
export async function segmentText(context: Context, segment: Segment): Promise<string> {
  const { t, shop, language } = context
  const { conditions, everyone, also } = t.staff.broadcasts
  const { product, category, boughtWithin, notBoughtFor, channel, source, spent } = segment
  const productName = product && ((await shop.catalog.product(product, language))?.name ?? product)
  const categories = category === undefined ? [] : await shop.catalog.categories()
  const categoryName = categories.find(({ id }) => id === category)?.name ?? category
  const parts = [
    productName && conditions.product.is(productName),
    categoryName && conditions.category.is(String(categoryName)),
    boughtWithin && conditions.boughtWithin.is(String(boughtWithin)),
    notBoughtFor && conditions.notBoughtFor.is(String(notBoughtFor)),
    segment.language && conditions.language.is(languageName[segment.language]),
    channel && conditions.channel.is(t.buyer.channels[channel] ?? channel),
    source && conditions.source.is(source),
    spent && conditions.spent.is(formatMoney(spent, shop.settings.KEYTILL_CURRENCY, language)),
  ]
  return parts.filter((part) => part).join(also) || everyone
}

/** A broadcast as it stands, and what can be done with it; `note` goes above it. */
export async function mailingPage(context: Context, id: string, note?: string): Promise<Reply> {
  const { t, profile } = context
  const words = t.staff.broadcasts
  const mailing = await mailingOf(context, id)
  if (!mailing) return unknownMailing(context)
  return show({
    text: lines(
      note,
      note === undefined ? undefined : '',
      [bold(words.title(mailing.id, words.states[mailing.state]))],
      '',
      mailing.text,
      '',
      ...(await contents(context, mailing)),
      ...(mailing.state === 'scheduled' && mailing.sendAt
        ? [words.sendAt(timeIn(profile.timezone, mailing.sendAt))]
        : []),
      ...(mailing.state === 'draft' || mailing.state === 'scheduled'
        ? await reach(context, mailing)
        : await progress(context, mailing)),
    ),
    buttons: [...buttons(context, mailing), [allButton(context), menuButton(context)]],
  })
}

async function contents(context: Context, { picture, sku, segment }: Mailing): Promise<string[]> {
  const { t, shop, language } = context
  const words = t.staff.broadcasts
  const product = sku === undefined ? undefined : await shop.catalog.product(sku, language)
  return [
    words.picture(picture ? t.staff.on : t.staff.none),
    words.leadsTo(product?.name ?? t.staff.none),
    words.whom(await segmentText(context, segment)),
  ]
}

async function reach({ t, shop }: Context, { segment }: Mailing): Promise<RichText[]> {
  const words = t.staff.broadcasts
  const { waiting, quiet, gone, barred } = await shop.marketing.reach(segment)
  return [
    ['', [bold(words.reach(waiting))]].flat(),
    ...(quiet + gone + barred > 0 ? [[words.reachNot(quiet, gone, barred)]] : []),
  ]
}

async function progress(context: Context, { id, state, isFilled }: Mailing): Promise<(RichText | string)[]> {
  const { t, shop, language, profile, now } = context
  const words = t.staff.broadcasts
  const [came, { opened, buyers, orders, sums }] = await Promise.all([
    shop.marketing.progress(id),
    shop.marketing.results(id),
  ])
  const { sent, waiting, failed, gone, quiet, barred, unsure } = came
  const until = state === 'sending' && waiting > 0 ? quietUntil(profile, now) : undefined
  const isStopped = state === 'stopped'
  const paid = sums.map(({ amount, currency }) => formatMoney(amount, currency, language)).join(' + ')
  return [
    '',
    [bold(words.progress(sent, isStopped ? 0 : waiting))],
    words.progressNot(failed, gone, quiet, barred),
    ...(unsure > 0 ? [words.unsure(unsure)] : []),
    ...(isStopped && waiting > 0 ? [words.left(waiting)] : []),
    ...(state === 'sending' && !isFilled ? [words.finding] : []),
    ...(until ? [words.quietNow(timeIn(profile.timezone, until))] : []),
    '',
    [bold(words.results)],
    words.opened(opened),
    words.bought(buyers, orders, paid),
  ]
}

function buttons({ t }: Context, { id, state }: Mailing): Button[][] {
  const words = t.staff.broadcasts
  const look: Button = { label: words.look, action: action('s-mail-look', id) }
  const stop: Button = { label: words.stop, action: action('s-mail-stop', id), style: 'danger' }
  switch (state) {
    case 'draft':
      return [
        [
          { label: words.change.text, action: action('s-mail-text', id) },
          { label: words.change.picture, action: action('s-mail-picture', id) },
        ],
        [
          { label: words.change.product, action: action('s-mail-product', id) },
          { label: words.change.whom, action: action('s-mail-whom', id) },
        ],
        [look],
        [
          { label: words.send, action: action('s-mail-send', id), style: 'success' },
          { label: words.schedule, action: action('s-mail-when', id) },
        ],
        [{ label: words.drop, action: action('s-mail-drop', id) }],
      ]
    case 'scheduled':
      return [[look, { label: words.back, action: action('s-mail-back', id) }]]
    case 'sending':
      return [
        [{ label: words.pause, action: action('s-mail-pause', id) }, stop],
        [look, { label: words.refresh, action: action('s-mail', id) }],
      ]
    case 'paused':
      return [[{ label: words.resume, action: action('s-mail-resume', id), style: 'success' }, stop], [look]]
    default:
      return [[look, { label: words.refresh, action: action('s-mail', id) }]]
  }
}

/** The message itself, exactly as buyers who speak this person's language get it. */
async function look(context: Context, id: string): Promise<Reply> {
  const { t, shop, language } = context
  const mailing = await mailingOf(context, id)
  if (!mailing) return unknownMailing(context)
  const product = mailing.sku === undefined ? undefined : await shop.catalog.product(mailing.sku, language)
  const { show: page = [] } = await mailingPage(context, id)
  return {
    show: [
      { screen: { text: [t.staff.broadcasts.lookNote] }, place: 'new' },
      { screen: mailingScreen(t, mailing, product), place: 'new' },
      ...page.map(({ screen }) => ({ screen, place: 'new' as const })),
    ],
  }
}

/** Does something and shows what became of it; when somebody was quicker, that. */
async function tried(context: Context, id: string, deed: (id: number) => Promise<void>, note?: string): Promise<Reply> {
  if (!(await mailingOf(context, id))) return unknownMailing(context)
  try {
    await deed(Number(id))
  } catch (error) {
    if (!hasCode(error, 'mailing.state')) throw error
    return mailingPage(context, id, context.t.staff.broadcasts.moved)
  }
  return mailingPage(context, id, note)
}

async function confirmSend(context: Context, id: string): Promise<Reply> {
  const { t, shop, profile, now } = context
  const words = t.staff.broadcasts
  const mailing = await mailingOf(context, id)
  if (mailing?.state !== 'draft') return mailingPage(context, id)
  const { waiting } = await shop.marketing.reach(mailing.segment)
  if (waiting === 0) return mailingPage(context, id, words.confirmNobody)
  const until = quietUntil(profile, now)
  return show({
    text: lines(words.confirm(waiting), until && words.quietNow(timeIn(profile.timezone, until))),
    buttons: [
      [{ label: words.yes, action: action('s-mail-send-yes', id), style: 'success' }],
      [cancelButton(t, action('s-mail', id))],
    ],
  })
}

async function askWhen(context: Context, id: string, problem?: string): Promise<Reply> {
  const { t, profile, now } = context
  const mailing = await mailingOf(context, id)
  if (mailing?.state !== 'draft') return mailingPage(context, id)
  const text = lines(problem, t.staff.broadcasts.askWhen(timeIn(profile.timezone, now)))
  return ask(context, 's-mail-when', text, { args: [id], back: action('s-mail', id) })
}

async function schedule(context: Context, typed: string, id: string): Promise<Reply> {
  const { t, shop, customer, profile, now } = context
  const at = momentOf(typed, profile.timezone, now)
  if (!at) return askWhen(context, id, t.staff.broadcasts.badTime)
  return tried(context, id, (mailing) => shop.marketing.send(customer, mailing, at))
}

async function confirmStop(context: Context, id: string): Promise<Reply> {
  const { t, shop } = context
  const words = t.staff.broadcasts
  const mailing = await mailingOf(context, id)
  if (mailing?.state !== 'sending' && mailing?.state !== 'paused') return mailingPage(context, id)
  const { sent, waiting } = await shop.marketing.progress(mailing.id)
  // Until everyone is found, those who would be.
  const left = mailing.isFilled ? waiting : (await shop.marketing.reach(mailing.segment)).waiting - sent
  return show({
    text: [words.stopAsk(sent, left)],
    buttons: [
      [{ label: words.stopYes, action: action('s-mail-stop-yes', id), style: 'danger' }],
      [cancelButton(t, action('s-mail', id))],
    ],
  })
}

async function drop(context: Context, id: string): Promise<Reply> {
  const { t, shop } = context
  const reply = await tried(context, id, (mailing) => shop.marketing.drop(mailing))
  if (await mailingOf(context, id)) return reply
  return show({ text: [t.staff.broadcasts.dropped], buttons: [[allButton(context)], [menuButton(context)]] })
}

export const broadcastRoutes: Routes = {
  actions: {
    's-mails': (context, [page]) => mailingList(context, Number(page)),
    's-mail': (context, [id = '']) => mailingPage(context, id),
    's-mail-look': (context, [id = '']) => look(context, id),
    's-mail-send': (context, [id = '']) => confirmSend(context, id),
    's-mail-send-yes': (context, [id = '']) =>
      tried(context, id, (mailing) => context.shop.marketing.send(context.customer, mailing)),
    's-mail-when': (context, [id = '']) => askWhen(context, id),
    's-mail-back': (context, [id = '']) =>
      tried(
        context,
        id,
        (mailing) => context.shop.marketing.unschedule(context.customer, mailing),
        context.t.staff.broadcasts.isDraft,
      ),
    's-mail-pause': (context, [id = '']) =>
      tried(context, id, (mailing) => context.shop.marketing.pause(context.customer, mailing)),
    's-mail-resume': (context, [id = '']) =>
      tried(context, id, (mailing) => context.shop.marketing.resume(context.customer, mailing)),
    's-mail-stop': (context, [id = '']) => confirmStop(context, id),
    's-mail-stop-yes': (context, [id = '']) =>
      tried(context, id, (mailing) => context.shop.marketing.stop(context.customer, mailing)),
    's-mail-drop': (context, [id = '']) => drop(context, id),
  },
  questions: { 's-mail-when': (context, text, [id = '']) => schedule(context, text, id) },
}
