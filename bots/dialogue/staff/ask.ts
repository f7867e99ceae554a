import { cancelButton } from '../back.ts'
import { type Context, type Reply, show } from '../context.ts'
import { lines } from '../format.ts'
import type { Button, RichText } from '../screen.ts'

interface Asking {
  /** what the question's handler gets back with the answer */
  readonly args?: readonly string[]
  /** where giving up leads */
  readonly back: string
  /** the answer may be a short number: where menus are numbered, only 0 can be chosen; `zero` when the answer may be 0, too */
  readonly digits?: boolean | 'zero'
  /** other ways to answer */
  readonly buttons?: readonly (readonly Button[])[]
}

/** Asks a question that the next message answers. */
export function ask(context: Context, question: string, text: RichText | string, asking: Asking): Reply {
  const { t, session, can } = context
  const { args = [], back, digits = false, buttons = [] } = asking
  session.asked = { question, args: [...args], digits: digits !== false }
  const cancel = [cancelButton(t, back)]
  if (!digits || can.buttons) return show({ text: lines(text), buttons: [...buttons, cancel] })
  return show({ text: lines(text, digits === 'zero' ? t.staff.zeroTyped : undefined), buttons: [cancel] })
}
