import { home } from './buyer/home.ts'
import { commandOf } from './command.ts'
import type { Context, Reply } from './context.ts'
import { lines } from './format.ts'
import { questionOf } from './session.ts'
import { isAtDoor } from './staff/elsewhere.ts'
import { looksLikeKey } from './staff/key-name.ts'
import { HOLDS_KEYS } from './staff/permissions.ts'

/**
 * What came in too long ago is not acted on, whatever it was: who pressed "pay" yesterday may not want it today. The
 * person is shown where things stand and asked to send again what is still needed, once for all that came until now.
 */
export async function missed(context: Context, receivedAt: Date): Promise<Reply> {
  const { event, session, now, t, can } = context
  if (!event.private) return {}
  const deleteIncoming = mayHoldKeys(context)
  // An answer is asked for again, so its question stays; a press or a command has left it behind.
  if (event.content.kind === 'press' || (event.content.kind === 'text' && commandOf(event.content.text)))
    session.asked = undefined
  if (session.caughtUp !== undefined && receivedAt.getTime() <= session.caughtUp) return { deleteIncoming }
  session.caughtUp = now.getTime()
  // The menu below is numbered: digits choose from it.
  if (!can.buttons && session.asked?.digits) session.asked = undefined
  const { show = [] } = await home(context)
  if (isAtDoor(context)) return { deleteIncoming, show }
  return {
    deleteIncoming,
    show: show.map(({ screen }) => ({
      screen: { ...screen, text: lines(t.buyer.missed, '', screen.text) },
      place: 'new',
    })),
  }
}

/** Whether keys may stand in a message of staff: they are not left in the chat because nobody read them in time. */
export function mayHoldKeys({ event: { content }, session, customer }: Context): boolean {
  if (customer.role === undefined || content.kind === 'press' || content.kind === 'contact') return false
  const text = content.kind === 'text' ? content.text : content.caption
  const command = commandOf(text)
  const name = command?.name ?? questionOf(session)?.question
  const isSecret = name !== undefined && Object.hasOwn(HOLDS_KEYS, name) ? HOLDS_KEYS[name] : undefined
  if (content.kind !== 'text') return isSecret !== undefined
  return isSecret?.(command?.argument ?? text) || (!command && looksLikeKey(text))
}
