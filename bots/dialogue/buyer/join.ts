import type { Context, Reply, Routes, Show } from '../context.ts'
import { toStaff } from '../staff/elsewhere.ts'

/** A code makes its first user staff: `/join CODE`, or the link that carries it; `/claim CODE` for the first owner. */
async function join(context: Context, code: string): Promise<Reply> {
  const { t, shop, customer, side } = context
  const say = (text: string): Show => ({ screen: { text: [text] }, place: 'new' })
  if (code === '') return { show: [say(t.buyer.claimUsage)] }
  // All of them would get what this one is given. The code stays good.
  if ((await shop.linking.accounts(customer.id)).length > 1) return { show: [say(t.buyer.claimLinked)] }
  const role = await shop.staff.join(customer, code)
  if (role === undefined) return { show: [say(t.buyer.claimFailed)] }
  const done = say(t.buyer.claimDone(t.staff.roles[role] ?? role))
  return { show: [done, ...((side?.serves === 'buyers' && toStaff(context).show) || [])] }
}

export const joinRoutes: Routes = { commands: { join, claim: join }, links: { join } }
