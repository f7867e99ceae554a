import type { Rating } from '../../../core/feedback/model.ts'
import { isRateable, isStars, LOW } from '../../../core/feedback/policy.ts'
import type { Order } from '../../../core/orders/model.ts'
import { hasCode } from '../../../core/platform/errors.ts'
import { parseOrderNo, spoken } from '../../../core/platform/ids.ts'
import { action } from '../action.ts'
import { homeButton } from '../back.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines, time } from '../format.ts'
import type { Texts } from '../locales/texts.ts'
import { type Button, bold, type Screen } from '../screen.ts'
import { newsOffButton } from './news.ts'
import { notFound, orderScreen, own } from './order.ts'

/** A row for each number of stars, the fewest first: where menus are numbered, the number is the stars. */
const starRows = (t: Texts, no: string): Button[][] =>
  t.buyer.rating.names.map((name, index) => [
    { label: `${t.buyer.rating.stars(index + 1)} ${name}`, action: action('rate-as', no, index + 1) },
  ])

/** Asks a buyer of our own accord how it went. */
export const ratingNotice = (t: Texts, { no, lines: bought }: Order): Screen => ({
  text: lines(
    t.buyer.rating.asked(spoken(no)),
    ...bought.map(({ name, quantity }) => `${name} × ${quantity}`),
    '',
    t.buyer.rating.later(spoken(no)),
  ),
  buttons: [...starRows(t, no), [newsOffButton(t)]],
})

const orderButton = ({ t }: Context, no: string): Button => ({
  label: t.buyer.orderTitle(spoken(no)),
  action: action('order', no),
  back: true,
})

const said = (t: Texts, rating: Rating | undefined) =>
  rating === undefined
    ? []
    : [
        t.buyer.rating.yours(rating.stars),
        rating.words === undefined ? undefined : t.buyer.rating.words(rating.words),
        '',
      ]

/** What this person has said of an order, and how to say it, or otherwise. */
async function ratingScreen(context: Context, no: string, problem?: string): Promise<Reply> {
  const { t, shop, now } = context
  const order = await own(context, no)
  if (!order) return notFound(context)
  const rating = await shop.feedback.of(order)
  const isClosed = rating !== undefined && now >= rating.openUntil
  if (!isRateable(order.state)) return orderScreen(context, no, t.buyer.rating.notYet)
  return show({
    text: lines(
      problem,
      [bold(t.buyer.rating.title(spoken(no)))],
      ...order.lines.map(({ name, quantity }) => `${name} × ${quantity}`),
      '',
      ...said(t, rating),
      isClosed ? t.buyer.rating.closed : t.buyer.rating.ask,
      rating && !isClosed ? t.buyer.rating.until(time(rating.openUntil)) : undefined,
    ),
    buttons: [...(isClosed ? [] : starRows(t, no)), [orderButton(context, no)]],
  })
}

/** Takes the stars and asks for words; who is not content is offered help first. */
async function rate(context: Context, [no = '', typed = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, session } = context
  const order = await own(context, no)
  const stars = Number(typed)
  if (!order) return notFound(context)
  if (!isStars(stars)) return ratingScreen(context, no)
  try {
    await shop.feedback.rate(customer, order, stars)
  } catch (error) {
    if (hasCode(error, 'feedback.closed') || hasCode(error, 'order.state')) return ratingScreen(context, no)
    throw error
  }
  session.asked = { question: 'rate-words', args: [no], digits: false }
  const help: Button[][] =
    stars <= LOW ? [[{ label: t.buyer.keyProblem, action: action('problem', no), style: 'primary' }]] : []
  return show({
    text: lines(
      t.buyer.rating.yours(stars),
      stars <= LOW ? t.buyer.rating.sorry : t.buyer.rating.thanks,
      '',
      t.buyer.rating.askWords,
    ),
    buttons: [...help, [{ label: t.buyer.rating.skip, action: action('order', no), back: true }]],
  })
}

async function say(context: Context, text: string, [no = '']: readonly string[]): Promise<Reply> {
  const { t, shop, customer, session } = context
  const order = await own(context, no)
  session.asked = undefined
  if (!order) return notFound(context)
  try {
    await shop.feedback.say(customer, order, text.trim())
  } catch (error) {
    if (hasCode(error, 'feedback.too_long')) {
      session.asked = { question: 'rate-words', args: [no], digits: false }
      return { show: [{ screen: { text: [t.buyer.rating.tooLong] }, place: 'new' }] }
    }
    if (hasCode(error, 'feedback.none')) return ratingScreen(context, no, t.buyer.rating.noStars)
    if (hasCode(error, 'feedback.closed')) return ratingScreen(context, no)
    throw error
  }
  return show({
    text: [t.buyer.rating.thanks],
    buttons: [[orderButton(context, no), homeButton(t)]],
  })
}

async function byNumber(context: Context, argument: string): Promise<Reply> {
  const { t } = context
  if (argument === '')
    return show({
      text: [t.buyer.rating.askNo],
      buttons: [[{ label: t.buyer.myOrders, action: action('orders', 0) }]],
    })
  const no = parseOrderNo(argument)
  return no === undefined ? notFound(context) : ratingScreen(context, no)
}

export const ratingRoutes: Routes = {
  commands: { rate: byNumber },
  actions: { rate: (context, [no = '']) => ratingScreen(context, no), 'rate-as': rate },
  questions: { 'rate-words': say },
}
