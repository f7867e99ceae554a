import { profileText } from '../../../core/profile/model.ts'
import { type Context, type Reply, type Routes, show } from '../context.ts'
import { guarded } from './guard.ts'
import { help, menu } from './menu.ts'

/** As any other part of the staff's side: with what this person may press, and behind the second factor when the chat is locked. */
const staffMenu = (context: Context): Promise<Reply> =>
  guarded({ actions: { 's-menu': menu } }).actions?.['s-menu']?.(context, []) ?? menu(context)

/** The first screen where only staff are served: their menu; for anyone else a sentence, with where the shop is. */
export async function desk(context: Context): Promise<Reply> {
  const { t, profile, language, customer, side } = context
  if (customer.role !== undefined) return staffMenu(context)
  const shop = profileText(profile, 'name', language)
  const address = side?.other()
  return show({ text: [address === undefined ? t.staff.door(shop) : t.staff.doorShop(shop, address)] })
}

/** What staff get there under a name that buyers know elsewhere. */
export const deskRoutes: Routes = { commands: { help: (context) => help(context) } }
