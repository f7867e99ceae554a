import { profileText } from '../../../core/profile/model.ts'
import type { Challenge } from '../../../core/risk/model.ts'
import { parsePhone } from '../../../core/risk/phone.ts'
import { isChallenge, shownFor } from '../../../core/risk/policy.ts'
import { PICTURE_LENGTH, symbolsOf } from '../../../core/risk/service.ts'
import { action } from '../action.ts'
import { type ActionHandler, type Context, type Reply, type Routes, type Show, show } from '../context.ts'
import { lines } from '../format.ts'
import type { Button } from '../screen.ts'
import { ASKS_CONTACT } from '../session.ts'
import { captchaPicture } from './captcha.ts'

const CAPTCHA = 'captcha'
const NUMBER = 'sms-number'
const CODE = 'sms-code'

/** The order that is meant, as its button says it, and what the rules ask for: kept in the question, never in a button. */
interface Meant {
  readonly basket: string
  readonly total: string
  readonly asked: Challenge
}

const argsOf = ({ basket, total, asked }: Meant): string[] => [basket, total, asked]

function meantBy([basket = '', total = '', asked = '']: readonly string[]): Meant {
  return { basket, total, asked: isChallenge(asked) ? asked : 'captcha' }
}

/** What a question of ours that is still open is about. */
function open({ session: { asked } }: Context, ...questions: readonly string[]): Meant | undefined {
  return asked && questions.includes(asked.question) ? meantBy(asked.args) : undefined
}

const eventOf = ({ channel, event }: Context): string => `${channel}:${event.id}`

/** Ways on for whoever cannot or does not want to answer. The basket stays: whoever is let through by support orders it then. */
const waysOn = ({ t }: Context): Button[][] => [
  [
    { label: t.buyer.support, action: action('support') },
    { label: t.buyer.basketTitle, action: action('basket'), back: true },
  ],
]

const pictureWays = (context: Context): Button[][] => [
  [{ label: context.t.buyer.captchaNew, action: action('captcha-new') }],
  ...waysOn(context),
]

/** An order is only taken of somebody who shows something of themselves: asks for it, and places that order once it is there. */
export function challenge(context: Context, asked: Challenge, basket: string, total: string): Promise<Reply> {
  const meant = { basket, total, asked }
  const { can, shop } = context
  switch (shownFor(asked, { contact: can.contact, sms: shop.risk.challenges.sms })) {
    case 'captcha':
      return askPicture(context, meant)
    case 'contact':
      return askContact(context, meant)
    case 'sms':
      return askNumber(context, meant)
  }
}

async function askPicture(context: Context, meant: Meant, note?: string): Promise<Reply> {
  const { t, shop, customer, session } = context
  const symbols = await shop.risk.challenges.picture(customer.id, eventOf(context))
  if (symbols === undefined) {
    session.asked = undefined
    return show({ text: lines(note, t.buyer.tooManyPictures), buttons: waysOn(context) })
  }
  session.asked = { question: CAPTCHA, args: argsOf(meant), digits: false }
  return show({
    text: lines(note ?? t.buyer.checkFirst, t.buyer.captchaAsk(PICTURE_LENGTH)),
    picture: captchaPicture(symbols),
    buttons: pictureWays(context),
  })
}

async function askContact(context: Context, meant: Meant, note?: string): Promise<Reply> {
  const { t, session } = context
  session.asked = { question: ASKS_CONTACT, args: argsOf(meant), digits: false }
  const keyboard: Show = {
    screen: { text: [t.buyer.contactPress], keyboard: { contact: t.buyer.contactShare } },
    place: 'new',
  }
  const why = { text: lines(note ?? t.buyer.checkFirst, t.buyer.contactAsk), buttons: waysOn(context) }
  return { show: [{ screen: why, place: 'edit' }, keyboard] }
}

async function askNumber(context: Context, meant: Meant, note?: string): Promise<Reply> {
  const { t, session } = context
  session.asked = { question: NUMBER, args: argsOf(meant), digits: false }
  return show({ text: lines(note ?? t.buyer.checkFirst, t.buyer.smsAskNumber), buttons: waysOn(context) })
}

