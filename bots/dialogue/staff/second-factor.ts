import { hasCode } from '../../../core/platform/errors.ts'
import { spoken } from '../../../core/platform/ids.ts'
import { profileText } from '../../../core/profile/model.ts'
import { action } from '../action.ts'
import { qrPicture } from '../buyer/qr.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { lines } from '../format.ts'
import { problemText } from '../problem.ts'
import { code as asCode, type Button, bold, type RichText, type Screen } from '../screen.ts'
import { ask } from './ask.ts'
import { menuButton } from './menu.ts'

/** The message with the secret, and the one with the recovery codes: neither stays in the chat that it protects. */
const [SECRET, CODES] = ['second-factor:secret', 'second-factor:codes']

const securityButton = ({ t }: Context): Button => ({
  label: t.staff.securityButton,
  action: action('s-security'),
  back: true,
})

/** Asks again with what was wrong, as long as another code may be right. */
async function orAgain(
  context: Context,
  take: () => Promise<Reply>,
  again: (problem: string) => Reply,
): Promise<Reply> {
  try {
    return await take()
  } catch (error) {
    if (!hasCode(error, 'second_factor.wrong')) throw error
    return again(problemText(context.t, error) ?? '')
  }
}

/** Whether there is a second factor, and what can be done about it. */
async function status(context: Context): Promise<Reply> {
  const { t, shop, customer } = context
  const enrolled = await shop.secondFactors.enrolled(customer.id)
  const deed: Button = enrolled
    ? { label: t.staff.factorRemove, action: action('s-factor-off'), style: 'danger' }
    : { label: t.staff.factorSetUp, action: action('s-factor-on'), style: 'primary' }
  return show(
    {
      text: lines(
        [bold(t.staff.factorTitle)],
        t.staff.memberFactor(enrolled ? t.staff.on : t.staff.off),
        t.staff.factorWhat,
      ),
      buttons: [[deed], [securityButton(context), menuButton(context)]],
    },
    { retract: [SECRET, CODES] },
  )
}

/** A new secret, to be scanned or typed into an app, and proved by its first code. */
async function begin(context: Context): Promise<Reply> {
  const { t, shop, customer, profile, language } = context
  const label = profileText(profile, 'name', language)
  const { secret, uri } = await shop.secondFactors.begin(customer, label)
  const asked = askProof(context, [
    ...lines([bold(t.staff.factorTitle)], t.staff.factorScan),
    '\n',
    asCode(secret.replace(/.{4}(?=.)/g, '$& ')),
    '\n\n',
    t.staff.factorProve,
  ])
  const picture = await qrPicture(uri)
  return {
    retract: [SECRET],
    show: (asked.show ?? []).map(({ screen }) => ({
      place: 'new',
      screen: { ...screen, picture, secret: true },
      subject: SECRET,
    })),
  }
}

const askProof = (context: Context, text: RichText | string): Reply =>
  ask(context, 's-factor-prove', text, { back: action('s-factor'), digits: true })

/** The first code of the app: from here on it is asked for. The recovery codes are shown this once. */
const prove = (context: Context, text: string): Promise<Reply> =>
  orAgain(
    context,
    async () => {
      const { t, shop, customer, session, now } = context
      const codes = await shop.secondFactors.confirm(customer, text)
      session.unlockedAt = now.getTime()
      const screen: Screen = {
        text: lines(
          [bold(t.staff.factorReady)],
          t.staff.factorRecovery,
          ...codes.map((one) => [asCode(spoken(one))]),
          context.can.delete ? undefined : t.staff.factorDelete,
        ),
        buttons: [[{ label: t.staff.factorNoted, action: action('s-factor') }]],
        secret: true,
      }
      return { retract: [SECRET], show: [{ screen, place: 'new', subject: CODES }] }
    },
    (problem) => askProof(context, lines(problem, context.t.staff.factorProve)),
  )

const askOff = (context: Context, problem?: string): Reply =>
  ask(context, 's-factor-off', lines(problem, context.t.staff.factorOffAsk), { back: action('s-factor'), digits: true })

const remove = (context: Context, text: string): Promise<Reply> =>
  orAgain(
    context,
    async () => {
      await context.shop.secondFactors.remove(context.customer, text)
      return show({ text: [context.t.staff.factorRemoved], buttons: [[securityButton(context), menuButton(context)]] })
    },
    (problem) => askOff(context, problem),
  )

/** Asks for a code before what somebody wanted to do goes on. */
export const askCode = (context: Context, why: string): Reply =>
  ask(context, 's-code', why, { back: action('home'), digits: true })

/** The code that was asked for; what it was asked for is done. */
const unlock = (context: Context, text: string): Promise<Reply> =>
  orAgain(
    context,
    async () => {
      const { t, shop, customer, session, now } = context
      await shop.secondFactors.check(customer, text)
      const { pending } = session
      session.unlockedAt = now.getTime()
      session.pending = undefined
      session.asked = pending?.asked
      if (pending?.event) return { again: pending.event }
      return show({
        text: [pending ? t.staff.unlockedAgain : t.staff.unlocked],
        buttons: [[menuButton(context)]],
      })
    },
    (problem) => askCode(context, problem),
  )

export const secondFactorRoutes: Routes = {
  commands: { twostep: status },
  actions: {
    's-factor': status,
    's-factor-on': begin,
    's-factor-off': async (context) => askOff(context),
  },
  questions: { 's-factor-prove': prove, 's-factor-off': remove, 's-code': unlock },
}
