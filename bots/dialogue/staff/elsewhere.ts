import type { Context, Reply, Routes } from '../context.ts'
import type { Button } from '../screen.ts'
import { HOLDS_KEYS } from './permissions.ts'

/*
 * Where a platform has one bot for buyers and one for staff: each of them answers its own people, and shows the others the way.
 */

/** Where only staff are served. */
export const isAtDesk = ({ side }: Context): boolean => side?.serves === 'staff'

/** Someone who is not staff, where only staff are served. */
export const isAtDoor = (context: Context): boolean => isAtDesk(context) && context.customer.role === undefined

/** A button to what buyers have: in place, or by a link to where they are served; none while that is not known. */
export function buyerButton(context: Context, label: string, action: string, link?: string): Button[] {
  if (!isAtDesk(context)) return [{ label, action }]
  const url = context.side?.other(link)
  return url === undefined ? [] : [{ label, url }]
}

function pointer({ side }: Context, text: string, label: string, link?: string): Reply {
  const url = side?.other(link)
  return {
    show: [{ screen: { text: [text], ...(url === undefined ? {} : { buttons: [[{ label, url }]] }) }, place: 'new' }],
  }
}

/** Where staff are served. What they had begun here, before they had a place of their own, is left behind. */
export function toStaff(context: Context): Reply {
  context.session.asked = undefined
  context.session.draft = undefined
  return pointer(context, context.t.staff.staffElsewhere, context.t.staff.toStaffBot)
}

/** Where buyers are served. */
export function toBuyers(context: Context, link?: string): Reply {
  return pointer(context, context.t.staff.buyingElsewhere, context.t.staff.toShopBot, link)
}

/** The same routes with one answer to all of them. Messages that may hold keys are deleted here too. */
export function instead({ commands, actions, questions, files, links }: Routes, answer: typeof toBuyers): Routes {
  const reply = (context: Context, secret = false): Reply => ({
    ...answer(context),
    ...(secret ? { deleteIncoming: true } : {}),
  })
  return {
    commands: each(commands, (name) => async (context, argument) => reply(context, HOLDS_KEYS[name]?.(argument))),
    actions: each(actions, () => async (context) => reply(context)),
    questions: each(questions, (name) => async (context, text) => reply(context, HOLDS_KEYS[name]?.(text))),
    files: each(files, (name) => async (context) => reply(context, name in HOLDS_KEYS)),
    links: each(links, (name) => async (context, rest) => answer(context, `${name}_${rest}`)),
  }
}

function each<Handler>(
  handlers: Readonly<Record<string, Handler>> = {},
  make: (name: string) => Handler,
): Record<string, Handler> {
  return Object.fromEntries(Object.keys(handlers).map((name) => [name, make(name)]))
}
