import type { Context, Reply, Routes } from '../context.ts'

/** A code makes its first user staff: `/join CODE`, or the link that carries it; `/claim CODE` for the first owner. */
export async function join(context: Context, code: string): Promise<Reply> {
  const { t, shop, customer } = context
  const say = (text: string): Reply => ({ show: [{ screen: { text: [text] }, place: 'new' }] })
  if (code === '') return say(t.buyer.claimUsage)
  const role = await shop.staff.join(customer, code)
  return say(role === undefined ? t.buyer.claimFailed : t.buyer.claimDone(t.staff.roles[role] ?? role))
}

export const joinRoutes: Routes = { commands: { join, claim: join } }