async function sendCode(context: Context, typed: string, meant: Meant): Promise<Reply> {
  const { t, shop, customer, profile, language, session } = context
  const digits = parsePhone(typed)
  if (digits === undefined) return askNumber(context, meant, t.buyer.smsNotANumber)
  const name = profileText(profile, 'name', language)
  const done = await shop.risk.challenges.sendCode(customer.id, eventOf(context), digits, (code) =>
    t.buyer.smsText(name, code),
  )
  if (done === 'unsent') return askNumber(context, meant, t.buyer.smsUnsent)
  if (done === 'too_many') {
    session.asked = undefined
    return show({ text: [t.buyer.tooManyCodes], buttons: waysOn(context) })
  }
  return askCode(context, meant, t.buyer.smsSent)
}

async function askCode(context: Context, meant: Meant, note: string): Promise<Reply> {
  const { t, session } = context
  session.asked = { question: CODE, args: argsOf(meant), digits: false }
  return show({
    text: lines(note, t.buyer.smsAskCode),
    buttons: [[{ label: t.buyer.smsAgain, action: action('sms-again') }], ...waysOn(context)],
  })
}

/** What answers a challenge. `order` places the order that was meant, as its own button would; `basket` shows what it is of. */
export function challengeRoutes({ order, basket }: { order: ActionHandler; basket: ActionHandler }): Routes {
  /** The answer was right: the order is placed, or something else is in its way by now. */
  function goOn(context: Context, meant: Meant): Promise<Reply> {
    context.session.asked = undefined
    return order(context, [meant.basket, meant.total])
  }
  /** A question that is no longer open: where things stand. */
  const old = async (context: Context): Promise<Reply> => ({
    ...(await basket(context, [])),
    toast: { text: context.t.buyer.oldButton },
  })

  return {
    actions: {
      'captcha-new': (context) => {
        const meant = open(context, CAPTCHA)
        return meant ? askPicture(context, meant, context.t.buyer.captchaAnother) : old(context)
      },
      'sms-again': (context) => {
        const meant = open(context, CODE, NUMBER)
        return meant ? askNumber(context, meant, context.t.buyer.smsAnother) : old(context)
      },
    },
    questions: {
      [CAPTCHA]: async (context, typed, args) => {
        const meant = meantBy(args)
        const { t, shop, customer } = context
        // Something else was said: the picture is not used up by it.
        if (symbolsOf(typed).length !== PICTURE_LENGTH)
          return {
            show: [
              {
                screen: { text: [t.buyer.captchaLength(PICTURE_LENGTH)], buttons: pictureWays(context) },
                place: 'new',
              },
            ],
          }
        const answer = await shop.risk.challenges.readPicture(customer.id, eventOf(context), typed, meant.asked)
        if (answer.is === 'right') return goOn(context, meant)
        return askPicture(context, meant, answer.is === 'wrong' ? t.buyer.captchaWrong : t.buyer.captchaOver)
      },
      [ASKS_CONTACT]: (context, _typed, args) => askContact(context, meantBy(args)),
      [NUMBER]: (context, typed, args) => sendCode(context, typed, meantBy(args)),
      [CODE]: async (context, typed, args) => {
        const meant = meantBy(args)
        const { t, shop, customer } = context
        const answer = await shop.risk.challenges.readCode(customer.id, eventOf(context), typed, meant.asked)
        if (answer.is === 'right') return goOn(context, meant)
        if (answer.is === 'wrong' && answer.left > 0) return askCode(context, meant, t.buyer.smsWrong(answer.left))
        return askNumber(context, meant, t.buyer.smsOver)
      },
    },
    contacts: {
      [ASKS_CONTACT]: async (context, phone, args) => {
        const meant = meantBy(args)
        const { t, shop, customer } = context
        if (phone === undefined) return askContact(context, meant, t.buyer.contactNotYours)
        await shop.risk.challenges.sharePhone(customer.id, phone, meant.asked)
        const thanks: Show = { screen: { text: [t.buyer.contactThanks], keyboard: 'gone' }, place: 'new' }
        const reply = await goOn(context, meant)
        return { ...reply, show: [thanks, ...(reply.show ?? [])] }
      },
    },
  }
}
