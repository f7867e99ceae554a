import type { StaffRole } from '../../../core/customers/model.ts'
import { readAction } from '../action.ts'
import type { ActionHandler, CommandHandler, Context, FileHandler, QuestionHandler, Reply, Routes } from '../context.ts'
import { problemText } from '../problem.ts'
import type { Button, Screen } from '../screen.ts'
import { HOLDS_KEYS, whoMay } from './permissions.ts'

/** One thing that a member of staff wants done. */
interface Attempt {
  /** the command, verb or question */
  readonly name: string
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
          secret: HOLDS_KEYS[name]?.(argument) ?? false,
          run: () => handler(context, argument),
          otherwise: buyer && (() => buyer(context, argument)),
        })
    }),
    actions: each(routes.actions, (handler, name): ActionHandler => {
      return (context, args) => attempt(context, { name, secret: false, run: () => handler(context, args) })
    }),
    questions: each(routes.questions, (handler, name): QuestionHandler => {
      return (context, text, args) => {
        // Answered: a handler that wants another answer asks again.
        context.session.asked = undefined
        const secret = HOLDS_KEYS[name]?.(text) ?? false
        return attempt(context, { name, secret, run: () => handler(context, text, args) })
      }
    }),
    files: each(routes.files, (handler, name): FileHandler => {
      return (context, argument) =>
        attempt(context, { name, argument, secret: name in HOLDS_KEYS, run: () => handler(context, argument) })
    }),
  }
}

async function attempt(context: Context, { name, argument, secret, run, otherwise }: Attempt): Promise<Reply> {
  const { role } = context.customer
  const roles = whoMay(name, argument)
  if (role === undefined || !roles.includes(role)) {
    const refused = otherwise ? await otherwise() : refusal(context, roles)
    return secret ? { ...refused, deleteIncoming: true } : refused
  }
  if (!secret) return onlyAllowed(await run(), role)
  return { ...onlyAllowed(await withoutThrowing(context, run), role), deleteIncoming: true }
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

function refusal({ t, event }: Context, roles: readonly StaffRole[]): Reply {
  const text = t.staff.onlyRoles(roles.map((role) => t.staff.roles[role]))
  if (event.content.kind === 'press') return { toast: { text, alert: true } }
  return { show: [{ screen: { text: [text] }, place: 'new' }] }
}

/** The reply without the buttons that this role may not press. */
export function onlyAllowed(reply: Reply, role: StaffRole): Reply {
  if (!reply.show) return reply
  return { ...reply, show: reply.show.map((item) => ({ ...item, screen: withAllowed(item.screen, role) })) }
}

function withAllowed(screen: Screen, role: StaffRole): Screen {
  if (!screen.buttons) return screen
  const buttons = screen.buttons.map((row) => row.filter((button) => mayPress(button, role)))
  return { ...screen, buttons: buttons.filter((row) => row.length > 0) }
}

function mayPress(button: Button, role: StaffRole): boolean {
  if (!('action' in button)) return true
  const verb = readAction(button.action)?.verb ?? ''
  return !verb.startsWith('s-') || whoMay(verb).includes(role)
}

function each<T>(
  handlers: Readonly<Record<string, T>> = {},
  change: (handler: T, name: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      // Not in the table: that shows when the program starts, not when somebody presses it.
      whoMay(name)
      return [name, change(handler, name)]
    }),
  )
}
