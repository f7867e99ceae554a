import { generateSync } from 'otplib'
import { hours } from '../../core/platform/clock.ts'
import type { Buyer, Stand } from './shop.ts'

/** Somebody new in this role, made so by whoever runs the program. */
export async function staffOf(stand: Stand, role: string): Promise<Buyer> {
  const someone = await stand.meet()
  const { code } = await stand.shop.staff.invite('operator', role, hours(1))
  await stand.shop.staff.join(someone, code)
  return knownNow(stand, someone)
}

/** Somebody as the shop knows them now. */
export async function knownNow(stand: Stand, who: Buyer): Promise<Buyer> {
  const customer = await stand.shop.customers.get(who.id)
  if (!customer) throw new Error('there is nobody like that')
  return { ...who, ...customer }
}

/** What an authenticator app with this secret shows at a moment. */
export const appCode = (secret: string, at: Date): string =>
  generateSync({ secret, epoch: Math.floor(at.getTime() / 1000) })
