import type { Customer } from '../../../core/customers/model.ts'
import { parseOrderNo } from '../../../core/platform/ids.ts'
import { action, readAction } from '../action.ts'
import {
  type ActionHandler,
  type CommandHandler,
  type Context,
  type FileHandler,
  type QuestionHandler,
  type Reply,
  type Routes,
  show,
} from '../context.ts'
import { problemText } from '../problem.ts'
import type { Button, Screen } from '../screen.ts'
import type { Again, Session } from '../session.ts'
import { lockOf } from './lock.ts'
import { DANGEROUS, HOLDS_KEYS, may, type Need, needOf, UNLOCKS } from './permissions.ts'
import { askCode } from './second-factor.ts'

/** One thing that a member of staff wants done. */
interface Attempt {
  /** the command, verb or question */
  readonly name: string
  /** what it takes to do it later, when it may be kept until then */
  readonly event?: Again
  /** the question that it answers */
  readonly asked?: Session['asked']
  /** a command's argument: its first word may decide what is needed */
  readonly argument?: string
  /** the message may hold keys: it is deleted even when the rest is refused or fails */
  readonly secret: boolean
  run(): Promise<Reply>
  /** what those get instead who may not, where buyers have it too */
  readonly otherwise?: (() => Promise<Reply>) | undefined
}

/**
 * The same routes behind the permission table: the one place where staff are authorised, where their messages with keys
 * are marked for deletion, and where buttons that a role may not press are left out. `buyers` are commands that staff
 * share with buyers: who may not use the staff's gets the buyer's.
 */
export function guarded(routes: Routes, buyers: Routes['commands'] = {}): Routes {
  return {
    commands: each(routes.commands, (handler, name): CommandHandler => {
      const buyer = buyers[name]
      return (context, argument) =>
        attempt(context, {
          name,
          argument,
          ...(isKept(argument) ? { event: { say: `/${name} ${argument}` } } : {}),
          secret: HOLDS_KEYS[name]?.(argument) ?? false,
          run: () => handler(context, argument),
          otherwise: buyer && (() => buyer(context, argument)),
        })
    }),
    actions: each(routes.actions, (handler, name): ActionHandler => {
      return (context, args) => {
        const event = { press: [name, ...args].join(':') }
        return attempt(context, {
          name,
          event,
          asked: context.session.asked,
          secret: false,
          run: () => handler(context, args),
        })
      }
    }),
    questions: each(routes.questions, (handler, name): QuestionHandler => {
      return (context, text, args) => {
        // Answered: a handler that wants another answer asks again.
        const { asked } = context.session
        context.session.asked = undefined
        const secret = HOLDS_KEYS[name]?.(text) ?? false
        return attempt(context, { name, asked, secret, run: () => handler(context, text, args) })
      }
    }),
    files: each(routes.files, (handler, name): FileHandler => {
      return (context, argument) =>
        attempt(context, { name, argument, secret: name in HOLDS_KEYS, run: () => handler(context, argument) })
    }),
  }
}

async function attempt(context: Context, wanted: Attempt): Promise<Reply> {
  const { name, argument, secret, run, otherwise } = wanted
  const { customer } = context
  if (!may(customer, name, argument)) {
    const refused = otherwise ? await otherwise() : await refusal(context, needOf(name, argument))
    return secret ? { ...refused, deleteIncoming: true } : refused
  }
  const locked = UNLOCKS.has(name) ? undefined : await lockOn(context, wanted)
  if (locked) return secret ? { ...locked, deleteIncoming: true } : locked
  context.session.staffAt = context.now.getTime()
  if (!secret) return onlyAllowed(await run(), customer)
  return { ...onlyAllowed(await withoutThrowing(context, run), customer), deleteIncoming: true }
}

/** Whether a command can wait for a code: a session is not sealed, and more than a number may be a key, or quote one. */
const isKept = (argument: string): boolean =>
  argument === '' || /^#?\d{1,9}$/.test(argument) || parseOrderNo(argument) !== undefined

/** Asks for the second factor where it has to be shown first, and keeps what was wanted until then. */
async function lockOn(context: Context, { name, event, asked, secret }: Attempt): Promise<Reply | undefined> {
  const { t, shop, customer, session, now } = context
  const enrolled = await shop.secondFactors.enrolled(customer.id)
  const dangerous = DANGEROUS.has(name)
  const security = await shop.security.read()
  const lock = lockOf(session, { enrolled, dangerous, security, now: now.getTime() })
  if (lock === 'enrol')
    return show({
      text: [t.staff.factorFirst],
      buttons: [[{ label: t.staff.factorSetUp, action: action('s-factor-on'), style: 'primary' }]],
    })
  if (lock === undefined) return undefined
  session.pending = { event: secret ? undefined : event, asked }
  return askCode(context, dangerous ? t.staff.codeDangerous : t.staff.codeIdle)
}

/** A known problem must not keep the message with the keys from being deleted. */
async function withoutThrowing(context: Context, run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run()
  } catch (error) {
    const text = problemText(context.t, error)
    if (text === undefined) throw error
    return { show: [{ screen: { text: [text] }, place: 'new' }] }
  }
}

async function refusal({ t, event, shop }: Context, need: Need): Promise<Reply> {
  const roles = (await shop.staff.roles()).filter(({ permissions }) => need === 'any' || permissions.has(need))
  const text = t.staff.onlyRoles(roles.map(({ name }) => t.staff.roles[name] ?? name))
  if (event.content.kind === 'press') return { toast: { text, alert: true } }
  return { show: [{ screen: { text: [text] }, place: 'new' }] }
}

function onlyAllowed(reply: Reply, customer: Customer): Reply {
  if (!reply.show) return reply
  return { ...reply, show: reply.show.map((item) => ({ ...item, screen: withAllowed(item.screen, customer) })) }
}

/** A screen without the buttons that somebody may not press. */
export function withAllowed(screen: Screen, customer: Customer): Screen {
  if (!screen.buttons) return screen
  const buttons = screen.buttons.map((row) => row.filter((button) => mayPress(button, customer)))
  return { ...screen, buttons: buttons.filter((row) => row.length > 0) }
}

function mayPress(button: Button, customer: Customer): boolean {
  if (!('action' in button)) return true
  const verb = readAction(button.action)?.verb ?? ''
  return !verb.startsWith('s-') || may(customer, verb)
}

function each<T>(
  handlers: Readonly<Record<string, T>> = {},
  change: (handler: T, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      // Not in the table: that shows when the program starts, not when somebody presses it.
      needOf(name)
      return [name, change(handler, name)]
    }),
  )
}
